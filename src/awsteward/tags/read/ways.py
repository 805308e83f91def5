"""Compiles the catalogue's rows into ways to ask a record what its call created.

Once per event source and name, so that the work per record is small. It sees no record.
"""

import functools
from dataclasses import dataclass

from awsteward.tags.catalogue import lookup
from awsteward.tags.read.paths import Path, compile_path, wrappers


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of an ARN that a record fills: a path into one side, and its name on the other."""

    path: Path
    in_response: bool
    last: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A row of the catalogue, compiled for reading."""

    row: lookup.Row
    arn: Path | None
    alias: Path | None
    """The ARN's other common name: ``applicationArn`` for ``arn`` in ``application``."""
    parts: tuple[str | Slot, ...]
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


@functools.lru_cache(maxsize=65_536)  # bounded: names in a hostile archive are not
def compiled(source: str, name: str) -> Compiled | None:
    """The call of this name, or None where it creates nothing that can be tagged."""
    call = lookup.find(source, name)
    if call is None:
        return None
    return Compiled(call, tuple(_way(row) for row in call.rows), wrappers(call.operation))


def _way(row: lookup.Row) -> Way:
    parts = _parts(row.template) if row.template else ()
    return Way(
        row=row,
        arn=compile_path(row.arn) if row.arn else None,
        alias=_alias(row.arn) if row.arn else None,
        parts=parts,
        handle=_slot(row.handle) if row.handle else None,
        tags=_tag_paths(row),
        echo=compile_path(row.echo) if row.echo else None,
        prefix=(row.template or "").split(":", 5)[-1].split("{")[0],
    )


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


def _parts(template: str) -> tuple[str | Slot, ...]:
    """``arn:{partition}:x:{>A.Id}`` -> texts (places among them) and slots, in order."""
    pieces: list[str | Slot] = []
    for piece in template.replace("}", "{").split("{"):
        if piece[:1] in ("<", ">"):
            pieces.append(_slot(piece))
        elif piece:
            pieces.append(piece)
    return tuple(pieces)


def _slot(text: str) -> Slot:
    path = compile_path(text[1:])
    return Slot(path, text[0] == ">", path[-1:])
