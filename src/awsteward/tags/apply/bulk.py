"""Writing the same tags to many resources, twenty to a call where the Tagging API serves them.

Each resource is still read just before it is written, and each gets an outcome of its own.
"""

import functools
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

import msgspec

from awsteward.clients.aws.door import Aws
from awsteward.tags.apply.attempt import Clock, Target, attempt
from awsteward.tags.apply.current import present
from awsteward.tags.apply.request import Request
from awsteward.tags.apply.write import add, free, writable, write
from awsteward.tags.catalogue.tagcalls import Call, Way
from awsteward.tags.model import Failed, Outcome, Resource, Trouble, Write, Written


@dataclass(frozen=True, slots=True)
class Job:
    """Tags to be written to one resource."""

    target: Target
    writes: tuple[Write, ...]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A resource that has been read, and what of its tags is still to be written."""

    target: Target
    route: Way
    plan: Written


def write_many(jobs: Sequence[Job], door: Aws, clock: Clock) -> Mapping[str, Outcome]:
    """Carry out *jobs*, those with the same tags together; one outcome per `Resource.ref`."""
    outcomes: dict[str, Outcome] = {}
    for group in _groups(jobs):
        if len(group) == 1 or not _served(group[0].target.resource):
            for job in group:
                ref = job.target.resource.ref
                outcomes[ref] = write(job.target, job.writes, door, clock)
        else:
            for batch in _batches(group, _facts().size):
                outcomes |= _write_batch(batch, door, clock)
    return outcomes


def _groups(jobs: Iterable[Job]) -> Iterator[list[Job]]:
    groups: dict[object, list[Job]] = defaultdict(list)
    for job in jobs:
        resource = job.target.resource
        tags = frozenset((write.key, write.value) for write in job.writes)
        groups[resource.account, resource.region, _served(resource), tags].append(job)
    yield from groups.values()


def _served(resource: Resource) -> bool:
    return resource.arn is not None and resource.service in _facts().services


def _write_batch(jobs: Sequence[Job], door: Aws, clock: Clock) -> Mapping[str, Outcome]:
    outcomes: dict[str, Outcome] = {}
    whole: list[_Ready] = []
    for job in jobs:
        ready = _prepare(job, door, clock)
        match ready:
            case _Ready(plan=Written(left=())):
                whole.append(ready)
            case _Ready(target, route, plan) if plan.writes:
                outcomes[target.resource.ref] = add(target, route, plan, door, clock)
            case _Ready(target, _, plan):
                outcomes[target.resource.ref] = plan
            case Failed():
                outcomes[job.target.resource.ref] = ready
    return outcomes | _together(whole, door, clock)


def _prepare(job: Job, door: Aws, clock: Clock) -> _Ready | Failed:
    route = writable(job.target)
    if isinstance(route, Failed):
        return route
    before = present(job.target, route, door, clock)
    if isinstance(before, Failed):
        return before
    return _Ready(job.target, route, free(job.writes, before))


def _together(batch: Sequence[_Ready], door: Aws, clock: Clock) -> dict[str, Outcome]:
    """One call for all; a poisoned batch is halved until the poison stands alone."""
    if len(batch) < 2:  # noqa: PLR2004 - one is not a batch
        return {r.target.resource.ref: _alone(r, door, clock) for r in batch}
    answer = attempt(door, batch[0].target, _request(batch), clock)
    match answer:
        case Failed(trouble=Trouble.REFUSED):
            middle = len(batch) // 2
            halves = batch[:middle], batch[middle:]
            return _together(halves[0], door, clock) | _together(halves[1], door, clock)
        case Failed():
            return {r.target.resource.ref: _alone(r, door, clock) for r in batch}
        case _:
            failed = answer.get("FailedResourcesMap") or {}
            return {
                r.target.resource.ref: _alone(r, door, clock) if _arn(r) in failed else r.plan
                for r in batch
            }


def _alone(ready: _Ready, door: Aws, clock: Clock) -> Outcome:
    """By the service's own call: it serves everything, and its failure says why."""
    return add(ready.target, ready.route, ready.plan, door, clock)


def _request(batch: Sequence[_Ready]) -> Request:
    tags = {write.key: write.value for write in batch[0].plan.writes}
    return Request(
        service="resourcegroupstaggingapi",
        call=_facts().call,
        params={"ResourceARNList": [_arn(ready) for ready in batch], "Tags": tags},
    )


def _arn(ready: _Ready) -> str:
    return ready.target.resource.ref


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
