"""What a service's own calls do for many resources at once, by `together.toml`. Pure."""

import functools
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import resources
from typing import Any

import msgspec

from awsteward.tags.apply.request import Request, request, walk, writing
from awsteward.tags.catalogue.tagcalls import Way

_ONE = ["{id}"]
"""A list of one id, in the table of calls: these services let it hold more."""


class Manner(msgspec.Struct, frozen=True):
    """One row of the table, whose head explains the members."""

    of: str
    most: int
    source: str


def manner(way: Way) -> Manner | None:
    """How the resources tagged that *way* can be asked about together, if they can."""
    return _table().get(way.service) if "id" in way.blanks else None


def listing(ways: Sequence[Way]) -> Request:
    """One request for the tags of all of them."""
    asked = request(ways[0], ways[0].kind.list)
    return replace(asked, params=_many(ways[0].kind.list.params, asked.params, _ids(ways)))


def listed(ways: Sequence[Way], answer: Mapping[str, Any], of: str) -> Mapping[str, dict[str, str]]:
    """The tags in a page of the answer to that, by id."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    call = ways[0].kind.list
    key, value = call.form.split("/")
    for holder in walk(answer, call.tags.split(".")):
        found[holder[of]][holder[key]] = holder.get(value) or ""
    return found


def writing_many(ways: Sequence[Way], tags: Mapping[str, str]) -> Request:
    """One request that writes *tags* to all of them."""
    asked = writing(ways[0], ways[0].kind.write, tags)
    return replace(asked, params=_many(ways[0].kind.write.params, asked.params, _ids(ways)))


def _ids(ways: Sequence[Way]) -> list[str]:
    return [way.blanks["id"] for way in ways]


def _many(template: Any, filled: Any, ids: list[str]) -> Any:  # noqa: ANN401 - JSON of any shape
    """*filled* with all *ids* where the template has one."""
    match template:
        case Mapping():
            changed = {name: _many(part, filled[name], ids) for name, part in template.items()}
            return {**filled, **changed}
        case list() if template == _ONE:
            return ids
        case list():
            return [_many(part, one, ids) for part, one in zip(template, filled, strict=True)]
        case _:
            return filled


@functools.cache
def _table() -> Mapping[str, Manner]:
    text = (resources.files(__package__) / "together.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Manner])
