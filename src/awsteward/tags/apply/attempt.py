"""One request, tried as often as its failures deserve. Everything that waits, waits here.

A write is never tried again by itself: whoever waited has to read before writing (`write.py`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from awsteward.clients.aws.door import Aws
from awsteward.clients.aws.refusals import SETTINGS, Cause, Refusal
from awsteward.tags.apply.readiness import readiness
from awsteward.tags.apply.request import Request
from awsteward.tags.model.outcome import Failed, Trouble
from awsteward.tags.model.reading import Resource

WAITS_S = (1.0, 2.0, 4.0, 8.0)
PASSING = (Trouble.NOT_YET, Trouble.THROTTLED, Trouble.REMOTE)
"""Failures that time may heal."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Time and chance as arguments, so that tests neither wait nor wobble."""

    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    jitter: Callable[[], float]
    """A number from 0 to 1, so that many who were throttled do not return together."""
    waits_s: tuple[float, ...] = WAITS_S
    """Seconds between tries; whoever has a queue tries again later instead of waiting longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A resource and when it came into being, which says what its absence means."""

    resource: Resource
    born: datetime


def attempt(
    door: Aws,
    target: Target,
    request: Request,
    clock: Clock,
) -> Mapping[str, Any] | Failed:
    """The answer to a *request* that reads, or why there is none after trying what may help."""
    return patiently(lambda: once(door, target, request, clock), clock)


def patiently(step: Callable[[], T | Failed], clock: Clock) -> T | Failed:
    """What *step* comes to, taken again after each wait while its failure may pass."""
    for wait in clock.waits_s:
        outcome = step()
        if not isinstance(outcome, Failed) or outcome.trouble not in PASSING:
            return outcome
        pause(wait, clock)
    return step()


def at_once(clock: Clock) -> Clock:
    """The same clock for whoever takes a first failure for an answer."""
    return replace(clock, waits_s=())


def pause(wait_s: float, clock: Clock) -> None:
    """Wait about as long as that."""
    clock.sleep(wait_s * (0.5 + clock.jitter()))


def once(door: Aws, target: Target, request: Request, clock: Clock) -> Mapping[str, Any] | Failed:
    """The answer to *request*, or why there is none, after a single try."""
    answer = _asked(door, target.resource, request)
    if isinstance(answer, Refusal):
        age = clock.now() - target.born
        return _failed(answer, request, young=age < readiness(target.resource.type).within)
    return answer


def _asked(door: Aws, resource: Resource, request: Request) -> Mapping[str, Any] | Refusal:
    call = request.call
    answer = door.call(
        resource.account, resource.region, request.service, call.operation, request.params
    )
    if isinstance(answer, Refusal):
        return {} if answer.code in call.empty else answer
    failures = answer.get(call.failures) if call.failures else None
    for failure in (failures or {}).values():
        return single(failure)
    return answer


def single(failure: Mapping[str, Any]) -> Refusal:
    """What an entry of the Tagging API's map of failures says about its resource."""
    return Refusal(
        code=failure.get("ErrorCode") or str(failure.get("StatusCode")),
        message=failure.get("ErrorMessage") or "",
    )


def _failed(refusal: Refusal, request: Request, *, young: bool) -> Failed:
    call = request.call
    why = f"{request.service} {call.operation}: {refusal.code}: {refusal.message}"
    match refusal.cause:
        case Cause.THROTTLED:
            return Failed(trouble=Trouble.THROTTLED, why=why)
        case Cause.DENIED:
            action = refusal.action or call.actions[0]
            return Failed(trouble=Trouble.DENIED, why=f"allow {action}; {why}")
        case Cause.SETTINGS:
            return Failed(trouble=Trouble.DENIED, why=f"{SETTINGS}; {why}")
        case Cause.ABSENT:
            return Failed(trouble=Trouble.NOT_YET if young else Trouble.GONE, why=why)
        case Cause.BUSY:
            return Failed(trouble=Trouble.NOT_YET, why=why)
        case Cause.BROKEN:
            return Failed(trouble=Trouble.REMOTE, why=why)
        case Cause.REFUSED:
            return Failed(trouble=Trouble.REFUSED, why=why)
