"""Who keeps resources as it wants them, and where their tags are to be set: `sources.toml`, read.

Which of them a record tells of is `tags/read`'s to say, and what goes into a snippet the guard's.
"""

import functools
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from importlib import resources

import msgspec

from awsteward.tags.model.advice import Aim


class Quote(StrEnum):
    """How foreign text is quoted in a snippet."""

    JSON = "json"
    HCL = "hcl"
    SHELL = "shell"


class Template(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A snippet with blanks; the head of the table explains the members."""

    aim: Aim
    place: str
    text: str
    each: str
    join: str
    quote: Quote
    whole: bool = False
    first: int = 1
    names: Mapping[str, str] = {}
    refuses: tuple[str, ...] = ()
    when: str | None = None
    unless: str | None = None


class Tool(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An infrastructure-as-code tool."""

    name: str
    source: str
    same_as: str | None = None
    snippet: tuple[Template, ...] = ()


class Reconciler(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Software that puts back what others change."""

    name: str
    source: str
    snippet: tuple[Template, ...]
    tools: frozenset[str] = frozenset()
    tags: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


class _Table(msgspec.Struct, frozen=True):
    tool: tuple[Tool, ...]
    reconciler: tuple[Reconciler, ...]


@functools.cache
def tools() -> Mapping[str, Tool]:
    """The tools by name, each with snippets of its own or of the one that it is like."""
    by_name = {each.name: each for each in _table().tool}
    return {
        name: msgspec.structs.replace(each, snippet=by_name[each.same_as].snippet)
        if each.same_as
        else each
        for name, each in by_name.items()
    }


@functools.cache
def reconcilers() -> Mapping[str, Reconciler]:
    """The reconcilers by name, in the order in which they are tried."""
    return {each.name: each for each in _table().reconciler}


@functools.cache
def _table() -> _Table:
    text = (resources.files(__package__) / "data" / "sources.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), _Table)
