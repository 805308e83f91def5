"""Which reconciler owns a resource: by its user agent, by the tags that it set, by its role.

A tag can be set by anybody, and costs who sets it no more than that we tell instead of write.
"""

import functools
import re
from collections.abc import Mapping
from typing import assert_never

from awsteward.tags.catalogue.sources import Reconciler, reconcilers
from awsteward.tags.model.creator import Creator, Machine, Nobody, Person, Root, Service
from awsteward.tags.model.reading import Event

_LONGEST_NAME = 256


def reconciler(event: Event, tags: Mapping[str, str] | None) -> str | None:
    """The reconciler's name in `awsteward.yaml`, or None where none is known to own it."""
    agent, role = event.tool, _role(event.creator)
    marks = _marked(tags) if tags else frozenset()
    if agent not in _agents() and not marks and not _named(role):
        return None
    found = (name for name, row in reconcilers().items() if agent in row.tools or name in marks)
    return next(found, None) or _named(role)


def _role(creator: Creator) -> str:
    """What the caller's role is called; its session may be named after the software, too."""
    match creator:
        case Person(role=arn) | Machine(role=arn) | Service(role=arn):
            return (arn or "").rpartition("/")[2][:_LONGEST_NAME]
        case Root() | Nobody():
            return ""
        case _:
            assert_never(creator)


def _marked(tags: Mapping[str, str]) -> frozenset[str]:
    exact, beginnings = _marks()
    found = {exact[key] for key in exact.keys() & tags.keys()}
    found.update(name for start, name in beginnings if any(key.startswith(start) for key in tags))
    return frozenset(found)


@functools.cache
def _agents() -> frozenset[str]:
    return frozenset().union(*(row.tools for row in reconcilers().values()))


@functools.cache
def _marks() -> tuple[Mapping[str, str], tuple[tuple[str, str], ...]]:
    """Tag keys, whole and by their beginnings, each with the reconciler that sets it."""
    every = [(tag, row.name) for row in reconcilers().values() for tag in row.tags]
    exact = {tag: name for tag, name in every if not tag.endswith("*")}
    return exact, tuple((tag[:-1], name) for tag, name in every if tag.endswith("*"))


@functools.lru_cache(maxsize=4096)
def _named(role: str) -> str | None:
    return next((row.name for row in reconcilers().values() if _has(row, role)), None)


def _has(row: Reconciler, role: str) -> bool:
    return any(re.search(rf"(?:^|[-_]){re.escape(name)}(?:$|[-_])", role) for name in row.roles)
