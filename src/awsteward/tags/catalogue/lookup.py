"""Which API calls create what: the generated files, looked up by event source and name.

Reads packaged data only, one file per event source when that source is first met. What a record
says about the resource is told in `tags/read`; how a resource is tagged stands in `tagcalls`.
"""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

import msgspec

DATA = resources.files("awsteward.tags.catalogue") / "data"
_LONGEST_REGION = 64
"""What is longer is looked up anew: a cache that is bounded by count must not keep long texts."""
_DATED = re.compile(r"\d{4}_?\d\d_?\d\d(v\d+)?$")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """How one service's call tells what it created. Paths match without regard to case."""

    service: str
    also: tuple[str, ...] = ()
    """Further botocore services whose call of this name tells it the same way."""
    type: str | None = None
    also_types: tuple[str, ...] = ()
    arn: str | None = None
    """Where in the response the ARN lies; `[]` marks lists, each element a resource."""
    template: str | None = None
    """The ARN with `{>path}` (response) and `{<path}` (request) in it."""
    ids: bool = False
    """The id alone is certain (it names its own kind), so the template comes first."""
    handle: str | None = None
    """Where the name lies that the tag call wants beside or instead of an ARN, after `>` or `<`."""
    tags: str | None = None
    """Where the request takes tags; None where the call takes none."""
    form: str = "list"
    only: str | None = None
    """The resource type whose tag specification is this resource's."""
    echo: str | None = None
    """Where the response repeats the tags, or shows those of a launch template."""
    echo_form: str = "list"
    hidden: str | None = None
    """Why the event never shows the tags that were given."""
    unresolved: str | None = None
    """Why the resource cannot be told from this call's record."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A service event that tells of a creation."""

    service: str
    type: str | None
    handle: str
    """Where in `serviceEventDetails` the resource's id lies."""
    state: str
    """Where it says how the creation ended; the last part of the path may be absent."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is known of one event source."""

    namespaces: frozenset[str] = frozenset()
    """The third parts its ARNs may have, without hyphens."""
    calls: Mapping[str, tuple[Row, ...]] = {}
    """Operation -> ways to tell, to be tried in order."""
    beyond: frozenset[str] = frozenset()
    """Calls that create taggables, but that no SDK has: nothing says what their records hold."""


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Partitions by region, and where services without regions are at home."""

    partitions: tuple[tuple[str, str], ...]
    homes: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One creating call: its rows, and the namespaces its ARNs may lie in."""

    operation: str
    rows: tuple[Row, ...]
    namespaces: frozenset[str]
    beyond: bool = False


def find(source: str, name: str) -> Call | None:
    """What the call creates, or None where it creates nothing that can be tagged."""
    known = _source(source.partition(".amazonaws.com")[0])
    operation = name if name in known.calls else _DATED.sub("", name)
    if rows := known.calls.get(operation):
        return Call(operation=operation, rows=rows, namespaces=known.namespaces)
    if operation in known.beyond:
        return Call(operation=operation, rows=(), namespaces=known.namespaces, beyond=True)
    return None


def knows(source: str) -> bool:
    """True where anything that can be tagged is known of this event source."""
    return _source(source.partition(".amazonaws.com")[0]) != Source()


def names(source: str) -> frozenset[str]:
    """Every creating operation of an event source, as the SDKs spell it."""
    return frozenset(_source(source.partition(".amazonaws.com")[0]).calls)


def sources() -> list[Source]:
    """Every event source, read whole; for counting, not for the way of a record."""
    return list(by_name().values())


@functools.cache
def by_name() -> Mapping[str, Source]:
    """The same, each with the name that its host begins with."""
    return {file.removesuffix(".json"): _load(file) for file in sorted(_files())}


def hosts(name: str) -> frozenset[str]:
    """What the hosts of the event source *name* may begin with: itself, and other names for it."""
    return frozenset({name, *(host for host, known in _hosts().items() if known == name)})


@functools.cache
def types() -> frozenset[str]:
    """CloudFormation types that can be tagged."""
    return frozenset(msgspec.json.decode((DATA / "types.json").read_bytes(), type=list[str]))


def types_of(row: Row) -> frozenset[str]:
    """Every type the row's services make; a record cannot always tell which of them."""
    return frozenset(filter(None, (row.type, *row.also_types)))


def partition(region: str) -> str:
    """The partition a region lies in; ``aws`` where nothing says otherwise."""
    return _partition(region) if len(region) <= _LONGEST_REGION else _partition.__wrapped__(region)


@functools.lru_cache(maxsize=4_096)
def _partition(region: str) -> str:
    return next((name for pattern, name in places().partitions if re.match(pattern, region)), "aws")


def home(service: str, partition: str) -> str | None:
    """The region where a service without regions is called, or None for a regional one."""
    return homes(service).get(partition)


def homes(service: str) -> Mapping[str, str]:
    """The same by partition; empty for a regional service."""
    return places().homes.get(service, {})


@functools.cache
def places() -> Places:
    """Regions and homes, read once."""
    return msgspec.json.decode((DATA / "places.json").read_bytes(), type=Places)


@functools.cache
def events() -> Mapping[str, Told]:
    """Service events that tell of creations, by ``source/name``."""
    return msgspec.json.decode((DATA / "events.json").read_bytes(), type=dict[str, Told])


@functools.cache
def _hosts() -> Mapping[str, str]:
    return msgspec.json.decode((DATA / "hosts.json").read_bytes(), type=dict[str, str])


@functools.cache
def _files() -> frozenset[str]:
    return frozenset(entry.name for entry in (DATA / "calls").iterdir())


def _source(host: str) -> Source:
    file = f"{_hosts().get(host, host)}.json"
    return _load(file) if file in _files() else Source()


@functools.cache
def _load(file: str) -> Source:
    return msgspec.json.decode((DATA / "calls" / file).read_bytes(), type=Source)
