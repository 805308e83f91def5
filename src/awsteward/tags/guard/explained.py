"""What ``tags explain --format json`` says of one record; outside checks rely on this shape."""

from collections.abc import Mapping
from typing import assert_never

import msgspec

from awsteward.tags.model.creator import Creator, Machine, Nobody, Person, Root, Service
from awsteward.tags.model.reading import Created, Ignored, Reading, Resource, Undetermined
from awsteward.tags.policy.model import Policy
from awsteward.tags.policy.names import recast


class Who(msgspec.Struct, frozen=True):
    """The creator; *kind* is person, machine, service, root or unknown."""

    kind: str
    name: str | None
    arn: str | None
    via: str | None


class What(msgspec.Struct, frozen=True):
    """A created resource; *tags* is null where the event cannot tell."""

    arn: str | None
    type: str | None
    account: str
    region: str
    tags: Mapping[str, str] | None


class Explained(msgspec.Struct, frozen=True):
    """One record, explained."""

    event_id: str
    source: str
    name: str
    outcome: str
    why: str
    creator: Who
    resources: tuple[What, ...]


def explained(reading: Reading, policy: Policy) -> Explained:
    """The shape for *reading*; the policy may know a machine or a person by name."""
    match reading:
        case Created(resources=resources):
            count = len(resources)
            why = f"created {count} resources" if count > 1 else "created one resource"
            return _explained(reading, policy, "created", why, resources)
        case Ignored(why=why):
            return _explained(reading, policy, "ignored", why)
        case Undetermined(why=why):
            return _explained(reading, policy, "unknown", why)
        case _:
            assert_never(reading)


def who(creator: Creator) -> Who:
    """The creator in four words."""
    match creator:
        case Person(name=name, arn=arn, via=via):
            return Who("person", name, arn, via)
        case Machine(name=name, arn=arn, via=via):
            return Who("machine", name, arn, via)
        case Service(name=name, arn=arn, via=via):
            return Who("service", name, arn, via)
        case Root(arn=arn):
            return Who("root", "root", arn, None)
        case Nobody():
            return Who("unknown", None, None, None)
        case _:
            assert_never(creator)


def _explained(
    reading: Reading, policy: Policy, outcome: str, why: str, resources: tuple[Resource, ...] = ()
) -> Explained:
    event = reading.event
    return Explained(
        event.id, event.source, event.name, outcome, why, who(recast(event.creator, policy)),
        tuple(What(r.arn, r.type, r.account, r.region, r.tags) for r in resources),
    )  # fmt: skip
