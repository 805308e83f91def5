"""Which resources the tags on a resource point to as what it belongs to. Pure; it reads no tags.

The table is `belonging.toml`; what a record itself says stands in `Resource.parent`.
"""

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

import msgspec

from awsteward.tags.apply.request import Request, fill
from awsteward.tags.catalogue.tagcalls import Call
from awsteward.tags.model.arn import Arn
from awsteward.tags.model.reading import Resource


class Find(msgspec.Struct, frozen=True):
    """The call whose answer tells a parent's ARN."""

    operation: str
    actions: tuple[str, ...]
    params: Mapping[str, Any]
    each: str
    """Where in the answer the resources stand; the first is meant."""
    arn: str


class Belonging(msgspec.Struct, frozen=True):
    """One row of the table, whose head explains the members."""

    what: str
    service: str
    source: str
    tag: str | None = None
    pattern: str | None = None
    value: str = "(?P<value>.+)"
    also: Mapping[str, tuple[str, ...]] = {}
    arn: str | None = None
    handle: str | None = None
    find: Find | None = None
    read: Call | None = None
    not_for_people: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """A resource that another belongs to, and how its tags come to be known."""

    what: str
    """In a few words, for people."""
    rank: int
    """The lower, the nearer."""
    resource: Resource
    find: Request | None = None
    """Answers with the ARN; without it, *resource* has an ARN or a handle, or *read* is there."""
    found: str = ""
    """Where the ARN stands in that answer."""
    read: Request | None = None
    """Answers with the tags, where the service's own list call cannot be asked."""

    @property
    def key(self) -> str:
        """The same for two pointers to the same resource."""
        asked = self.find or self.read
        if asked is None:
            return self.resource.ref
        return f"{asked.service}:{asked.call.operation}:{asked.params}:{_place(self.resource)}"


NEAREST = -1
"""The rank of a parent that the record itself names."""


def pointers(marks: Mapping[str, str], on: Resource, *, made_by_person: bool) -> list[Pointer]:
    """What *on* belongs to by the tags it carries, the nearest first."""
    found: list[Pointer] = []
    for rank, row in enumerate(rows()):
        if row.not_for_people and made_by_person:
            continue
        for blanks in _blanks(row, marks):
            places = {"partition": on.partition, "region": on.region, "account": on.account}
            found.append(_pointer(rank, row, {**places, **blanks}, on))
    return found


def named(parent: Arn, on: Resource, service: str) -> Pointer:
    """The parent that the record names, in *on*'s account and region where it names none."""
    _, partition, _, region, account, _ = parent.split(":", 5)
    resource = replace(
        on, arn=parent, handle=None, type=None, parent=None, tags=None, service=service,
        partition=partition, region=region or on.region, account=account or on.account,
    )  # fmt: skip
    return Pointer(what=resource.what, rank=NEAREST, resource=resource)


def reads() -> frozenset[str]:
    """The IAM actions of the calls that the table itself names."""
    calls = [call for row in rows() for call in (row.find, row.read) if call]
    return frozenset(action for call in calls for action in call.actions)


def listed() -> frozenset[str]:
    """The services whose own list calls read the parents' tags."""
    return frozenset(row.service for row in rows() if row.read is None)


def _blanks(row: Belonging, marks: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """What fills the row's blanks, for each tag that counts; nothing where one stays empty."""
    also = {blank: _first(tags, marks) for blank, tags in row.also.items()}
    beside = {blank: value for blank, value in also.items() if value is not None}
    if len(beside) < len(also):
        return
    for key, value in _marks(row, marks):
        in_key = re.fullmatch(row.pattern, key) if row.pattern else None
        in_value = re.fullmatch(row.value, value)
        if in_value is not None:
            named_in_key = in_key.groupdict() if in_key else {}
            yield {**in_value.groupdict(), **named_in_key, **beside}


def _marks(row: Belonging, marks: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if row.tag is not None:
        if row.tag in marks:
            yield row.tag, marks[row.tag]
        return
    yield from (pair for pair in marks.items() if re.fullmatch(row.pattern or "", pair[0]))


def _first(tags: tuple[str, ...], marks: Mapping[str, str]) -> str | None:
    return next((marks[tag] for tag in tags if marks.get(tag)), None)


def _pointer(rank: int, row: Belonging, blanks: Mapping[str, str], on: Resource) -> Pointer:
    resource = replace(
        on, arn=Arn(row.arn.format_map(blanks)) if row.arn else None,
        handle=row.handle.format_map(blanks) if row.handle else None,
        type=None, service=row.service, parent=None, tags=None,
    )  # fmt: skip
    return Pointer(
        what=row.what.format_map(blanks), rank=rank, resource=resource,
        find=_find(row, blanks), found=row.find.arn if row.find else "", read=_read(row, blanks),
    )  # fmt: skip


def _find(row: Belonging, blanks: Mapping[str, str]) -> Request | None:
    if row.find is None:
        return None
    find = row.find
    call = Call(operation=find.operation, params=find.params, actions=find.actions, tags=find.each)
    return Request(service=row.service, call=call, params=fill(find.params, blanks))


def _read(row: Belonging, blanks: Mapping[str, str]) -> Request | None:
    if row.read is None:
        return None
    return Request(service=row.service, call=row.read, params=fill(row.read.params, blanks))


def _place(resource: Resource) -> str:
    return f"{resource.region}:{resource.account}"


@functools.cache
def rows() -> tuple[Belonging, ...]:
    """The table, the nearest first."""
    text = (resources.files(__package__) / "belonging.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)["belongs"], tuple[Belonging, ...])
