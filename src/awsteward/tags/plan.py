"""What to write on a resource and whom to ask for the rest; pure, the same for dry and real runs.

A value is written only where its origin names it, the policy allows it and the service can hold
it. Whatever is missing and not written is asked for, once.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import chain
from typing import assert_never

from awsteward.tags.judge import likeness
from awsteward.tags.model.creator import Machine, Person, Service
from awsteward.tags.model.plan import Ask, Evidence, Origin, Plan, Unread, Vouched, Write
from awsteward.tags.model.reading import Event, Resource
from awsteward.tags.model.verdict import (
    Compliant,
    Invalid,
    Lacking,
    NearMiss,
    Pending,
    Unjudged,
    Verdict,
)
from awsteward.tags.policy.limits import Limits, limits
from awsteward.tags.policy.model import Language, Meaning, NearMisses, Policy, Rule, Source, demand
from awsteward.tags.policy.names import names, recast
from awsteward.tags.policy.origins import Case, comparable, look, shown, unread, who
from awsteward.tags.policy.words import say

SURE_LIKENESS = 2
"""Other case, separators or plural: near enough to copy a value. A slip of the pen is not."""

LONGEST_NAMES = 8192
"""Characters of one case, evidence included, that are worth remembering."""

_NO_TAGS: Mapping[str, str] = {}


def plan(
    event: Event,
    resource: Resource,
    verdict: Verdict,
    policy: Policy,
    evidence: Evidence,
    current: Mapping[str, str] | None,
) -> Plan:
    """Fill in what is known and may be written; ask a person for the rest."""
    match verdict:
        case Compliant(why):
            return Plan(steps=(why,))
        case Unjudged(why):
            return Plan(steps=(f"not judged: {why}",))
        case Pending(until=until, why=why):
            return Plan(steps=(f"nothing before {until:%Y-%m-%d %H:%M:%S} UTC: {why}",))
        case Lacking():
            present = (resource.tags if current is None else current) or _NO_TAGS
            open_keys = verdict.missing
            if not present.keys().isdisjoint(open_keys):
                open_keys = tuple(key for key in open_keys if key not in present)
            case = _case(event, resource, policy, evidence)
            room = _room(case.limits, present, len(open_keys))
            fill = _remembered if _is_ordinary(case) else _fill
            return fill(case, verdict, open_keys, room)
        case _:
            assert_never(verdict)


def _case(event: Event, resource: Resource, policy: Policy, evidence: Evidence) -> Case:
    return Case(
        policy=policy,
        demand=demand(policy, resource.type, resource.account),
        limits=limits(resource.service),
        creator=recast(event.creator, policy),
        account=resource.account,
        orphan=resource.parent is None,
        evidence=evidence,
        seen=tuple((origin, comparable(found)) for origin, found in evidence.items()),
    )


def _is_ordinary(case: Case) -> bool:
    """False where names are longer than AWS's: a hostile archive must not fill the memory."""
    words = chain(*map(_words, case.evidence.values()), names(case.creator))
    return len(case.account) + sum(map(len, words)) <= LONGEST_NAMES


def _words(found: Mapping[str, str] | Vouched | Unread) -> Iterable[str]:
    match found:
        case Unread(why=why, of=of):
            return why, of
        case Vouched(tags=tags, whose=whose):
            return chain(*tags.items(), *whose.items())
        case _:
            return chain(*found.items())


def _fill(case: Case, verdict: Lacking, open_keys: tuple[str, ...], room: int) -> Plan:
    desk = _Desk(case)
    asked = case.demand.by_key
    near = {each.key: each for each in verdict.near}
    writes: list[Write] = []
    asks: list[Ask] = []
    for rule in (asked[key] for key in open_keys if key in asked):
        settled = _settle(desk, rule, near.get(rule.key))
        if isinstance(settled, Ask):
            asks.append(settled)
        elif len(writes) < room:
            writes.append(settled)
        else:
            asks.append(_crowded(desk, rule, settled))
    asks.extend(_correct(desk, asked[bad.key], bad) for bad in verdict.invalid if bad.key in asked)
    return Plan(writes=tuple(writes), asks=tuple(asks), steps=tuple(desk.steps))


_remembered = lru_cache(maxsize=2048)(_fill)
"""One creator makes many resources of which the same is asked."""


class _Desk:
    """Where one case is worked on; `steps` are the minutes."""

    __slots__ = ("case", "language", "steps")

    def __init__(self, case: Case) -> None:
        self.case = case
        self.language = case.policy.slack.language
        self.steps: list[str] = []

    def note(self, rule: Rule, what: str) -> None:
        self.steps.append(f"{rule.key}: {what}")


# --- one key ---------------------------------------------------------------------------------


def _settle(desk: _Desk, rule: Rule, near: NearMiss | None) -> Write | Ask:
    """The first origin with a value that may be written wins; else a person is asked."""
    if refusal := desk.case.limits.refuses_key(rule.key, desk.language):
        return _question(desk, rule, say(desk.language, "key", refusal=refusal))
    meant = _meant(desk, rule, near) if near else None
    sure = meant is not None and likeness(meant.key, meant.found) <= SURE_LIKENESS
    if meant and sure and not rule.guarded and desk.case.policy.near_misses is NearMisses.COPY:
        desk.note(rule, f"copied from {shown(meant.found)}, which was surely meant")
        return Write(key=rule.key, value=meant.value, origin=Origin.NEAR_MISS)
    suggestion = meant.value if meant else None
    for source in rule.sources:
        write = _try(desk, rule, source)
        if write is None:
            continue
        if not rule.guarded and (not sure or write.value == suggestion):
            desk.steps.append(_written(write))
            return write
        desk.note(rule, f"{source.origin} — suggests {shown(write.value)}")
        suggestion = suggestion or write.value
        break
    return _ask(desk, rule, near, suggestion)


def _meant(desk: _Desk, rule: Rule, near: NearMiss) -> NearMiss | None:
    """*near* with a value that could stand under the right key, or None.

    Where the likeness is sure, no other origin may speak against it: two tags that contradict
    each other (``owner=ana``, ``Owner=ben``) are worse than a question.
    """
    value = desk.case.limits.clean(near.value)
    allowed = _objection(desk, rule, value) is None
    return NearMiss(key=near.key, found=near.found, value=value) if allowed else None


def _try(desk: _Desk, rule: Rule, source: Source) -> Write | None:
    """What *source* gives for *rule*'s key, if that may be written; the minutes say why not."""
    found = look(desk.case, rule, source)
    if isinstance(found, str):
        desk.note(rule, f"{source.origin} — {found}")
        return None
    value = desk.case.limits.clean(found.value)
    why = _objection(desk, rule, value)
    if why is not None:
        desk.note(rule, f"{source.origin} — {shown(value)} {why}")
        return None
    raw = None if value == found.value else found.value
    return Write(
        key=rule.key, value=value, origin=source.origin,
        assumed=found.assumed, raw=raw, whose=found.whose,
    )  # fmt: skip


def _objection(desk: _Desk, rule: Rule, value: str) -> str | None:
    """Why *value* may not be written for *rule*'s key, although an origin names it."""
    if rule.meaning is Meaning.OWNER and _names_a_machine(desk, value):
        return say(Language.ENGLISH, "machine")
    return rule.objection(value)


def _names_a_machine(desk: _Desk, value: str) -> bool:
    creator = desk.case.creator
    if desk.case.policy.machines.lists(value):
        return True
    if not isinstance(creator, Machine | Service):
        return False
    own = (desk.case.limits.clean(name) for name in (creator.name, creator.arn) if name)
    return value.casefold() in {name.casefold() for name in own}


def _written(write: Write) -> str:
    note = " (assumed)" if write.assumed else ""
    whose = f": {shown(write.whose)}" if write.whose else ""
    return f"{write.key}: {write.origin}{whose} → {write.key}={shown(write.value)}{note}"


# --- questions -------------------------------------------------------------------------------


def _ask(desk: _Desk, rule: Rule, near: NearMiss | None, suggestion: str | None) -> Ask:
    language = desk.language
    if rule.guarded:
        why = say(language, "guarded")
    elif near:
        why = say(language, "near", found=shown(near.found), key=rule.key)
    elif rule.meaning is Meaning.OWNER and not isinstance(desk.case.creator, Person):
        why = say(language, "ownerless", who=who(desk.case.creator, language))
    else:
        why = say(language, "untold")
    missed = None if suggestion or rule.guarded else unread(desk.case, rule)
    if missed:
        reason = shown(missed.why.partition("; ")[0])
        why = say(language, "unread", why=why, what=shown(missed.of), reason=reason)
    return _question(desk, rule, why, suggestion)


def _correct(desk: _Desk, rule: Rule, bad: Invalid) -> Ask:
    """A value that somebody set is never overwritten; only suggested against."""
    why = say(desk.language, "forbidden", value=shown(bad.value), objection=bad.why)
    found = (_try(desk, rule, source) for source in rule.sources)
    suggestion = next((write.value for write in found if write is not None), None)
    return _question(desk, rule, why, suggestion)


def _crowded(desk: _Desk, rule: Rule, write: Write) -> Ask:
    why = say(desk.language, "full", most=str(desk.case.limits.max_tags))
    return _question(desk, rule, why, write.value)


def _question(desk: _Desk, rule: Rule, why: str, suggestion: str | None = None) -> Ask:
    desk.note(rule, f"asked — {why}")
    pattern = rule.pattern.text if rule.pattern else None
    return Ask(key=rule.key, why=why, allowed=rule.values, pattern=pattern, suggestion=suggestion)


def _room(held: Limits, present: Mapping[str, str], wanted: int) -> int:
    """How many of the *wanted* tags the resource still holds; AWS's own do not count."""
    if len(present) + wanted <= held.max_tags:
        return wanted
    ours = sum(not key.casefold().startswith("aws:") for key in present)
    return min(wanted, max(0, held.max_tags - ours))
