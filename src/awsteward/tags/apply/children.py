"""What came into being with a resource without an event of its own, found by `children.toml`."""

import functools
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from typing import Any

import msgspec

from awsteward.clients.aws.door import Aws
from awsteward.tags.apply.attempt import Clock, Target, at_once, attempt
from awsteward.tags.apply.request import Request, fill, walk
from awsteward.tags.catalogue.tagcalls import Call
from awsteward.tags.model.arn import Arn
from awsteward.tags.model.outcome import Failed
from awsteward.tags.model.reading import Resource

_TOGETHER = timedelta(minutes=1)
"""What is attached within this time of the first was attached by the call that made them."""

_MOST_AT_ONCE = 100
"""Parents in one call: EC2 asks for small requests, and a batch has no more."""


class Descent(msgspec.Struct, frozen=True):
    """One row of the table, whose head explains the members."""

    resource: str
    service: str
    operation: str
    actions: tuple[str, ...]
    each: str
    id: str
    type: str
    arn: str
    source: str
    params: Mapping[str, Any] = {}
    at: str | None = None
    many: str | None = None
    among: str = ""
    named: str = ""


@dataclass(frozen=True, slots=True)
class _Family:
    """Rows that one call answers for one parent."""

    parent: Target
    id: str
    rows: tuple[Descent, ...]


def children(target: Target, door: Aws, clock: Clock) -> tuple[Resource, ...] | Failed:
    """The resources that are to be tagged like *target*, because one call made them all."""
    found: list[Resource] = []
    for family in _families(target):
        answer = attempt(door, target, _request((family,)), clock)
        if isinstance(answer, Failed):
            return answer
        found += _of(family, answer) or ()
    return tuple(found)


def children_of_many(
    targets: Iterable[Target], door: Aws, clock: Clock
) -> Mapping[str, tuple[Resource, ...]]:
    """The same by `Resource.ref`, for those of *targets* that can be asked about together.

    Who is missing in the answer has to be asked about alone: that also says why.
    """
    found: dict[str, tuple[Resource, ...]] = {}
    for group in _alike(targets):
        for start in range(0, len(group), _MOST_AT_ONCE):
            families = group[start : start + _MOST_AT_ONCE]
            asked = _request(families)
            answer = attempt(door, families[0].parent, asked, at_once(clock))
            if isinstance(answer, Failed):
                continue
            told = ((family.parent.resource.ref, _of(family, answer)) for family in families)
            found |= {ref: born for ref, born in told if born is not None}
    return found


def has_children(resource: Resource) -> bool:
    """Whether resources of its kind may have any."""
    return any(True for _ in _rows(resource))


def reads(services: frozenset[str]) -> frozenset[str]:
    """The IAM actions that finding the children of these services' resources needs."""
    return frozenset(a for row in _table() if row.service in services for a in row.actions)


def _families(target: Target) -> Iterator[_Family]:
    calls: dict[str, list[tuple[Descent, str]]] = defaultdict(list)
    for row, name in _rows(target.resource):
        calls[f"{row.operation} {row.params}"].append((row, name))
    for rows in calls.values():
        yield _Family(target, rows[0][1], tuple(row for row, _ in rows))


def _rows(resource: Resource) -> Iterator[tuple[Descent, str]]:
    """The rows that fit, each with the id by which it asks."""
    part = resource.arn.split(":", 5)[-1] if resource.arn else ""
    for row in _table():
        if row.service == resource.service and (match := re.fullmatch(row.resource, part)):
            yield row, match["id"]


def _alike(targets: Iterable[Target]) -> Iterator[list[_Family]]:
    """Families whose children one call tells, by the account and region it is made in."""
    groups: dict[object, list[_Family]] = defaultdict(list)
    for target in targets:
        families = list(_families(target))
        if len(families) == 1 and families[0].rows[0].many:
            resource, row = target.resource, families[0].rows[0]
            groups[resource.account, resource.region, row.operation].append(families[0])
    yield from groups.values()


def _request(families: Sequence[_Family]) -> Request:
    row = families[0].rows[0]
    call = Call(operation=row.operation, params=row.params, actions=row.actions)
    ids = [family.id for family in families]
    params = fill(row.params, {"id": ids[0]})
    return Request(
        service=row.service, call=call, params={**params, **({row.many: ids} if row.many else {})}
    )


def _of(family: _Family, answer: Mapping[str, Any]) -> tuple[Resource, ...] | None:
    """The family's children in the *answer*; None where their parent is not in it."""
    first = family.rows[0]
    holder: Mapping[str, Any] = answer
    if first.many:
        told = walk(answer, first.among.split("."))
        mine = next((each for each in told if each.get(first.named, family.id) == family.id), None)
        if mine is None:
            return None
        holder = mine
    parent = family.parent.resource
    return tuple(_child(row, parent, name) for row in family.rows for name in _names(row, holder))


def _names(row: Descent, holder: Mapping[str, Any]) -> Sequence[str]:
    entries = list(walk(holder, row.each.split(".")))
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
