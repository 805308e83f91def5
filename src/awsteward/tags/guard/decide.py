"""From what is known of a resource to what is said of it. Pure; every way of running uses it."""

from datetime import datetime
from typing import assert_never

from awsteward.tags.judge import judge
from awsteward.tags.model import (
    Ask,
    Compliant,
    Event,
    Evidence,
    Handled,
    Lacking,
    Origin,
    Pending,
    Plan,
    Resource,
    Result,
    Unjudged,
    Unread,
    Verdict,
)
from awsteward.tags.plan import plan
from awsteward.tags.policy.model import Policy

_FROM_THE_RECORD = Unread("needs --read")
RECORD_ONLY: Evidence = dict.fromkeys(
    (Origin.PARENT, Origin.STACK, Origin.ROLE, Origin.ACCOUNT), _FROM_THE_RECORD
)
"""What is known of the other origins when nothing but the record is looked at."""


def told(event: Event, resource: Resource, policy: Policy, now: datetime) -> Handled:
    """What the record alone tells of *resource*, and what would be done about it."""
    return handled(event, resource, *decided(event, resource, policy, now))


def decided(
    event: Event, resource: Resource, policy: Policy, now: datetime
) -> tuple[Verdict, Plan]:
    """The decision that the record alone allows, with its steps."""
    verdict = judge(event, resource, policy, now)
    return verdict, plan(event, resource, verdict, policy, RECORD_ONLY, resource.tags)


def handled(event: Event, resource: Resource, verdict: Verdict, planned: Plan) -> Handled:
    """The outcome before anything is written: what would be."""
    result, missing, why = _standing(verdict, planned)
    near, invalid = (verdict.near, verdict.invalid) if isinstance(verdict, Lacking) else ((), ())
    return Handled(
        event=event, resource=resource, result=result, missing=missing,
        applied=planned.writes, asks=planned.asks, why=why,
        near=near, invalid=invalid,
    )  # fmt: skip


def _standing(verdict: Verdict, planned: Plan) -> tuple[Result, tuple[str, ...], str]:
    match verdict:
        case Compliant(why):
            return Result.COMPLIANT, (), why
        case Pending(missing=missing, why=why):
            return Result.PENDING, missing, why
        case Unjudged(why):
            return Result.UNKNOWN, (), why
        case Lacking(missing=missing, invalid=invalid):
            keys = (*missing, *(bad.key for bad in invalid))
            result = Result.WOULD_TAG if planned.writes else Result.PENDING
            return result, keys, asked(planned.asks)
        case _:
            assert_never(verdict)


def asked(asks: tuple[Ask, ...]) -> str:
    """One sentence on what is left for a person."""
    if not asks:
        return "every missing value is known"
    return f"a person must say {', '.join(ask.key for ask in asks)}"
