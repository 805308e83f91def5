"""What we wrote, what we still have to say and what we asked, kept over kills and reruns.

The ledger decides nothing: `tags.guard` says what to record and when. Its order is what makes
a kill harmless: an intent before each write, the outcome and its notice in one transaction
after it, a letter together with the notices it carries. No secret ever lies in here.
"""

import re
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable


class State(StrEnum):
    """How far one write has come."""

    INTENDED = "intended"
    WRITTEN = "written"
    UNDONE = "undone"
    ABANDONED = "abandoned"
    """It never landed, or somebody changed it before we could take it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One tag on one resource, with where its value came from; all a later undo needs."""

    event_id: str
    ref: str
    key: str
    value: str
    origin: str
    assumed: bool
    raw: str | None
    arn: str | None
    handle: str | None
    type: str | None
    account: str
    region: str
    partition: str
    service: str
    at: datetime
    state: State


class Writes(Protocol):
    """What was written to AWS, so that it can be explained, resumed and taken back."""

    def intend(self, entries: Iterable[Entry]) -> None:
        """Record what is about to be written, before it is."""
        ...

    def intents(self, event_id: str, ref: str) -> tuple[Entry, ...]:
        """What was intended for this resource and never settled: a kill came between."""
        ...

    def settle(self, entries: Iterable[Entry], state: State) -> None:
        """Record how intended or written entries ended."""
        ...

    def undone(self, event_id: str, ref: str) -> Mapping[str, str]:
        """What was taken back from this resource: key and the value it had."""
        ...

    def written_since(self, moment: datetime) -> tuple[Entry, ...]:
        """Entries that stand as written (or were never settled), oldest first."""
        ...


class Notices(Protocol):
    """What people are still to be told, one row per resource."""

    def notice(self, event_id: str, ref: str, body: str) -> bool:
        """Keep a notice to be told; False when this resource was already told of."""
        ...

    def untold(self) -> tuple[tuple[str, str, str], ...]:
        """The notices that are in no letter yet: event id, ref, body."""
        ...

    def told(self, notices: Iterable[tuple[str, str]], at: datetime) -> None:
        """These notices (event id, ref) are in letters now."""
        ...


class Outbox(Protocol):
    """Letters, kept whole until the other side has taken them."""

    def put(self, letter_id: str, payload: str, at: datetime) -> bool:
        """Keep a letter to be sent; False when that id is known, sent or not."""
        ...

    def unsent(self) -> tuple[tuple[str, str], ...]:
        """The letters still to be sent, oldest first: id, payload."""
        ...

    def sent(self, letter_id: str, at: datetime) -> None:
        """That letter was taken by the other side."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """A question that nobody has answered yet."""

    id: str
    body: str
    at: datetime
    """When it was asked."""
    whom: str
    """Whom it was asked, in the words of who asked."""
    reminded: int
    """The number of the last reminder."""
    snoozed: datetime | None
    snoozed_by: str | None


class Questions(Protocol):
    """What only a person can settle."""

    def ask(self, question_id: str, body: str, at: datetime, whom: str = "") -> None:
        """Keep an open question; asking again changes nothing."""
        ...

    def question(self, question_id: str) -> str | None:
        """The body of a question, or None."""
        ...

    def answer(self, question_id: str, answer: str, at: datetime) -> None:
        """Record what was answered."""
        ...

    def waiting(self) -> tuple[Unanswered, ...]:
        """The questions without an answer, the longest asked first."""
        ...

    def remind(self, question_id: str, number: int) -> None:
        """Record the number of the last reminder of an open question."""
        ...

    def snooze(self, question_id: str, until: datetime, by: str) -> None:
        """Record until when an open question is not to be asked again, and who said so."""
        ...


class Slate(Protocol):
    """What the guard has to know for a while, by kind and name; the last word stands."""

    def chalk(self, kind: str, name: str, body: str, until: datetime) -> None:
        """Note *body*, over what stood there; it may be gone once *until* has passed."""
        ...

    def slate(self, kind: str) -> Mapping[str, str]:
        """All of one kind: name and body."""
        ...

    def wipe(self, kind: str, name: str) -> None:
        """Forget it; it need not be there."""
        ...


class Waiting(Protocol):
    """How long letters have been waiting, which only the keeper of them knows."""

    def unsent_since(self) -> datetime | None:
        """When the oldest letter that is not sent yet was kept; None where all are."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """One tag of ours that somebody else took away."""

    event_id: str
    """The call that did it."""
    account: str
    kind: str
    """The resource's type, or its service where it has none."""
    ref: str
    key: str
    value: str
    by: str
    """Whoever called; empty where the record does not say."""
    at: datetime


class Removals(Protocol):
    """Who takes away what we wrote, so that nobody fights over it."""

    def ours(self, account: str, name: str) -> tuple[Entry, ...]:
        """What stands as written on all in *account* that `called` gives this *name*."""
        ...

    def remove(self, removal: Removal) -> bool:
        """Keep a removal; False when it is known."""
        ...

    def removals(self, account: str, kind: str) -> tuple[Removal, ...]:
        """What was taken away from resources of one kind, oldest first."""
        ...

    def all_removals(self) -> tuple[Removal, ...]:
        """What was taken away from any, those of one account and kind together, oldest first."""
        ...

    def forget(self, removals: Iterable[Removal]) -> None:
        """Let these not count any more; they need not be known."""
        ...


def called(text: str) -> str:
    """The last part of an ARN, a URL or a path, by which calls on tags name a resource."""
    return re.split("[:/]", text.removesuffix(":*"))[-1]


def names(entry: Entry) -> frozenset[str]:
    """What an entry's resource is called in calls on its tags."""
    return frozenset(called(each) for each in (entry.arn, entry.handle) if each)


class Ledger(Writes, Notices, Outbox, Questions, Slate, Waiting, Removals, Protocol):
    """All of it, in one store: SQLite here, DynamoDB where machines share it."""

    def together(self) -> AbstractContextManager[None]:
        """All that is recorded inside is recorded, or nothing is."""
        ...


class Seen(Protocol):
    """Which events need no second look, where a queue may bring them again."""

    def seen(self, account: str, event_id: str) -> bool:
        """Whether this event was taken to its end."""
        ...

    def see(self, account: str, event_id: str) -> None:
        """Record that it was; for as long as a queue could bring it again."""
        ...


@runtime_checkable
class Lease(Protocol):
    """Leave for one at a time, among machines whose clocks roughly agree."""

    def hold(self, name: str, holder: str, until: datetime) -> bool:
        """Take or lengthen the lease; False while another holder's has not expired."""
        ...

    def release(self, name: str, holder: str) -> None:
        """Give it back, if *holder* has it still."""
        ...


class Shared(Ledger, Seen, Lease, Protocol):
    """The ledger of a guard on duty."""


def stamp(moment: datetime) -> str:
    """A moment as it is stored: its text sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
