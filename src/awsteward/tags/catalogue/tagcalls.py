"""How each service's resources are tagged, listed and untagged: the generated table, looked up.

Not the making of a request from it (that is `tags/apply`), and not what calls create.
"""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import msgspec

from awsteward.tags.model.reading import Resource


class Call(msgspec.Struct, frozen=True):
    """One operation on a resource's tags; the members are explained in `tagcalls.toml`."""

    operation: str
    params: Mapping[str, Any]
    actions: tuple[str, ...]
    """The IAM actions that allow it."""
    tags: str = ""
    """Where tags (or the keys to remove) go into the request, or stand in the answer."""
    form: str = "map"
    """``map``, ``keys``, or the names of a list's members: ``Key/Value``, ``Key``."""
    service: str | None = None
    """The service to call where it is not the resource's own."""
    each: Mapping[str, Any] = {}
    send: str | None = None
    token: str | None = None
    more: str | None = None
    empty: tuple[str, ...] = ()
    failures: str | None = None


class Whole(msgspec.Struct, frozen=True):
    """Calls on the whole set of tags, for where adding or removing single ones is refused."""

    replace: Call
    clear: Call


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """The calls for some or all of a service's resources."""

    write: Call
    list: Call
    untag: Call
    whole: Whole | None = None
    type: str | None = None
    """The CloudFormation type, for a resource without an ARN."""
    resource: str | None = None
    """A pattern for what follows the account in the ARN; None fits every ARN."""
    id: str | None = None
    """How `{id}` is made where neither a handle nor the pattern gives it."""


class Service(msgspec.Struct, frozen=True):
    """A service's row: kinds with calls of their own, and what serves all the others."""

    kinds: tuple[Kind, ...] = ()
    base: Kind | None = None


class Table(msgspec.Struct, frozen=True):
    """The whole generated file."""

    source: str
    suffixes: Mapping[str, str]
    """The DNS suffix of each partition."""
    through: Mapping[str, str]
    """Services whose resources another service's calls tag."""
    services: Mapping[str, Service]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How one resource is tagged: the service to call, its calls, and what fills their blanks."""

    service: str
    kind: Kind
    blanks: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NoWay:
    """Nothing can tag the resource, or nothing may; *why* says which."""

    why: str


@functools.cache
def table() -> Table:
    """The generated table; read when first asked for, because a dry run never asks."""
    raw = (resources.files(__package__) / "data" / "tagcalls.json").read_bytes()
    return msgspec.json.decode(raw, type=Table)


def way(resource: Resource) -> Way | NoWay:
    """How *resource* is tagged by the calls of its own service, or of the one that serves it."""
    facts = table()
    name = facts.through.get(resource.service, resource.service)
    if name not in facts.services:
        return NoWay(f"AWS has no call that tags resources of {resource.service}")
    kind = _kind(facts.services[name], resource)
    if kind is None:
        return NoWay(f"{name} has no call that tags {resource.type or resource.ref}")
    blanks = _blanks(resource, kind, facts.suffixes)
    if "id" not in blanks:
        return NoWay(f"{name} tags {resource.ref} by a name that the record does not show")
    return Way(service=name, kind=kind, blanks=blanks)


def _kind(service: Service, resource: Resource) -> Kind | None:
    if resource.arn is None:
        named = (kind for kind in service.kinds if kind.type and kind.type == resource.type)
        return next(named, service.base)
    part = _resource_part(resource.arn)
    kinds = (*service.kinds, *((service.base,) if service.base else ()))
    return next((kind for kind in kinds if re.fullmatch(kind.resource or ".*", part)), None)


def _blanks(resource: Resource, kind: Kind, suffixes: Mapping[str, str]) -> Mapping[str, str]:
    """What `{arn}`, `{id}` and the like stand for; `{id}` is absent where nothing gives it."""
    part = _resource_part(resource.arn) if resource.arn else ""
    found = re.fullmatch(kind.resource or ".*", part)
    blanks = {
        "arn": resource.arn or resource.handle or "",
        "account": resource.account,
        "region": resource.region,
        "partition": resource.partition,
        "suffix": suffixes.get(resource.partition, "amazonaws.com"),
        **(found.groupdict() if found else {}),
    }
    if resource.handle:
        return blanks | {"id": resource.handle}
    if kind.id == "{handle}":
        return blanks
    if kind.id:
        return blanks | {"id": kind.id.format(**blanks)}
    return {"id": re.split("[:/]", part)[-1]} | blanks


def _resource_part(arn: str) -> str:
    return arn.split(":", 5)[-1]
