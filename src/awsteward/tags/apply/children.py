"""What came into being with a resource without an event of its own, found by `children.toml`."""

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from importlib import resources
from typing import Any

import msgspec

from awsteward.clients.aws.door import Aws
from awsteward.tags.apply.attempt import Clock, Target, attempt
from awsteward.tags.apply.request import Request, fill, walk
from awsteward.tags.catalogue.tagcalls import Call
from awsteward.tags.model import Arn, Failed, Resource

_TOGETHER = timedelta(minutes=1)
"""What is attached within this time of the first was attached by the call that made them."""


class Descent(msgspec.Struct, frozen=True):
    """One row of the table, whose head explains the members."""

    resource: str
    service: str
    operation: str
    actions: tuple[str, ...]
    params: Mapping[str, Any]
    each: str
    id: str
    type: str
    arn: str
    source: str
    at: str | None = None


def children(target: Target, door: Aws, clock: Clock) -> tuple[Resource, ...] | Failed:
    """The resources that are to be tagged like *target*, because one call made them all."""
    parent = target.resource
    part = parent.arn.split(":", 5)[-1] if parent.arn else ""
    found: list[Resource] = []
    for row in _table():
        match = re.fullmatch(row.resource, part)
        if not match or row.service != parent.service:
            continue
        asked = _request(row, match.groupdict())
        answer = attempt(door, target, asked, clock)
        if isinstance(answer, Failed):
            return answer
        found += [_child(row, parent, name) for name in _names(row, answer)]
    return tuple(found)


def reads(services: frozenset[str]) -> frozenset[str]:
    """The IAM actions that finding the children of these services' resources needs."""
    return frozenset(a for row in _table() if row.service in services for a in row.actions)


def _request(row: Descent, blanks: Mapping[str, str]) -> Request:
    call = Call(operation=row.operation, params=row.params, actions=row.actions)
    return Request(service=row.service, call=call, params=fill(row.params, blanks))


def _names(row: Descent, answer: Mapping[str, Any]) -> Sequence[str]:
    entries = list(walk(answer, row.each.split(".")))
    if row.at is None:
        return [entry[row.id] for entry in entries]
    dated = [(at, entry[row.id]) for entry in entries for at in _times(entry, row.at)]
    first = min((at for at, _ in dated), default=None)
    return [name for at, name in dated if first is not None and at - first <= _TOGETHER]


def _times(entry: Mapping[str, Any], path: str) -> Iterator[datetime]:
    *way, last = path.split(".")
    yield from (holder[last] for holder in walk(entry, way) if last in holder)


def _child(row: Descent, parent: Resource, name: str) -> Resource:
    blanks = {"partition": parent.partition, "region": parent.region, "account": parent.account}
    return Resource(
        arn=Arn(row.arn.format(child=name, **blanks)),
        handle=None,
        type=row.type,
        account=parent.account,
        region=parent.region,
        partition=parent.partition,
        service=row.service,
        tags=None,
        parent=parent.arn,
    )


@functools.cache
def _table() -> tuple[Descent, ...]:
    text = (resources.files(__package__) / "children.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)["children"], tuple[Descent, ...])
