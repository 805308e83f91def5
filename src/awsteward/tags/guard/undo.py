"""Taking back: exactly the tags that we wrote and that nobody changed since."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from awsteward.clients.aws.door import Aws
from awsteward.clients.ledger import Entry, Ledger, State
from awsteward.tags.apply.attempt import Clock, Target
from awsteward.tags.apply.current import current
from awsteward.tags.apply.write import untag
from awsteward.tags.guard.daybook import taken_back
from awsteward.tags.guard.entries import resource_of
from awsteward.tags.model.outcome import Failed, Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What became of one tag; *left* says why it stays, None where it goes."""

    ref: str
    key: str
    value: str
    left: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """All that taking back needs."""

    door: Aws
    ledger: Ledger
    clock: Clock
    writing: bool


def undo(since: datetime, with_: Undoing) -> Iterator[Undone]:
    """Take back what was written since then, resource by resource."""
    entries = sorted(with_.ledger.written_since(since), key=lambda entry: entry.ref)
    for _, group in groupby(entries, key=lambda entry: entry.ref):
        yield from _resource(list(group), with_)


def _resource(entries: list[Entry], with_: Undoing) -> Iterator[Undone]:
    target = Target(resource=resource_of(entries[0]), born=entries[0].at)
    now = current(target, with_.door, with_.clock)
    if isinstance(now, Failed):
        yield from (_left(entry, now.why) for entry in entries)
        _forget(entries, now, with_)
        return
    ours = [entry for entry in entries if now.tags.get(entry.key) == entry.value]
    changed = [entry for entry in entries if entry not in ours]
    yield from (_left(entry, _change(now.tags.get(entry.key))) for entry in changed)
    yield from _taken_back(target, ours, with_)
    if with_.writing:
        with_.ledger.settle(changed, State.ABANDONED)


def _taken_back(target: Target, ours: list[Entry], with_: Undoing) -> Iterator[Undone]:
    why = None
    if ours and with_.writing:
        outcome = untag(target, {e.key: e.value for e in ours}, with_.door, with_.clock)
        if isinstance(outcome, Failed):
            why = outcome.why
        else:
            with_.ledger.settle(ours, State.UNDONE)
            taken_back(ours, with_.ledger, with_.clock.now())
    yield from (_left(entry, why) for entry in ours)


def _forget(entries: list[Entry], failed: Failed, with_: Undoing) -> None:
    """What is gone need not be asked about again."""
    if with_.writing and failed.trouble is Trouble.GONE:
        with_.ledger.settle(entries, State.ABANDONED)


def _left(entry: Entry, why: str | None) -> Undone:
    return Undone(ref=entry.ref, key=entry.key, value=entry.value, left=why)


def _change(value: str | None) -> str:
    return "it is not there any more" if value is None else f"somebody changed it to {value!r}"
