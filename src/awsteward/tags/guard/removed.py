"""Who takes away what we wrote: kept, told, and after the second time no longer written.

Two calls of one caller that take the same key from resources of one type are no slip but a rule of
somebody's. From then on a person is asked, and told whose rule that is.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from awsteward.clients.ledger import Entry, Ledger, Removal, State, called, names
from awsteward.tags.catalogue.tagcalls import Way, way
from awsteward.tags.guard.decide import asked
from awsteward.tags.guard.entries import resource_of, write_of
from awsteward.tags.guard.hold import Hold
from awsteward.tags.model.advice import Advice, Cause
from awsteward.tags.model.handled import Handled, Result
from awsteward.tags.model.plan import Ask, Write
from awsteward.tags.model.reading import Event, Resource
from awsteward.tags.policy.model import Policy, demand
from awsteward.tags.policy.words import say
from awsteward.tags.read.record import Record
from awsteward.tags.read.untagging import Untagged, principal, untagged
from awsteward.tags.tell.notice import encode, notice

ENOUGH = 2
"""Calls of one caller that take a key away, until it is no longer written."""


def unfought(draft: Handled, policy: Policy, ledger: Ledger | None) -> Handled:
    """The draft without what somebody keeps taking away from resources like this one."""
    if not draft.applied or ledger is None:
        return draft
    resource = draft.resource
    ended = stops(ledger.removals(resource.account, _kind(resource)))
    stopped = [write for write in draft.applied if write.key in ended]
    if not stopped:
        return draft
    left = tuple(write for write in draft.applied if write.key not in ended)
    asks = (*draft.asks, *(_ask(write, ended[write.key], resource, policy) for write in stopped))
    result = draft.result if left else Result.PENDING
    return replace(draft, applied=left, asks=asks, result=result, why=asked(asks))


def stops(known: Iterable[Removal]) -> Mapping[str, str]:
    """The keys that are no longer written, each with who takes it away."""
    return {key: by for (by, key), count in _calls(known).items() if count >= ENOUGH}


def taken(
    record: Record, event: Event, policy: Policy, ledger: Ledger | None, hold: Hold | None
) -> str | None:
    """Keep what *record*'s call took away of ours; in words, or None where it took nothing."""
    told = untagged(record) if ledger else None
    if told is None or ledger is None:
        return None
    found = [entry for entry in _ours(told, event, ledger) if told.keys.took(entry.key)]
    if not found:
        return None
    for account, n in Counter(_keep(found, event, policy, ledger)).items():
        if hold is not None:
            hold.removed(account, n)
    keys = ", ".join(sorted({entry.key for entry in found}))
    return f"took away what was ours: {keys}, by {principal(event.creator) or 'nobody knows whom'}"


# --- whose they were -------------------------------------------------------------------------


def _ours(told: Untagged, event: Event, ledger: Ledger) -> Iterator[Entry]:
    seen: set[tuple[str, str, str]] = set()
    for name in sorted(told.names):
        for entry in ledger.ours(event.account, called(name)):
            mark = (entry.event_id, entry.ref, entry.key)
            if mark not in seen and _meant(name, told, entry) and _before(entry, event):
                seen.add(mark)
                yield entry


def _meant(name: str, told: Untagged, entry: Entry) -> bool:
    """An ARN means one resource; an id only where that call untags resources of this sort."""
    if name.startswith("arn:"):
        return name.removesuffix(":*") == (entry.arn or "").removesuffix(":*")
    return called(name) in names(entry) and told.operation in _untagging(resource_of(entry))


def _untagging(resource: Resource) -> frozenset[str]:
    found = way(resource)
    if not isinstance(found, Way):
        return frozenset()
    whole = found.kind.whole
    calls = (found.kind.untag, *((whole.replace, whole.clear) if whole else ()))
    return frozenset(call.operation for call in calls)


def _before(entry: Entry, event: Event) -> bool:
    """CloudTrail tells the time to the second, and tells late: what it took was older."""
    return entry.at.replace(microsecond=0) <= event.at


# --- what is kept ----------------------------------------------------------------------------


def _keep(found: list[Entry], event: Event, policy: Policy, ledger: Ledger) -> list[str]:
    """The account of each tag that is gone, unless that was known."""
    who, stopped, gone = principal(event.creator), list[Entry](), list[str]()
    with ledger.together():
        for (account, kind, key), entries in _grouped(found, _sort_of).items():
            known = [one for one in ledger.removals(account, kind) if one.key == key]
            if event.id in {one.event_id for one in known}:
                continue  # the event came again
            # Nobody's undo touches such a tag again, whoever sets it later.
            ledger.settle(entries, State.ABANDONED)
            gone += [account] * len(entries)
            earlier = _calls(known).get((who, key), 0)
            if not who or earlier >= ENOUGH:
                continue
            ledger.remove(_removal(entries[0], event, who, kind))
            stopped += entries if earlier + 1 == ENOUGH else []
        for ref, entries in _grouped(stopped, lambda entry: entry.ref).items():
            ledger.notice(event.id, ref, encode(notice(_told(entries, event, who, policy))))
    return gone


Group = TypeVar("Group")


def _grouped(entries: list[Entry], by: Callable[[Entry], Group]) -> Mapping[Group, list[Entry]]:
    groups: dict[Group, list[Entry]] = defaultdict(list)
    for entry in entries:
        groups[by(entry)].append(entry)
    return groups


def _sort_of(entry: Entry) -> tuple[str, str, str]:
    return entry.account, _kind(resource_of(entry)), entry.key


def _kind(resource: Resource) -> str:
    return resource.type or resource.service


def _calls(known: Iterable[Removal]) -> Mapping[tuple[str, str], int]:
    """How many calls of each caller took each key away; a call on many resources is one."""
    return Counter((by, key) for by, key, _ in {(r.by, r.key, r.event_id) for r in known})


def _removal(entry: Entry, event: Event, who: str, kind: str) -> Removal:
    return Removal(
        event_id=event.id, account=entry.account, kind=kind, ref=entry.ref,
        key=entry.key, value=entry.value, by=who, at=event.at,
    )  # fmt: skip


def _told(entries: list[Entry], event: Event, who: str, policy: Policy) -> Handled:
    resource, writes = resource_of(entries[0]), tuple(map(write_of, entries))
    asks = tuple(_ask(write, who, resource, policy) for write in writes)
    return Handled(
        event=event, resource=resource, result=Result.PENDING,
        missing=tuple(write.key for write in writes), applied=(), asks=asks, why=asked(asks),
        advice=Advice(cause=Cause.REMOVAL, by=who, held=writes),
    )  # fmt: skip


def _ask(write: Write, who: str, resource: Resource, policy: Policy) -> Ask:
    rule = demand(policy, resource.type, resource.account).by_key.get(write.key)
    return Ask(
        key=write.key,
        why=say(policy.slack.language, "removed", who=who),
        allowed=rule.values if rule else (),
        pattern=rule.pattern.text if rule and rule.pattern else None,
        suggestion=write.value,
    )
