"""Once an hour: was the last canary seen? Then it goes and a new one is made. Doors stand below.

A canary travels as everything does: CloudTrail, rule, queue, guard. It proves the way whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from awsteward.clients.aws.refusals import Answer, Cause, Refusal, given
from awsteward.core.errors import ConfigError
from awsteward.tags.duty.journal import spelled
from awsteward.tags.duty.metrics import Unit, age_s, metrics
from awsteward.tags.duty.setup import Duty
from awsteward.tags.duty.watch import Say
from awsteward.tags.guard.canary import KEY, VALUE, Aviary, Canary
from awsteward.tags.model.handled import Result

YOUNG = timedelta(minutes=15)
"""CloudTrail takes some five minutes, a busy queue a while longer."""
OLD = timedelta(hours=3)
"""What was not seen by then is given up; the alarm has told of it."""


@dataclass(frozen=True, slots=True)
class Look:
    """One canary, and whether the guard's mark is on it."""

    canary: Canary
    proven: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one look at all of them came to."""

    seen: bool | None
    """None: none is old enough to tell."""
    age_s: float
    """From the birth of a canary to its being seen; to now while it is not."""
    gone: tuple[Canary, ...]
    """To be deleted: proven, or too old."""
    hatches: bool
    """A new one is due."""


def sight(looks: Sequence[Look], now: datetime) -> Sight:
    """Decide about *looks*, which are oldest first."""
    proven = [look.canary for look in looks if look.proven]
    waiting = [look.canary for look in looks if not look.proven]
    late = [canary for canary in waiting if now - canary.born >= YOUNG]
    given_up = [canary for canary in late if now - canary.born >= OLD]
    return Sight(
        seen=True if proven else False if late else None,
        age_s=_age_s(proven[-1:] or late[:1], now),
        gone=(*proven, *given_up),
        hatches=len(late) == len(waiting),
    )


def _age_s(told: Sequence[Canary], now: datetime) -> float:
    return age_s(told[0].born, told[0].seen or now) if told else 0.0


def figures(seen: Sight) -> dict[str, tuple[Unit, float]]:
    """What CloudWatch is told; nothing where nothing can be told yet."""
    if seen.seen is None:
        return {}
    return {"CanarySeen": ("Count", float(seen.seen)), "CanaryAge": ("Seconds", seen.age_s)}


# --- with its doors --------------------------------------------------------------------------


def check(duty: Duty, say: Say) -> Sight:
    """One round; AccessError where we may not do it, ConfigError where no canary is wanted."""
    aviary, now = duty.aviary(), duty.clock.now()
    if aviary is None:
        raise ConfigError(
            "AWSTEWARD_CANARY is not set: name a beginning for log groups, such as "
            "/awsteward/canary/main/"
        )
    found = sight([Look(canary, _proven(canary, duty)) for canary in aviary.living()], now)
    if told := figures(found):
        say(spelled(metrics(duty.settings.table, told, now)))
    for canary in found.gone:
        _delete(canary, aviary, duty)
    if found.hatches:
        _make(Canary(name=f"{aviary.prefix}{now:%Y%m%dT%H%M%S}", born=now), aviary, duty)
    return found


def _proven(canary: Canary, duty: Duty) -> bool:
    """The guard said so; and where it says that it wrote, AWS says so too."""
    if canary.seen is None or canary.result is not Result.TAGGED:
        return canary.seen is not None
    answer = _call("ListTagsForResource", {"resourceArn": canary.arn}, duty)
    if isinstance(answer, Refusal) and answer.cause is Cause.ABSENT:
        return False
    return bool(given(answer).get("tags", {}).get(KEY) == VALUE)


def _make(canary: Canary, aviary: Aviary, duty: Duty) -> None:
    """Remembered first: the guard may be faster than we are."""
    aviary.keep(canary)
    given(_call("CreateLogGroup", {"logGroupName": canary.name}, duty))


def _delete(canary: Canary, aviary: Aviary, duty: Duty) -> None:
    answer = _call("DeleteLogGroup", {"logGroupName": canary.name}, duty)
    if not (isinstance(answer, Refusal) and answer.cause is Cause.ABSENT):
        given(answer)
    aviary.forget(canary)


def _call(operation: str, params: dict[str, object], duty: Duty) -> Answer:
    return duty.door.call("", duty.settings.region, "logs", operation, params)
