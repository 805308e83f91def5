"""Writing the same tags to many resources in few calls.

In one call of their own service where that takes many ids (`together.toml`), else twenty to a call
where the Tagging API serves them. Every resource is read just before each call that writes to it,
or was a moment ago by whoever asks for the first, and each gets an outcome of its own.
"""

import functools
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import msgspec

from awsteward.clients.aws.door import Aws
from awsteward.clients.aws.refusals import Cause
from awsteward.tags.apply.attempt import (
    PASSING,
    Clock,
    Target,
    once,
    pause,
    single,
)
from awsteward.tags.apply.current import Seen
from awsteward.tags.apply.request import Request
from awsteward.tags.apply.together import manner, writing_many
from awsteward.tags.apply.write import Look, Wish, add, look, values, wished, writable, write
from awsteward.tags.catalogue.tagcalls import Call, Way, way
from awsteward.tags.model.outcome import Failed, Outcome, Trouble, Written
from awsteward.tags.model.plan import Write
from awsteward.tags.model.reading import Resource

_TAGGING = "resourcegroupstaggingapi"


@dataclass(frozen=True, slots=True)
class Job:
    """Tags to be written to one resource."""

    target: Target
    writes: tuple[Write, ...]
    seen: Seen | None = None
    """What was read of it, if that was a moment ago."""


def write_many(jobs: Sequence[Job], door: Aws, clock: Clock) -> Mapping[str, Outcome]:
    """Carry out *jobs*, those with the same tags together; one outcome per `Resource.ref`."""
    outcomes: dict[str, Outcome] = {}
    for group in _groups(jobs):
        size = _size(group[0].target.resource)
        if len(group) == 1 or size == 1:
            for job in group:
                ref = job.target.resource.ref
                outcomes[ref] = write(job.target, job.writes, door, clock, job.seen)
        else:
            for batch in _batches(group, size):
                outcomes |= _write_batch(batch, door, clock)
    return outcomes


def needs(services: frozenset[str]) -> frozenset[str]:
    """The IAM actions, beside the services' own, that writing to many at once needs."""
    return frozenset(_facts().call.actions) if services & _facts().services else frozenset()


def _groups(jobs: Iterable[Job]) -> Iterator[list[Job]]:
    groups: dict[object, list[Job]] = defaultdict(list)
    for job in jobs:
        resource = job.target.resource
        tags = frozenset((write.key, write.value) for write in job.writes)
        groups[resource.account, resource.region, _by(resource), tags].append(job)
    yield from groups.values()


def _by(resource: Resource) -> str:
    """Whose call writes to many such resources; empty where nobody's does."""
    route = way(resource)
    if isinstance(route, Way) and manner(route):
        return route.service
    served = resource.arn is not None and resource.service in _facts().services
    return _TAGGING if served else ""


def _size(resource: Resource) -> int:
    route = way(resource)
    how = manner(route) if isinstance(route, Way) else None
    if how:
        return how.most
    return _facts().size if _by(resource) else 1


def _write_batch(jobs: Sequence[Job], door: Aws, clock: Clock) -> Mapping[str, Outcome]:
    outcomes: dict[str, Outcome] = {}
    wishes: list[Wish] = []
    for job in jobs:
        route = writable(job.target)
        if isinstance(route, Failed):
            outcomes[job.target.resource.ref] = route
        else:
            wishes.append(wished(job.target, route, job.writes, job.seen))
    return outcomes | _together(wishes, door, clock, clock.waits_s)


def _together(
    wishes: Sequence[Wish], door: Aws, clock: Clock, waits_s: tuple[float, ...]
) -> dict[str, Outcome]:
    """One call for all that lack every tag; whoever would hold them up is written alone after."""
    if len(wishes) < 2:  # noqa: PLR2004 - one is not a batch
        return _each_alone(wishes, door, clock)
    outcomes: dict[str, Outcome] = {}
    whole: list[Wish] = []
    alone: list[Wish] = []
    for wish in wishes:
        match look(wish, door, clock):
            case Look(open=open_) if open_ == wish.writes:
                whole.append(wish)
            case Look(open=(), done=done):
                outcomes[_arn(wish)] = done
            case _:
                alone.append(wish)
    return (
        outcomes
        | (_batch(whole, door, clock, waits_s) if len(whole) > 1 else {})
        | _each_alone((*alone, *whole) if len(whole) == 1 else alone, door, clock)
    )


def _batch(
    batch: Sequence[Wish], door: Aws, clock: Clock, waits_s: tuple[float, ...]
) -> dict[str, Outcome]:
    """Write to what has just been read; a poisoned batch is halved until the poison is alone."""
    answer = once(door, batch[0].target, _request(batch), clock)
    if isinstance(answer, Failed) and answer.trouble is Trouble.REMOTE:
        _doubt(batch)
    match answer:
        case Failed(trouble=Trouble.REFUSED | Trouble.GONE):
            middle = len(batch) // 2
            first = _together(batch[:middle], door, clock, waits_s)
            return first | _together(batch[middle:], door, clock, waits_s)
        case Failed(trouble=trouble) if trouble in PASSING and waits_s:
            pause(waits_s[0], clock)
            return _together(batch, door, clock, waits_s[1:])
        case Failed():
            return _each_alone(batch, door, clock)
        case _:
            return _sorted_out(batch, answer.get("FailedResourcesMap") or {}, door, clock)


def _sorted_out(
    batch: Sequence[Wish], failed: Mapping[str, Mapping[str, Any]], door: Aws, clock: Clock
) -> dict[str, Outcome]:
    """What one answer says of each resource; those that failed are written alone."""
    again = [wish for wish in batch if _arn(wish) in failed]
    _doubt(wish for wish in again if single(failed[_arn(wish)]).cause is Cause.BROKEN)
    written = {_arn(wish): Written(wish.writes) for wish in batch if _arn(wish) not in failed}
    return written | _each_alone(again, door, clock)


def _doubt(wishes: Iterable[Wish]) -> None:
    """The way broke after these were sent, so they may be written."""
    for wish in wishes:
        wish.unsure.update(wish.writes)


def _each_alone(wishes: Iterable[Wish], door: Aws, clock: Clock) -> dict[str, Outcome]:
    """By the service's own call: it serves everything, and its failure says why."""
    return {_arn(wish): add(wish, door, clock) for wish in wishes}


def _request(batch: Sequence[Wish]) -> Request:
    if manner(batch[0].route):
        return writing_many([wish.route for wish in batch], values(batch[0].writes))
    return Request(
        service=_TAGGING,
        call=_facts().call,
        params={
            "ResourceARNList": [_arn(wish) for wish in batch],
            "Tags": values(batch[0].writes),
        },
    )


def _arn(wish: Wish) -> str:
    return wish.target.resource.ref


def _batches(jobs: Sequence[Job], size: int) -> Iterator[Sequence[Job]]:
    return (jobs[start : start + size] for start in range(0, len(jobs), size))


class _Facts(msgspec.Struct, frozen=True):
    services: frozenset[str]
    size: int
    call: Call


@functools.cache
def _facts() -> _Facts:
    text = (resources.files(__package__) / "rgta.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _Facts)
