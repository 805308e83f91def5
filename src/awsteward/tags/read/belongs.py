"""What the resources of a call belong to, as far as the record's request names it.

Tags that say so are not looked at here: they may also stand on the resource alone.
"""

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from importlib import resources as files

import msgspec

from awsteward.tags.model.arn import Arn
from awsteward.tags.model.reading import Resource
from awsteward.tags.read.arns import plain
from awsteward.tags.read.facts import decode
from awsteward.tags.read.paths import Json, Path, compile_path, values
from awsteward.tags.read.record import Record

_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.:-]{0,254}")
"""Ids and identifiers; what looks otherwise is not made into an ARN."""
_ARN_PARTS = 6


class Row(msgspec.Struct, frozen=True):
    """One row of the table, whose head explains the members."""

    event: str
    member: str
    arn: str
    source: str
    region: str | None = None


def belonging(record: Record, resources: tuple[Resource, ...]) -> tuple[Resource, ...]:
    """*resources* with the parent that the request names, where it names one."""
    rows = table().get(f"{record.event_source}/{record.event_name}")
    if not rows:
        return resources
    request = decode(record, frozenset()).request
    return tuple(replace(each, parent=_parent(rows, request, each)) for each in resources)


def _parent(rows: tuple[Row, ...], request: Json, child: Resource) -> Arn | None:
    for row in rows:
        names = plain(values(request, _path(row.member)))
        if names:
            return _arn(row, names[0], request, child)
    return None


def _arn(row: Row, name: str, request: Json, child: Resource) -> Arn | None:
    """Never another account's resource: nobody there has agreed to be read for this one."""
    if name.startswith("arn:"):
        parts = name.split(":", 5)
        ours = len(parts) == _ARN_PARTS and parts[4] in ("", child.account)
        return Arn(name) if ours else None
    regions = plain(values(request, _path(row.region))) if row.region else []
    region = regions[0] if regions else child.region
    if not _NAME.fullmatch(name) or not _NAME.fullmatch(region):
        return None
    blanks = {"partition": child.partition, "region": region, "account": child.account}
    return Arn(row.arn.format(value=name, **blanks))


@functools.cache
def _path(member: str) -> Path:
    return compile_path(member)


@functools.cache
def table() -> Mapping[str, tuple[Row, ...]]:
    """The rows by event source and event name."""
    text = (files.files(__package__) / "data" / "belongs.toml").read_text(encoding="utf-8")
    rows = msgspec.convert(tomllib.loads(text)["belongs"], tuple[Row, ...])
    return {row.event: tuple(each for each in rows if each.event == row.event) for row in rows}
