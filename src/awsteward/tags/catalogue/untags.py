"""Which API calls take tags away, and where their requests name the keys.

Derived from the table of tag calls; what CloudTrail spells otherwise stands in `untags.toml`.
"""

import functools
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from importlib import resources

import msgspec

from awsteward.tags.catalogue import lookup, tagcalls
from awsteward.tags.catalogue.tagcalls import Call, Kind, Service

Where = tuple[str, str]
"""Path into the request, and the form of what stands there: ``keys``, ``Key``, ``Key/Value``."""


class Spelled(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request that CloudTrail spells in its own way; the table explains the members."""

    source: str
    operation: str
    tags: str
    form: str
    documented: str
    bare: str | None = None


def named(operation: str) -> frozenset[Where]:
    """Where a call of that name may name the keys that it takes away."""
    return _named().get(operation, frozenset())


def kept(operation: str) -> Where | None:
    """Where a call that replaces all tags says which there are now."""
    return _replacing().get(operation)


def clears(operation: str) -> bool:
    """True for a call that takes all tags away."""
    return operation in {each.whole.clear.operation for each in _kinds() if each.whole}


def spelled(source: str, operation: str) -> Spelled | None:
    """How CloudTrail spells that call, where it is not as the SDK does."""
    rows = (row for row in _spelled() if row.operation == operation)
    return next((row for row in rows if source.startswith(row.source)), None)


@functools.cache
def operations() -> frozenset[str]:
    """The names of all the calls that take tags away, or may."""
    return frozenset().union(*map(_of_kind, _kinds()))


def operations_of(source: str) -> frozenset[str]:
    """The same for one event source, as `lookup.by_name` names it."""
    facts = tagcalls.table()
    rows = (row for rows in lookup.by_name()[source].calls.values() for row in rows)
    services = {service for row in rows for service in (row.service, *row.also)}
    through = {facts.through.get(service, service) for service in services}
    found = (facts.services[name] for name in through if name in facts.services)
    return frozenset().union(*(_of_kind(kind) for each in found for kind in _of_service(each)))


def _of_kind(kind: Kind) -> frozenset[str]:
    whole = (kind.whole.replace, kind.whole.clear) if kind.whole else ()
    return frozenset(call.operation for call in (kind.untag, *whole))


@functools.cache
def _kinds() -> tuple[Kind, ...]:
    every = tagcalls.table().services.values()
    return tuple(kind for service in every for kind in _of_service(service))


def _of_service(service: Service) -> Iterator[Kind]:
    yield from service.kinds
    if service.base:
        yield service.base


@functools.cache
def _named() -> Mapping[str, frozenset[Where]]:
    found: dict[str, set[Where]] = defaultdict(set)
    for kind in _kinds():
        found[kind.untag.operation].add(_where(kind.untag))
    return {operation: frozenset(places) for operation, places in found.items()}


@functools.cache
def _replacing() -> Mapping[str, Where]:
    whole = (kind.whole for kind in _kinds() if kind.whole)
    return {each.replace.operation: _where(each.replace) for each in whole}


def _where(call: Call) -> Where:
    return call.tags, call.form


@functools.cache
def _spelled() -> tuple[Spelled, ...]:
    text = (resources.files(__package__) / "data" / "untags.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text)["spelled"], tuple[Spelled, ...])
