"""What a configuration item means: a resource that came into being, or nothing to act on.

Config does not say who made a resource; `records` do. So an item is the second way to hear of
one, for what CloudTrail's records cannot tell.
"""

from datetime import timedelta
from hashlib import blake2b

from awsteward.tags.catalogue import kinds, lookup
from awsteward.tags.model.creator import Nobody
from awsteward.tags.model.reading import Created, Event, Ignored, Reading, Resource, Undetermined
from awsteward.tags.read.items import GONE, UNRECORDED, Item

SOURCE = "config.amazonaws.com"
NEW = timedelta(days=2)
"""Config may record but once a day. What is older was there before the recorder was."""
_GLOBAL = "global"
_NOBODY = Nobody("AWS Config does not say who made it")


def discovery(item: Item) -> Reading:
    """What *item* tells of; what was made long ago is no news, and what cannot be told is said."""
    event = _event(item)
    if item.status in GONE:
        return Ignored(event, "it was deleted")
    if item.status == UNRECORDED:
        return Ignored(event, "AWS Config does not record it")
    if not item.first:
        return Ignored(event, "it changed; it was there before")
    if not kinds.taggable(kinds.named(item.type)):
        return Ignored(event, f"nothing is known of tags on {item.type}")
    if item.made is None:
        return Undetermined(event, "its item does not say when it was made: it may be old")
    if item.captured - item.made > NEW:
        return Ignored(event, f"it was made at {item.made.isoformat()}, before it was recorded")
    found = resource(item)
    if found is None:
        return Undetermined(event, f"nothing says how {item.type} {item.id} is tagged")
    return Created(event, (found,))


def resource(item: Item) -> Resource | None:
    """The resource to be tagged; None where it has no ARN or no service is known for it."""
    kind = kinds.named(item.type)
    _, partition, namespace, *_ = (item.arn or ":::::").split(":", 5)
    service = kinds.service(kind, namespace)
    if item.arn is None or service is None:
        return None
    return Resource(
        arn=item.arn, handle=None, type=kind, account=item.account,
        region=_region(item, service, partition), partition=partition, service=service,
        tags=own(item),
    )  # fmt: skip


def own(item: Item) -> dict[str, str] | None:
    """Its tags without AWS's own (``aws:…``)."""
    if item.tags is None:
        return None
    return {key: value for key, value in item.tags.items() if not key.startswith("aws:")}


def _region(item: Item, service: str, partition: str) -> str:
    home = lookup.home(service, partition)
    return home or ("" if item.region == _GLOBAL else item.region)


def _event(item: Item) -> Event:
    at = min(item.made or item.captured, item.captured)  # nothing waits for a time to come
    return Event(
        id=_id(item), source=SOURCE, name="ConfigurationItemChange", at=at,
        account=item.account, region=item.region, creator=_NOBODY, tool=None,
    )  # fmt: skip


def _id(item: Item) -> str:
    """The same for every item of one resource's life, so that it is told of once."""
    life = (item.account, item.region, item.type, item.arn or item.id, str(item.made))
    return "config-" + blake2b("\n".join(life).encode(errors="replace"), digest_size=16).hexdigest()
