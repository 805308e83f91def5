"""The reins of one machine, in the file of its ledger: `clients.reins.Reins` in SQLite."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Self

from awsteward.clients.ledger import stamp
from awsteward.clients.reins import (
    Cell,
    Fault,
    Known,
    Observation,
    Promotion,
    Pulled,
    Stop,
    Trip,
    granted,
)
from awsteward.clients.sqlite_ledger import SqliteLedger

_SCHEMA = """
CREATE TABLE IF NOT EXISTS cells (
  account TEXT NOT NULL, type TEXT NOT NULL, key TEXT NOT NULL, since TEXT NOT NULL,
  promoted_by TEXT, at TEXT, digest TEXT, PRIMARY KEY (account, type, key));
CREATE TABLE IF NOT EXISTS observations (
  account TEXT NOT NULL, type TEXT NOT NULL, key TEXT NOT NULL, event_id TEXT NOT NULL,
  ref TEXT NOT NULL, value TEXT NOT NULL, origin TEXT NOT NULL, at TEXT NOT NULL,
  PRIMARY KEY (account, type, key, event_id, ref));
CREATE TABLE IF NOT EXISTS stops (
  n INTEGER PRIMARY KEY CHECK (n = 1), why TEXT NOT NULL, stopped_by TEXT NOT NULL,
  at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS breakers (
  account TEXT PRIMARY KEY, why TEXT NOT NULL, at TEXT NOT NULL, closed TEXT);
CREATE TABLE IF NOT EXISTS faults (
  account TEXT NOT NULL, fault TEXT NOT NULL, n INTEGER NOT NULL, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS hours (hour TEXT PRIMARY KEY, n INTEGER NOT NULL);
"""


class SqliteReins:
    """See `clients.reins`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    @classmethod
    def of(cls, ledger: SqliteLedger) -> Self:
        """The reins in that ledger's file; their tables are made where they are missing."""
        ledger.connection.executescript(_SCHEMA)
        return cls(ledger.connection)

    def observe(self, seen: Iterable[Observation]) -> None:
        """See `Observations.observe`."""
        for each in seen:
            at = stamp(each.at)
            self._db.execute(
                "INSERT OR IGNORE INTO cells (account, type, key, since) VALUES (?, ?, ?, ?)",
                (*_names(each.cell), at),
            )
            self._db.execute(
                "INSERT OR IGNORE INTO observations VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*_names(each.cell), each.event_id, each.ref, each.value, each.origin, at),
            )

    def observed(self, cell: Cell) -> tuple[Observation, ...]:
        """See `Observations.observed`."""
        found = self._db.execute(
            "SELECT event_id, ref, value, origin, at FROM observations "
            "WHERE account = ? AND type = ? AND key = ? ORDER BY at, ref, event_id",
            _names(cell),
        )
        return tuple(
            Observation(
                cell=cell, event_id=event_id, ref=ref, value=value, origin=origin,
                at=datetime.fromisoformat(at),
            )
            for event_id, ref, value, origin, at in found
        )  # fmt: skip

    def known(self, cells: Iterable[Cell]) -> tuple[Known, ...]:
        """See `Observations.known`."""
        query = "SELECT * FROM cells WHERE account = ? AND type = ? AND key = ?"
        found = (self._db.execute(query, _names(cell)).fetchone() for cell in dict.fromkeys(cells))
        return tuple(_known(row) for row in found if row)

    def cells(self) -> tuple[Known, ...]:
        """See `Observations.cells`."""
        found = self._db.execute("SELECT * FROM cells ORDER BY account, type, key")
        return tuple(map(_known, found))

    def promote(self, cells: Iterable[Cell], promotion: Promotion) -> None:
        """See `Observations.promote`."""
        told = (promotion.by, stamp(promotion.at), promotion.digest)
        self._db.executemany(
            "UPDATE cells SET promoted_by = ?, at = ?, digest = ? "
            "WHERE account = ? AND type = ? AND key = ?",
            [(*told, *_names(cell)) for cell in cells],
        )

    def demote(self, cells: Iterable[Cell], at: datetime) -> None:
        """See `Observations.demote`."""
        self._db.executemany(
            "UPDATE cells SET promoted_by = NULL, at = NULL, digest = NULL, since = ? "
            "WHERE account = ? AND type = ? AND key = ?",
            [(stamp(at), *_names(cell)) for cell in cells],
        )

    def pulled(self) -> Pulled:
        """See `Brakes.pulled`."""
        stops = self._db.execute("SELECT why, stopped_by, at FROM stops").fetchall()
        breakers = self._db.execute("SELECT * FROM breakers ORDER BY account").fetchall()
        return Pulled(
            stop=next(map(_stop, stops), None),
            trips=tuple(
                Trip(account=account, why=why, at=datetime.fromisoformat(at))
                for account, why, at, closed in breakers
                if closed is None
            ),
            closed={each[0]: datetime.fromisoformat(each[3]) for each in breakers if each[3]},
        )  # fmt: skip

    def stop(self, stop: Stop) -> None:
        """See `Brakes.stop`."""
        self._db.execute(
            "INSERT OR REPLACE INTO stops VALUES (1, ?, ?, ?)", (stop.why, stop.by, stamp(stop.at))
        )

    def resume(self, at: datetime) -> None:
        """See `Brakes.resume`."""
        self._db.execute("DELETE FROM stops")
        self._db.execute("UPDATE breakers SET closed = ? WHERE closed IS NULL", (stamp(at),))

    def trip(self, trip: Trip) -> bool:
        """See `Brakes.trip`."""
        done = self._db.execute(
            "INSERT INTO breakers VALUES (?, ?, ?, NULL) ON CONFLICT (account) DO UPDATE "
            "SET why = excluded.why, at = excluded.at, closed = NULL WHERE closed IS NOT NULL",
            (trip.account, trip.why, stamp(trip.at)),
        )
        return done.rowcount == 1

    def count(self, account: str, fault: Fault, n: int, at: datetime) -> None:
        """See `Brakes.count`."""
        self._db.execute("INSERT INTO faults VALUES (?, ?, ?, ?)", (account, fault, n, stamp(at)))

    def counted(self, account: str, fault: Fault, after: datetime) -> int:
        """See `Brakes.counted`."""
        query = "SELECT sum(n) FROM faults WHERE account = ? AND fault = ? AND at > ?"
        (found,) = self._db.execute(query, (account, fault, stamp(after))).fetchone()
        return int(found or 0)

    def take(self, hour: datetime, wanted: int, most: int) -> int:
        """See `Brakes.take`."""
        taken: int
        (taken,) = self._db.execute(
            "INSERT INTO hours VALUES (?, ?) "
            "ON CONFLICT (hour) DO UPDATE SET n = n + excluded.n RETURNING n",
            (stamp(hour), wanted),
        ).fetchone()
        return granted(wanted, taken, most)


def _names(cell: Cell) -> tuple[str, str, str]:
    return cell.account, cell.type, cell.key


def _stop(row: tuple[str, str, str]) -> Stop:
    why, by, at = row
    return Stop(why=why, by=by, at=datetime.fromisoformat(at))


def _known(row: tuple[str, ...]) -> Known:
    account, type_, key, since, by, at, digest = row
    promotion = Promotion(by=by, at=datetime.fromisoformat(at), digest=digest) if at else None
    return Known(
        cell=Cell(account=account, type=type_, key=key),
        since=datetime.fromisoformat(since),
        promotion=promotion,
    )
