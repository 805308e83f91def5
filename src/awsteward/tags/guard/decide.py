"""From what is known of a resource to what is said of it. Pure; every way of running uses it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache, partial
from itertools import chain, takewhile
from typing import assert_never

from awsteward.tags.catalogue.spared import spared
from awsteward.tags.guard.source import advised, at_source
from awsteward.tags.judge import judge
from awsteward.tags.model.creator import Creator
from awsteward.tags.model.handled import Handled, Result
from awsteward.tags.model.outcome import Trouble
from awsteward.tags.model.plan import Ask, Evidence, Origin, Plan, Unread
from awsteward.tags.model.reading import Event, Resource
from awsteward.tags.model.verdict import Compliant, Lacking, Pending, Unjudged, Verdict
from awsteward.tags.plan import plan
from awsteward.tags.policy.limits import Limits, limits
from awsteward.tags.policy.model import Demand, Policy, Source, demand
from awsteward.tags.policy.names import names

_ELSEWHERE = (Origin.PARENT, Origin.STACK, Origin.ROLE, Origin.ACCOUNT)
_NOT_LOOKED_AT: Evidence = dict.fromkeys(_ELSEWHERE, Unread("needs `tags replay --read`"))


def told(event: Event, resource: Resource, policy: Policy, now: datetime) -> Handled:
    """What the record alone tells of *resource*, and what would be done about it."""
    wanted = demand(policy, resource.type, resource.account)
    if wanted.exemptions or now < policy.grace.until(event.at, event.tool):
        end = handled(event, resource, *decided(event, resource, policy, now))
        return advised(at_source(end, resource.tags, policy), resource.tags)
    alike = _alike(event, resource, policy, wanted)
    make = _ENDS.get(alike)
    if make is None:
        make = _end(resource.service, *decided(event, resource, policy, now))
        _remember(alike, make)
    end = make(event=event, resource=resource)
    return advised(at_source(end, resource.tags, policy), resource.tags)


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


def elsewhere(
    event: Event, resource: Resource, verdict: Verdict, policy: Policy, known: Evidence,
    current: Mapping[str, str],
) -> Mapping[Origin, frozenset[str]]:  # fmt: skip
    """The origins that AWS has to be asked for, each with the tags that are looked for there.

    An origin that comes after one which settles its key need not be asked.
    """
    if not isinstance(verdict, Lacking):
        return {}
    settled = plan(event, resource, verdict, policy, known, current).writes
    by = {write.key: write.origin for write in settled}
    bad = {each.key for each in verdict.invalid}
    wanted: dict[Origin, set[str]] = defaultdict(set)
    for rule in demand(policy, resource.type, resource.account).rules:
        if rule.key in bad or rule.key in verdict.missing:
            for source in _before(rule.sources, by.get(rule.key)):
                wanted[source.origin].add(source.tag or rule.key)
    asked = wanted.keys() & set(_ELSEWHERE) - known.keys()
    return {origin: frozenset(wanted[origin]) for origin in _ELSEWHERE if origin in asked}


def _before(sources: Iterable[Source], settled_by: Origin | None) -> Iterable[Source]:
    """Of a copied near miss none: it is no source, and stands before them all."""
    if settled_by is Origin.NEAR_MISS:
        return ()
    return takewhile(lambda source: source.origin is not settled_by, sources)


@lru_cache(maxsize=1024)
def _origins(asked: Demand) -> frozenset[Origin]:
    return frozenset(source.origin for rule in asked.rules for source in rule.sources)


def handled(event: Event, resource: Resource, verdict: Verdict, planned: Plan) -> Handled:
    """The outcome before anything is written: what would be."""
    return _end(resource.service, verdict, planned)(event=event, resource=resource)


def _end(service: str, verdict: Verdict, planned: Plan) -> "_End":
    """The outcome, for every resource of *service* of which the same is decided."""
    match verdict:
        case Lacking():
            return _lacking(service, verdict, planned)
        case Compliant(why):
            result, missing = Result.COMPLIANT, ()
        case Pending(missing=missing, why=why):
            result = Result.PENDING
        case Unjudged(why):
            result, missing = Result.UNKNOWN, ()
        case _:
            assert_never(verdict)
    return partial(Handled, result=result, missing=missing, applied=(), asks=(), why=why)


def _lacking(service: str, verdict: Lacking, planned: Plan) -> "_End":
    why = spared(service)
    if why is None:
        result = Result.WOULD_TAG if planned.writes else Result.PENDING
    else:
        result, planned = Result.FAILED, Plan()
    return partial(
        Handled, result=result,
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


# --- the same again --------------------------------------------------------------------------

_End = partial[Handled]
"""All of `Handled` but of what it is told."""

_Tags = tuple[tuple[str, str], ...]

_Alike = tuple[Policy, Demand, Limits, str | None, Creator, str, bool, _Tags | None, _Tags]
"""All that a decision hangs on where no exception can apply and nobody's time still runs."""

MOST_REMEMBERED = 4096
LONGEST_REMEMBERED = 4096
"""Characters: what a hostile archive holds must not fill the memory."""

_ENDS: dict[_Alike, _End] = {}


def _alike(event: Event, resource: Resource, policy: Policy, wanted: Demand) -> _Alike:
    """Most resources of an estate are made again and again, by the same makers."""
    tags, said = resource.tags, event.session
    return (
        policy, wanted, *_treated(resource.service), event.creator, resource.account,
        resource.parent is None, None if tags is None else tuple(tags.items()),
        tuple(said.items()) if said and Origin.SESSION in _origins(wanted) else (),
    )  # fmt: skip


@lru_cache(maxsize=1024)
def _treated(service: str) -> tuple[Limits, str | None]:
    """All that sets one service's resources apart from another's here."""
    return limits(service), spared(service)


def _remember(alike: _Alike, end: _End) -> None:
    *_, creator, account, _, tags, said = alike
    words = (account, *names(creator), *chain.from_iterable((*(tags or ()), *said)))
    if sum(map(len, words)) > LONGEST_REMEMBERED:
        return
    if len(_ENDS) == MOST_REMEMBERED:
        del _ENDS[next(iter(_ENDS))]
    _ENDS[alike] = end
