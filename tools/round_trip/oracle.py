"""What the emulator itself holds: the ARNs and ids in moto's own object graph.

moto's tag calls accept any ARN, so a tag that can be listed proves little. What a call added
to the graph does: a right answer is an ARN, or at least an id, that was not there before.
"""

import functools
import re
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from moto.backends import get_backend

from awsteward.tags.model.reading import Resource
from tools.round_trip.attempt import Broke, attempt


class Proof(StrEnum):
    """What the emulator holds that confirms an answer; the ARN proves more."""

    ARN = "arn"
    ID = "id"


def proof(resource: Resource, new: frozenset[str]) -> Proof | None:
    """An ARN counts where moto computes it; else the id at its end, if no other ARN ends so."""
    if resource.arn in new:
        return Proof.ARN
    name = resource.handle or (resource.arn or "").split(":", 5)[-1]
    _, slash, rest = name.partition("/")
    last = re.split("[/:]", name)[-1]
    if not resource.handle and any(text.startswith("arn:") and text.endswith(last) for text in new):
        return None
    return Proof.ID if ({name, rest, slash + rest, last} - {""}) & new else None


_KEPT_BY = {"es": "opensearch"}
"""Services whose objects moto keeps in another's backend."""

_STATIC = frozenset({"amis", "ami_ids", "instance_types", "offerings", "images"})
"""What moto ships rather than what calls make; large."""


def texts(service: str) -> frozenset[str]:
    """Give every text that the backend of *service* holds, computed ARNs included."""
    seen: set[int] = set()
    found: set[str] = set()
    queue: deque[Any] = deque(_backends(service))
    while queue:
        here = queue.popleft()
        if isinstance(here, str):
            found.add(here)
        elif id(here) not in seen:
            seen.add(id(here))
            queue.extend(_inside(here))
    return frozenset(found)


def _backends(service: str) -> Iterator[Any]:
    find: Any = get_backend  # the stubs want a literal name
    for accounts in find(_KEPT_BY.get(service, service)).values():
        yield from accounts.values()


def _inside(here: Any) -> Iterator[Any]:
    match here:
        case Mapping():
            yield from here.keys()
            yield from here.values()
        case list() | tuple() | set() | frozenset() | deque():
            yield from here
        case date() | int() | float() | bytes() | None:
            return
        case _ if type(here).__module__.startswith("moto.") and hasattr(here, "__dict__"):
            yield from (value for name, value in vars(here).items() if name not in _STATIC)
            yield from _computed(here)
        case _:
            return


def _computed(here: Any) -> Iterator[Any]:
    """Give what properties named after ARNs and ids compute; one that fails holds nothing."""
    for name in dir(type(here)):
        if name.startswith("_") or not ("arn" in name or name.endswith("id")):
            continue
        if isinstance(getattr(type(here), name, None), property):
            value = attempt(functools.partial(getattr, here, name))
            if not isinstance(value, Broke):
                yield value
