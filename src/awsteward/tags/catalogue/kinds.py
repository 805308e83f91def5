"""Types of resources, as AWS Config calls them: which can be tagged, and by which service.

The catalogue tells what calls create; here it is asked the other way round.
"""

import functools
import tomllib
from collections import defaultdict
from collections.abc import Mapping

import msgspec

from awsteward.tags.catalogue import lookup


class _Names(msgspec.Struct, frozen=True):
    source: str
    names: Mapping[str, str]
    beyond: Mapping[str, str]


def named(kind: str) -> str:
    """What CloudFormation, and so the policy, calls what Config calls *kind*."""
    return _names().names.get(kind, kind)


def taggable(kind: str) -> bool:
    """True where resources of a type (in CloudFormation's words) are known to carry tags."""
    return kind in lookup.types() or kind in _services()


def service(kind: str, namespace: str) -> str | None:
    """The botocore service that makes a type whose ARNs lie in *namespace*, if one is known.

    Where several do (an old and a new API), the one that the type is called after comes first.
    """
    found = _services().get(kind, frozenset())
    middle = kind.split("::")[1].lower() if "::" in kind else ""
    first = (each for each in (middle, namespace) if each in found)
    return next(first, max(found, default=None))


@functools.cache
def _services() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for source in lookup.sources():
        for rows in source.calls.values():
            for row in rows:
                for kind in lookup.types_of(row):
                    found[kind].add(row.service)
    for kind, name in _names().beyond.items():
        found[kind].add(name)
    return {kind: frozenset(services) for kind, services in found.items()}


@functools.cache
def _names() -> _Names:
    text = (lookup.DATA / "config.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _Names)
