"""Between the guard's values and what the ledger keeps of them."""

from datetime import datetime

from awsteward.clients.ledger import Entry, State
from awsteward.tags.model.arn import Arn
from awsteward.tags.model.plan import Origin, Write
from awsteward.tags.model.reading import Resource
from awsteward.tags.tell.question import Ref


def entry(event_id: str, resource: Resource, write: Write, at: datetime) -> Entry:
    """One tag that is about to be written."""
    return Entry(
        event_id=event_id, ref=resource.ref, key=write.key, value=write.value,
        origin=write.origin, assumed=write.assumed, raw=write.raw, arn=resource.arn,
        handle=resource.handle, type=resource.type, account=resource.account,
        region=resource.region, partition=resource.partition, service=resource.service,
        at=at, state=State.INTENDED,
    )  # fmt: skip


def write_of(kept: Entry) -> Write:
    """The write that an entry stands for."""
    return Write(
        key=kept.key, value=kept.value, origin=Origin(kept.origin),
        assumed=kept.assumed, raw=kept.raw,
    )  # fmt: skip


def resource_of(kept: Entry | Ref) -> Resource:
    """The resource that an entry or a question is about; its tags have to be read anew."""
    return Resource(
        arn=Arn(kept.arn) if kept.arn else None, handle=kept.handle, type=kept.type,
        account=kept.account, region=kept.region, partition=kept.partition,
        service=kept.service, tags=None,
    )  # fmt: skip
