"""What may be written now, of all that would be. Pure: the facts come as values.

A further reason not to write is a fact in `Restraint`, a function beside the others and its row in
`_REASONS`; the first that applies to a tag is the one that is told.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from awsteward.clients.reins import Cell
from awsteward.tags.model.handled import Brake, Handled, Held, Result
from awsteward.tags.model.plan import Write
from awsteward.tags.model.reading import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Restraint:
    """All that keeps a guard from writing at this moment."""

    promoted: frozenset[Cell] | None
    """The cells that may be written; None: every one."""
    stopped: str | None = None
    """Who pulled the kill switch, and why."""
    open: Mapping[str, str] = field(default_factory=dict)
    """Accounts whose breaker is open, and why."""
    frozen: Mapping[str, str] = field(default_factory=dict)
    """Accounts in which nothing is to be changed today, and why."""
    unread: Mapping[str, str] = field(default_factory=dict)
    """Accounts whose policies may guard any key, for nobody could read them, and why."""
    room: int | None = None
    """How many tags may still be written; None: any number."""
    full: str = ""
    """What is said where there is no more room."""
    again: datetime | None = None
    """When there will be room again."""


def cell(resource: Resource, key: str) -> Cell:
    """The cell that a tag belongs to."""
    return Cell(account=resource.account, type=resource.type or resource.service, key=key)


def all_restrained(drafts: Iterable[Handled], restraint: Restraint) -> Iterator[Handled]:
    """Each with what may be written of it; what one writes leaves less room to the next."""
    for draft in drafts:
        end = restrained(draft, restraint)
        yield end
        if restraint.room is not None and would(draft):
            restraint = replace(restraint, room=restraint.room - len(end.applied))


def restrained(draft: Handled, restraint: Restraint) -> Handled:
    """*draft* with those of its tags alone that may be written; the others are `held`."""
    if not would(draft):
        return draft
    kept: dict[tuple[Brake, str], list[Write]] = {}
    free: list[Write] = []
    for write in draft.applied:
        reason = _reason(draft.resource, write, restraint)
        (free if reason is None else kept.setdefault(reason, [])).append(write)
    held = [Held(brake=b, why=why, writes=tuple(writes)) for (b, why), writes in kept.items()]
    if restraint.room is not None and len(free) > restraint.room:
        held.append(
            Held(brake=Brake.CAP, why=restraint.full, writes=tuple(free), again=restraint.again)
        )
        free = []
    return replace(draft, applied=tuple(free), held=tuple(held))


def would(draft: Handled) -> bool:
    """True where something is to be written."""
    return draft.result is Result.WOULD_TAG


def held_back(draft: Handled) -> Handled:
    """The end of what was held back and not written: what would have been, and why it was not."""
    writes = tuple(write for held in draft.held for write in held.writes)
    return replace(draft, result=Result.WOULD_TAG, applied=writes, why=because(draft.held))


def because(held: Iterable[Held]) -> str:
    """Which brakes held which keys back, in one sentence."""
    return "; ".join(
        f"held back ({each.brake}): {', '.join(write.key for write in each.writes)}: {each.why}"
        for each in held
    )


# --- reasons, the gravest first --------------------------------------------------------------


def _stopped(_: Resource, __: Write, restraint: Restraint) -> str | None:
    return restraint.stopped


def _open(resource: Resource, _: Write, restraint: Restraint) -> str | None:
    return restraint.open.get(resource.account)


def _frozen(resource: Resource, _: Write, restraint: Restraint) -> str | None:
    return restraint.frozen.get(resource.account)


def _unread(resource: Resource, _: Write, restraint: Restraint) -> str | None:
    return restraint.unread.get(resource.account)


def _unpromoted(resource: Resource, write: Write, restraint: Restraint) -> str | None:
    one = cell(resource, write.key)
    if restraint.promoted is None or one in restraint.promoted:
        return None
    return f"nobody has promoted it on {one.type} in {one.account} yet"


_REASONS = {
    Brake.STOP: _stopped,
    Brake.BREAKER: _open,
    Brake.FREEZE: _frozen,
    Brake.UNREAD: _unread,
    Brake.PROMOTION: _unpromoted,
}


def _reason(resource: Resource, write: Write, restraint: Restraint) -> tuple[Brake, str] | None:
    for brake, reason in _REASONS.items():
        if (why := reason(resource, write, restraint)) is not None:
            return brake, why
    return None
