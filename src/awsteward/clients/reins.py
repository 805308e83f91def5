"""What holds a guard on duty back, and what it would have written: kept beside its ledger.

It decides nothing: `tags.guard.hold` says what to keep and what follows from it. SQLite's side is
`clients.sqlite_reins`, DynamoDB's `clients.aws.dynamo.reins`; both pass one contract test.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Cell:
    """The unit that is promoted: one tag key on one type of resource in one account."""

    account: str
    type: str
    """The CloudFormation type; the service, where CloudFormation has none."""
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One tag that would have been written."""

    cell: Cell
    event_id: str
    ref: str
    value: str
    origin: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """Who let a cell be written, and the digest of the writes that were accepted for it."""

    by: str
    at: datetime
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A cell that was observed at least once."""

    cell: Cell
    since: datetime
    """The first observation; after a promotion was taken back, that moment."""
    promotion: Promotion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """The kill switch, pulled."""

    why: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """A circuit breaker that opened for one account."""

    account: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """The brakes that a person has to let go of."""

    stop: Stop | None = None
    trips: tuple[Trip, ...] = ()
    closed: Mapping[str, datetime] = field(default_factory=dict)
    """Accounts whose breaker was closed by a person, and when: faults count from then on."""


class Fault(StrEnum):
    """What a breaker counts."""

    DENIAL = "denials"
    """AWS refused one of our writes for want of a permission."""
    REMOVAL = "removals"
    """Somebody took a tag away that we had written."""


class Observations(Protocol):
    """What would have been written, cell by cell, and which cells were promoted."""

    def observe(self, seen: Iterable[Observation]) -> None:
        """Keep what would have been written; of one event, resource and key the first stands."""
        ...

    def observed(self, cell: Cell) -> tuple[Observation, ...]:
        """All that is still kept of *cell*, oldest first."""
        ...

    def known(self, cells: Iterable[Cell]) -> tuple[Known, ...]:
        """Those of *cells* that were observed."""
        ...

    def cells(self) -> tuple[Known, ...]:
        """Every cell that was observed, in order."""
        ...

    def promote(self, cells: Iterable[Cell], promotion: Promotion) -> None:
        """Let these observed cells be written."""
        ...

    def demote(self, cells: Iterable[Cell], at: datetime) -> None:
        """Take that back; these observed cells are observed anew from then on."""
        ...


class Brakes(Protocol):
    """Kill switch, breakers and the count of writes, the same for every machine."""

    def pulled(self) -> Pulled:
        """The brakes that are on now."""
        ...

    def stop(self, stop: Stop) -> None:
        """Pull the kill switch; a second time changes the reason."""
        ...

    def resume(self, at: datetime) -> None:
        """Let go of the kill switch and close every breaker."""
        ...

    def trip(self, trip: Trip) -> bool:
        """Open the breaker of an account; False when it is open."""
        ...

    def count(self, account: str, fault: Fault, n: int, at: datetime) -> None:
        """Note that a fault happened *n* times."""
        ...

    def counted(self, account: str, fault: Fault, after: datetime) -> int:
        """How often it was noted after that moment; what is older than two days is forgotten."""
        ...

    def take(self, hour: datetime, wanted: int, most: int) -> int:
        """Take room for writes out of the *most* of that hour; how much of what is *wanted*."""
        ...


class Reins(Observations, Brakes, Protocol):
    """Both, in one store."""


def granted(wanted: int, taken: int, most: int) -> int:
    """What is given of *wanted*, where *taken* counts all that was ever wanted, this included."""
    return max(0, min(wanted, most - (taken - wanted)))
