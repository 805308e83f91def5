"""Compiles the catalogue's rows into ways to ask a record what its call created.

Once per event source and name, so that the work per record is small. It sees no record.
"""

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from awsteward.tags.catalogue import lookup
from awsteward.tags.read.paths import Path, compile_path, wrappers

_LONGEST_NAME = 256
_SLOT = re.compile(r"(\{[<>][^}]*\})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A part of an ARN that a record fills: a path into one side, and its name on the other."""

    path: Path
    bare: Path | None
    """The same path where the structure around the whole answer was dropped."""
    in_response: bool
    last: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A part of an ARN that only needs to know where the call was made, and in which account."""

    form: str
    """``arn:{partition}:sqs:{region}:{account}:``"""
    regional: bool
    owned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A row of the catalogue, compiled for reading."""

    row: lookup.Row
    homes: Mapping[str, str]
    """The home region of a service without regions, by partition."""
    arn: Path | None
    bare: Path | None
    """The ARN where the structure around it was dropped."""
    alias: Path | None
    """The ARN's other common name: ``applicationArn`` for ``arn`` in ``application``."""
    parts: tuple[Text | Slot, ...]
    slots: tuple[Slot, ...]
    handle: Slot | None
    tags: tuple[Path, ...]
    echo: Path | None
    prefix: str
    """What the resource part of an ARN made from the template begins with."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A creating call, ready to be asked about records."""

    call: lookup.Call
    ways: tuple[Way, ...]
    around: frozenset[str]


def compiled(source: str, name: str) -> Compiled | None:
    """The call of this name, or None where it creates nothing that can be tagged."""
    short = len(source) + len(name) <= _LONGEST_NAME
    return _compiled(source, name) if short else _compiled.__wrapped__(source, name)


# Bounded in count and size: names in a hostile archive are not.
@functools.lru_cache(maxsize=65_536)
def _compiled(source: str, name: str) -> Compiled | None:
    call = lookup.find(source, name)
    if call is None:
        return None
    return Compiled(call, tuple(compile_row(row) for row in call.rows), wrappers(call.operation))


def compile_row(row: lookup.Row) -> Way:
    """A row of the catalogue, made ready to be asked about records."""
    arn = compile_path(row.arn) if row.arn else None
    parts = tuple(_parts(row.template or ""))
    return Way(
        row=row,
        homes=lookup.homes(row.service),
        arn=arn,
        bare=_bare(arn) if arn else None,
        alias=_alias(row.arn) if row.arn else None,
        parts=parts,
        slots=tuple(part for part in parts if isinstance(part, Slot)),
        handle=_slot(row.handle) if row.handle else None,
        tags=_tag_paths(row),
        echo=compile_path(row.echo) if row.echo else None,
        prefix=(row.template or "").split(":", 5)[-1].split("{")[0],
    )


def _bare(path: Path) -> Path | None:
    return path[1:] or None


def _alias(arn: str) -> Path | None:
    holder, _, name = arn.rpartition(".")
    if name.lower() != "arn" or not holder:
        return None
    last = holder.rpartition(".")[2].removesuffix("[]")
    return compile_path(f"{holder}.{last}Arn")


def _tag_paths(row: lookup.Row) -> tuple[Path, ...]:
    """Where tags may lie; EC2's first dialect calls a list of specifications a set."""
    if row.tags is None:
        return ()
    if row.form == "spec":
        stem = row.tags.removesuffix("s")
        return tuple(compile_path(stem + end) for end in ("Set", "", "s"))
    return (compile_path(row.tags),)


def _parts(template: str) -> Iterator[Text | Slot]:
    """``arn:{partition}:x:{>A.Id}`` -> texts (places among them) and slots, in order."""
    for piece in _SLOT.split(template):
        if piece[:2] in ("{<", "{>"):
            yield _slot(piece[1:-1])
        elif piece:
            yield Text(form=piece, regional="{region}" in piece, owned="{account}" in piece)


def _slot(text: str) -> Slot:
    path = compile_path(text[1:])
    return Slot(path=path, bare=_bare(path), in_response=text[0] == ">", last=path[-1:])
