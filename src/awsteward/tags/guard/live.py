"""The guard with eyes and hands on AWS: looks, decides, writes and records, batch by batch.

Its order is what a kill cannot confuse: intents before a write; after it, what came of it and
the notice for people in one transaction (docs/decisions/0004).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Protocol, assert_never

from awsteward.clients.ledger import Entry, Ledger, State
from awsteward.tags.guard.daybook import enter
from awsteward.tags.guard.decide import asked, by_record, elsewhere, handled
from awsteward.tags.guard.entries import entry, write_of
from awsteward.tags.guard.hold import Hold
from awsteward.tags.guard.removed import unfought
from awsteward.tags.guard.restraint import because, held_back
from awsteward.tags.guard.source import advised, at_source, left_to_source
from awsteward.tags.judge import judge
from awsteward.tags.model.handled import Handled, Result
from awsteward.tags.model.outcome import Failed, Outcome, Trouble, Written
from awsteward.tags.model.plan import Evidence, Origin, Plan, Vouched, Write
from awsteward.tags.model.reading import Created, Event, Resource
from awsteward.tags.model.verdict import Compliant, Pending
from awsteward.tags.plan import plan
from awsteward.tags.policy.model import Policy
from awsteward.tags.tell.notice import encode, notice

BATCH = 100
"""Creations decided together, so that those with the same tags can be written together."""

Made = tuple[Event, Resource]

Item = tuple[Event, Resource, tuple[Write, ...]]


class Hands(Protocol):
    """What the guard does to the estate; `tags.apply` is the real one."""

    def foresee(self, unknown: Sequence[Made], shown: Sequence[Made]) -> None:
        """Read together what will be asked for one by one: of *shown*, only their children."""
        ...

    def current(self, event: Event, resource: Resource) -> Mapping[str, str] | Failed:
        """The tags on the resource now."""
        ...

    def children(self, event: Event, resource: Resource) -> tuple[Resource, ...] | Failed:
        """What came into being with it and is to be tagged like it."""
        ...

    def evidence(
        self, event: Event, resource: Resource, wanted: Mapping[Origin, frozenset[str]]
    ) -> Evidence:
        """Tags of what vouches for it; *wanted* says which are looked for at each origin."""
        ...

    def write(self, items: Sequence[Item]) -> Mapping[str, Outcome]:
        """Add tags where their keys are absent; one outcome per `Resource.ref`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """All that a run with AWS needs."""

    policy: Policy
    hands: Hands
    ledger: Ledger | None
    """Where writes and notices are recorded; None when nothing is written or told."""
    now: Callable[[], datetime]
    writing: bool
    believing: bool = False
    """Tags that the request shows need no look: true of what was made a moment ago."""
    final: bool = True
    """Failures that may pass are told: nobody tries again."""
    hold: Hold | None = None
    """What keeps it from writing all that it would."""


@dataclass(frozen=True, slots=True)
class Case:
    """One resource, decided but not written."""

    draft: Handled
    landed: tuple[Write, ...]
    """Written by an earlier run that was killed before it could say so."""
    carried: Mapping[str, str] = field(default_factory=dict)
    """The tags that it had when it was looked at."""


def guard(creations: Iterable[Created], with_: Guard) -> Iterator[Handled]:
    """Take every created resource to its end; each is recorded before it is yielded."""
    stream = iter(creations)
    while batch := {_same(created): created for created in islice(stream, BATCH)}:
        _foresee([*batch.values()], with_)
        cases = [case for created in batch.values() for case in _cases(created, with_)]
        if with_.writing:
            yield from _written(_held(cases, with_), with_)
        else:
            drafts = [advised(case.draft, case.carried) for case in cases]
            yield from _recorded(_watched(drafts, with_), with_)


def _same(created: Created) -> tuple[str, ...]:
    """CloudTrail may deliver an event twice; an id alone could be anybody's."""
    return (created.event.id, *(resource.ref for resource in created.resources))


def _foresee(batch: Sequence[Created], with_: Guard) -> None:
    made = [(created.event, each) for created in batch for each in created.resources]
    due = [(event, each) for event, each in made if not _resting(event, each, with_)]
    shown = [one for one in due if with_.believing and _shown(*one, with_)]
    refs = {resource.ref for _, resource in shown}
    with_.hands.foresee([one for one in due if one[1].ref not in refs], shown)


def _cases(created: Created, with_: Guard) -> Iterator[Case]:
    for resource in created.resources:
        if resting := _resting(created.event, resource, with_):
            yield Case(resting, ())
            continue
        case, tags = _case(created.event, resource, {}, with_)
        yield case
        yield from _offspring(created.event, resource, tags, with_)


def _offspring(
    event: Event, parent: Resource, tags: Mapping[str, str], with_: Guard
) -> Iterator[Case]:
    """Children see what their parent carries or is about to."""
    found = with_.hands.children(event, parent)
    if isinstance(found, Failed):
        if found.trouble is not Trouble.GONE:
            yield Case(_failed(event, parent, found, "its children: "), ())
        return
    for child in found:
        known = Vouched(tags=tags, whose=dict.fromkeys(tags, parent.what))
        yield _case(event, child, {Origin.PARENT: known}, with_)[0]


def _case(
    event: Event, resource: Resource, known: Evidence, with_: Guard
) -> tuple[Case, Mapping[str, str]]:
    """The decision on one resource, and the tags it will carry once that is done."""
    if with_.believing and (shown := _shown(event, resource, with_)):
        return Case(shown, ()), resource.tags or {}
    current = with_.hands.current(event, resource)
    if isinstance(current, Failed):
        return Case(_failed(event, resource, current), ()), {}
    landed = _landed(event, resource, current, with_)
    verdict = judge(event, resource, with_.policy, with_.now(), current)
    evidence: Evidence = {**by_record(event, resource, with_.policy), **known}
    wanted = elsewhere(event, resource, verdict, with_.policy, evidence, current)
    if wanted:
        evidence = {**with_.hands.evidence(event, resource, wanted), **evidence}
    planned = plan(event, resource, verdict, with_.policy, evidence, current)
    draft = _not_again(handled(event, resource, verdict, planned), with_)
    draft = unfought(at_source(draft, current, with_.policy), with_.policy, with_.ledger)
    to_be = (*draft.applied, *left_to_source(draft))
    return Case(draft, landed, current), {**current, **{w.key: w.value for w in to_be}}


def _shown(event: Event, resource: Resource, with_: Guard) -> Handled | None:
    """Its end, where the request itself shows all that is required: AWS need not be asked."""
    verdict = judge(event, resource, with_.policy, with_.now())
    if not isinstance(verdict, Compliant):
        return None
    return handled(event, resource, verdict, Plan())


def _resting(event: Event, resource: Resource, with_: Guard) -> Handled | None:
    """Its end for now, where its maker's time to tag it runs: it will be looked at after that."""
    if not with_.believing:
        return None
    verdict = judge(event, resource, with_.policy, with_.now())
    if not isinstance(verdict, Pending):
        return None
    return handled(event, resource, verdict, Plan())


def _not_again(draft: Handled, with_: Guard) -> Handled:
    """What a person took back is not written again, unless another value is known by now."""
    undone = with_.ledger.undone(draft.event.id, draft.resource.ref) if with_.ledger else {}
    back = [write.key for write in draft.applied if undone.get(write.key) == write.value]
    if not back:
        return draft
    left = tuple(write for write in draft.applied if write.key not in back)
    why = f"{draft.why}; taken back before, so not written again: {', '.join(back)}"
    result = draft.result if left else Result.PENDING
    return replace(draft, applied=left, result=result, why=why)


def _failed(event: Event, resource: Resource, failed: Failed, about: str = "") -> Handled:
    gone = failed.trouble is Trouble.GONE
    about = "it no longer exists: " if gone else about
    return Handled(
        event=event, resource=resource, result=Result.UNKNOWN if gone else Result.FAILED,
        missing=(), applied=(), asks=(), why=about + failed.why, trouble=failed.trouble,
    )  # fmt: skip


# --- writing ---------------------------------------------------------------------------------


def _held(cases: Sequence[Case], with_: Guard) -> Sequence[Case]:
    """The same, of each draft only what may be written now."""
    if with_.hold is None:
        return cases
    drafts = with_.hold.restrained([case.draft for case in cases])
    return [replace(case, draft=draft) for case, draft in zip(cases, drafts, strict=True)]


def _watched(drafts: Sequence[Handled], with_: Guard) -> Sequence[Handled]:
    if with_.hold is not None:
        with_.hold.observed(drafts)
    return drafts


def _written(cases: Sequence[Case], with_: Guard) -> list[Handled]:
    drafts = [case.draft for case in cases if case.draft.result is Result.WOULD_TAG]
    due = [draft for draft in drafts if draft.applied]
    if with_.ledger:
        with with_.ledger.together():
            with_.ledger.intend(each for draft in due for each in _entries(draft, with_.now()))
    outcomes = with_.hands.write([(d.event, d.resource, d.applied) for d in due])
    if with_.ledger:
        with_.ledger.settle(_overtaken(due, outcomes, with_.now()), State.ABANDONED)
    if with_.hold is not None:
        with_.hold.denied(d.resource.account for d in due if _denied(outcomes.get(d.resource.ref)))
    ends = [_ended(case, outcomes.get(case.draft.resource.ref)) for case in cases]
    told = [advised(end, case.carried) for end, case in zip(ends, cases, strict=True)]
    return _recorded(told, with_)


def _denied(outcome: Outcome | None) -> bool:
    return isinstance(outcome, Failed) and outcome.trouble is Trouble.DENIED


def _overtaken(
    due: Sequence[Handled], outcomes: Mapping[str, Outcome], at: datetime
) -> Iterator[Entry]:
    """What was intended and did not land: whoever sets such a tag later, it is never ours to undo.

    After a remote failure nobody knows; that intent stays open until the resource is read again.
    """
    for draft in due:
        match outcomes.get(draft.resource.ref):
            case Written(left=left):
                yield from _entries(replace(draft, applied=left), at)
            case Failed(trouble=trouble) if trouble is not Trouble.REMOTE:
                yield from _entries(draft, at)
            case _:
                pass


def _ended(case: Case, outcome: Outcome | None) -> Handled:
    """The draft, with what became of its writes."""
    draft = case.draft
    match outcome:
        case None:
            writes = case.landed
        case Written(writes):
            writes = (*case.landed, *writes)
        case Failed(trouble=trouble, why=why):
            return replace(
                draft, result=Result.FAILED, applied=case.landed, why=why, trouble=trouble
            )
        case _:
            assert_never(outcome)
    if not writes and draft.held:
        return held_back(draft)
    if not writes:
        return _overtaken_wholly(draft) if outcome else replace(draft, applied=())
    missing = dict.fromkeys((*(w.key for w in case.landed), *draft.missing))
    why = "; ".join(filter(None, (asked(draft.asks), because(draft.held))))
    return replace(draft, result=Result.TAGGED, applied=writes, missing=tuple(missing), why=why)


def _overtaken_wholly(draft: Handled) -> Handled:
    """Somebody set all that we would have: nothing was written, and nothing would be."""
    result = Result.PENDING if draft.asks else Result.COMPLIANT
    why = f"somebody else has set what we would have; {asked(draft.asks)}"
    return replace(draft, result=result, applied=(), why=why)


# --- recording -------------------------------------------------------------------------------


def _recorded(ends: Sequence[Handled], with_: Guard) -> list[Handled]:
    """Outcome and notice in one transaction; only then may anybody hear of it."""
    if with_.ledger:
        with with_.ledger.together():
            for end in ends:
                if with_.writing and end.result is not Result.WOULD_TAG:
                    with_.ledger.settle(_entries(end, with_.now()), State.WRITTEN)
                if told_as := _told_as(end, final=with_.final):
                    with_.ledger.notice(end.event.id, told_as, encode(notice(end, with_.policy)))
                    enter(end, with_.policy, with_.ledger, with_.now())
    return list(ends)


def _told_as(end: Handled, *, final: bool) -> str | None:
    """What is told of, once: a failure or a mere intention does not stand for the deed.

    What is looked at again before long is told of then.
    """
    match end.result:
        case Result.WOULD_TAG if any(held.again for held in end.held):
            return None
        case Result.FAILED if not final and end.trouble is not Trouble.REFUSED:
            return None
        case Result.TAGGED:
            return end.resource.ref
        case Result.PENDING if end.asks or end.advice:
            return end.resource.ref
        case Result.WOULD_TAG | Result.FAILED:
            return f"{end.resource.ref} ({end.result})"
        case _:
            return None


def _landed(
    event: Event, resource: Resource, current: Mapping[str, str], with_: Guard
) -> tuple[Write, ...]:
    """What a killed run intended: what is there landed, the rest is planned anew."""
    if not with_.ledger:
        return ()
    intents = with_.ledger.intents(event.id, resource.ref)
    there = [each for each in intents if current.get(each.key) == each.value]
    with_.ledger.settle([each for each in intents if each not in there], State.ABANDONED)
    return tuple(map(write_of, there))


def _entries(end: Handled, at: datetime) -> list[Entry]:
    return [entry(end.event.id, end.resource, write, at) for write in end.applied]
