"""From a record of a call that took tags away: which keys, and what the call named. Pure.

What a call names is told as it stands there (an ARN, an id, a URL): whose tags those were is found
out where ours are known. A key that the record hides is not guessed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from awsteward.tags.catalogue import untags
from awsteward.tags.model.creator import Creator, Machine, Nobody, Person, Root, Service
from awsteward.tags.read import given
from awsteward.tags.read.paths import compile_path, elements, unwrap, whole, wrappers
from awsteward.tags.read.record import Record

MOST_NAMES = 50
"""More resources than AWS takes in one call of this sort."""
_LONGEST_NAME = 2048
_DATED = re.compile(r"\d{4}_?\d\d_?\d\d(v\d+)?$")


@dataclass(frozen=True, slots=True)
class These:
    """Exactly these keys are gone."""

    keys: frozenset[str]

    def took(self, key: str) -> bool:
        """Whether *key* is gone."""
        return key in self.keys


@dataclass(frozen=True, slots=True)
class AllBut:
    """Every key is gone but these."""

    keys: frozenset[str]

    def took(self, key: str) -> bool:
        """Whether *key* is gone."""
        return key not in self.keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Untagged:
    """A call that took tags away."""

    operation: str
    names: frozenset[str]
    """What the request names, the resource among it."""
    keys: These | AllBut


def untagged(record: Record) -> Untagged | None:
    """What *record*'s call took away, or None where it took nothing, or nothing that is told."""
    name = record.event_name or ""
    if record.error_code or record.error_message or record.read_only:
        return None
    operation = name if name in untags.operations() else _DATED.sub("", name)
    if operation not in untags.operations():
        return None
    try:
        body = msgspec.json.decode(record.request_parameters)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    request = unwrap(body, wrappers(operation))
    keys = _keys(record.event_source or "", operation, request)
    if keys is None:
        return None
    return Untagged(operation=operation, names=frozenset(_names(request)), keys=keys)


def principal(creator: Creator) -> str:
    """Who it was, the same for each of its sessions; empty where nobody can say."""
    match creator:
        case Person(name=name):
            return name
        case Machine(name=name, role=role) | Service(name=name, role=role):
            return role or name
        case Root(account=account):
            return f"root of {account}"
        case Nobody():
            return ""


def _keys(source: str, operation: str, request: Mapping[str, object]) -> These | AllBut | None:
    if untags.clears(operation):
        return AllBut(frozenset())
    if place := untags.kept(operation):
        # S3 writes `"tagging": ""`, its query, beside the body's `"Tagging": {…}`.
        said = {name: member for name, member in request.items() if member}
        left = whole(said, compile_path(place[0]))
        pairs = None if left is None else given.tags(left, "list", None)
        return None if pairs is None else AllBut(frozenset(pairs))
    if row := untags.spelled(source, operation):
        told = _told(whole(request, compile_path(row.tags)))
        return AllBut(frozenset()) if told == frozenset() and row.bare else _these(told)
    places = [compile_path(path) for path, _ in untags.named(operation)]
    found = [_told(member) for path in places if (member := whole(request, path)) is not None]
    return _these(found[0]) if found else None


def _these(keys: frozenset[str] | None) -> These | None:
    return These(keys) if keys else None


def _told(member: object) -> frozenset[str] | None:
    """Keys, listed bare or as pairs; None where they are hidden."""
    if isinstance(member, str):
        return None if given.is_hidden(member) else frozenset({member})
    listed = [] if member is None else list(elements(member))
    bare = {each for each in listed if isinstance(each, str)}
    pairs = given.tags([each for each in listed if not isinstance(each, str)], "list", None)
    if pairs is None or any(map(given.is_hidden, bare)):
        return None
    return frozenset({*bare, *pairs})


def _names(node: object) -> Iterator[str]:
    """The texts in a request, as far as there can be names among them; each once, not too many."""
    yield from list(dict.fromkeys(_texts(node)))[:MOST_NAMES]


def _texts(node: object) -> Iterable[str]:
    match node:
        case str() if 0 < len(node) <= _LONGEST_NAME:
            yield node
        case list():
            for each in node:
                yield from _texts(each)
        case dict():
            for key, each in node.items():
                if not _holds_keys(key, each):
                    yield from _texts(each)
        case _:
            return


def _holds_keys(name: str, held: object) -> bool:
    """Tag keys in a list name no resource, and need not be looked for."""
    return "tag" in name.casefold() and isinstance(held, list) and all(
        isinstance(each, str) for each in held
    )  # fmt: skip
