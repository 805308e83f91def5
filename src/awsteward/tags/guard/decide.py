"""From what is known of a resource to what is said of it. Pure; every way of running uses it."""

from datetime import datetime
from functools import lru_cache
from typing import assert_never

from awsteward.tags.catalogue.spared import spared
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
    Trouble,
    Unjudged,
    Unread,
    Verdict,
)
from awsteward.tags.plan import plan
from awsteward.tags.policy.model import Demand, Policy, demand

_ELSEWHERE = (Origin.PARENT, Origin.STACK, Origin.ROLE, Origin.ACCOUNT)
_NOT_LOOKED_AT: Evidence = dict.fromkeys(_ELSEWHERE, Unread("needs --read"))


def told(event: Event, resource: Resource, policy: Policy, now: datetime) -> Handled:
    """What the record alone tells of *resource*, and what would be done about it."""
    return handled(event, resource, *decided(event, resource, policy, now))


def decided(
    event: Event, resource: Resource, policy: Policy, now: datetime
) -> tuple[Verdict, Plan]:
    """The decision that the record alone allows, with its steps."""
    verdict = judge(event, resource, policy, now)
    evidence = {**_NOT_LOOKED_AT, **by_record(event, resource, policy)}
    return verdict, plan(event, resource, verdict, policy, evidence, resource.tags)


def by_record(event: Event, resource: Resource, policy: Policy) -> Evidence:
    """What the record itself vouches for, as far as the policy asks for it."""
    wanted = Origin.SESSION in _origins(demand(policy, resource.type, resource.account))
    return {Origin.SESSION: event.session} if wanted else {}


def elsewhere(resource: Resource, policy: Policy) -> frozenset[Origin]:
    """The origins that the policy names for *resource* and that AWS has to be asked for."""
    return _origins(demand(policy, resource.type, resource.account)) & set(_ELSEWHERE)


@lru_cache(maxsize=1024)
def _origins(asked: Demand) -> frozenset[Origin]:
    return frozenset(source.origin for rule in asked.rules for source in rule.sources)


def handled(event: Event, resource: Resource, verdict: Verdict, planned: Plan) -> Handled:
    """The outcome before anything is written: what would be."""
    match verdict:
        case Lacking():
            return _lacking(event, resource, verdict, planned)
        case Compliant(why):
            result, missing = Result.COMPLIANT, ()
        case Pending(missing=missing, why=why):
            result = Result.PENDING
        case Unjudged(why):
            result, missing = Result.UNKNOWN, ()
        case _:
            assert_never(verdict)
    return Handled(
        event=event, resource=resource, result=result, missing=missing, applied=(), asks=(), why=why
    )


def _lacking(event: Event, resource: Resource, verdict: Lacking, planned: Plan) -> Handled:
    why = spared(resource.service)
    if why is None:
        result = Result.WOULD_TAG if planned.writes else Result.PENDING
    else:
        result, planned = Result.FAILED, Plan()
    return Handled(
        event=event, resource=resource, result=result,
        missing=(*verdict.missing, *(bad.key for bad in verdict.invalid)),
        applied=planned.writes, asks=planned.asks, why=why or asked(planned.asks),
        near=verdict.near, invalid=verdict.invalid,
        trouble=None if why is None else Trouble.REFUSED,
    )  # fmt: skip


def asked(asks: tuple[Ask, ...]) -> str:
    """One sentence on what is left for a person."""
    if not asks:
        return "every missing value is known"
    return f"a person must say {', '.join(ask.key for ask in asks)}"
