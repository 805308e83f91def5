"""The ledger of one machine, in one file: `clients.ledger.Ledger` in SQLite."""

import fcntl
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Self

import msgspec

from awsteward.clients.ledger import Entry, Removal, State, Unanswered, names, stamp
from awsteward.core.errors import ConfigError

SCHEMA_VERSION = 2
_SCHEMA = """
CREATE TABLE IF NOT EXISTS writes (
  event_id TEXT NOT NULL, ref TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
  origin TEXT NOT NULL, assumed INTEGER NOT NULL, raw TEXT,
  arn TEXT, handle TEXT, type TEXT, account TEXT NOT NULL, region TEXT NOT NULL,
  partition TEXT NOT NULL, service TEXT NOT NULL,
  at TEXT NOT NULL, state TEXT NOT NULL,
  PRIMARY KEY (event_id, ref, key));
CREATE INDEX IF NOT EXISTS writes_by_time ON writes (state, at);
CREATE TABLE IF NOT EXISTS notices (
  event_id TEXT NOT NULL, ref TEXT NOT NULL, body TEXT NOT NULL, told TEXT,
  PRIMARY KEY (event_id, ref));
CREATE INDEX IF NOT EXISTS notices_waiting ON notices (told) WHERE told IS NULL;
CREATE TABLE IF NOT EXISTS letters (
  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, payload TEXT NOT NULL,
  at TEXT NOT NULL, sent TEXT);
CREATE TABLE IF NOT EXISTS questions (
  id TEXT PRIMARY KEY, body TEXT NOT NULL, answer TEXT, answered TEXT,
  asked TEXT, whom TEXT NOT NULL DEFAULT '', reminded INTEGER NOT NULL DEFAULT 0,
  snoozed TEXT, snoozed_by TEXT);
CREATE TABLE IF NOT EXISTS slate (
  kind TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, name));
CREATE TABLE IF NOT EXISTS removals (
  event_id TEXT NOT NULL, account TEXT NOT NULL, kind TEXT NOT NULL, ref TEXT NOT NULL,
  key TEXT NOT NULL, value TEXT NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL,
  PRIMARY KEY (account, kind, event_id, ref, key));
"""
_SINCE_1 = """
ALTER TABLE questions ADD COLUMN asked TEXT;
ALTER TABLE questions ADD COLUMN whom TEXT NOT NULL DEFAULT '';
ALTER TABLE questions ADD COLUMN reminded INTEGER NOT NULL DEFAULT 0;
ALTER TABLE questions ADD COLUMN snoozed TEXT;
ALTER TABLE questions ADD COLUMN snoozed_by TEXT;
"""
_COLUMNS = tuple(Entry.__dataclass_fields__)
_OF_REMOVAL = tuple(Removal.__dataclass_fields__)
_UNANSWERED = tuple(Unanswered.__dataclass_fields__)


class InUseError(ConfigError):
    """Somebody else has the ledger open; whoever has time can wait for it."""


class SqliteLedger:
    """The ledger of one machine, in one file; one writing process at a time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    @property
    def connection(self) -> sqlite3.Connection:
        """For what else lies in this file (`clients.sqlite_reins`)."""
        return self._db

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator[Self]:
        """Open (or make) the ledger at *path* and hold it alone; ConfigError when that fails."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            lock = path.with_suffix(".lock").open("w")
        except OSError as error:
            raise ConfigError(f"cannot write the ledger {path}: {error.strerror}") from error
        with lock:
            _hold(lock.fileno(), path)
            connection = _connect(path)
            try:
                yield cls(connection)
            except sqlite3.Error as error:
                raise ConfigError(f"the ledger {path} cannot be used: {error}") from error
            finally:
                connection.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """All that is recorded inside is recorded, or nothing is."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def intend(self, entries: Iterable[Entry]) -> None:
        """See `Writes.intend`."""
        self._db.executemany(
            "INSERT OR REPLACE INTO writes VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            [_row(entry, State.INTENDED) for entry in entries],
        )

    def intents(self, event_id: str, ref: str) -> tuple[Entry, ...]:
        """See `Writes.intents`."""
        found = self._db.execute(
            "SELECT * FROM writes WHERE event_id = ? AND ref = ? AND state = ?",
            (event_id, ref, State.INTENDED),
        )
        return tuple(map(_entry, found))

    def settle(self, entries: Iterable[Entry], state: State) -> None:
        """See `Writes.settle`."""
        self._db.executemany(
            "UPDATE writes SET state = ? WHERE event_id = ? AND ref = ? AND key = ?",
            [(state, entry.event_id, entry.ref, entry.key) for entry in entries],
        )

    def undone(self, event_id: str, ref: str) -> Mapping[str, str]:
        """See `Writes.undone`."""
        query = "SELECT key, value FROM writes WHERE event_id = ? AND ref = ? AND state = ?"
        return dict(self._db.execute(query, (event_id, ref, State.UNDONE)).fetchall())

    def written_since(self, moment: datetime) -> tuple[Entry, ...]:
        """See `Writes.written_since`."""
        found = self._db.execute(
            "SELECT * FROM writes WHERE at >= ? AND state IN (?, ?) ORDER BY at, ref, key",
            (stamp(moment), State.WRITTEN, State.INTENDED),
        )
        return tuple(map(_entry, found))

    def notice(self, event_id: str, ref: str, body: str) -> bool:
        """See `Notices.notice`."""
        done = self._db.execute(
            "INSERT OR IGNORE INTO notices VALUES (?, ?, ?, NULL)", (event_id, ref, body)
        )
        return done.rowcount == 1

    def untold(self) -> tuple[tuple[str, str, str], ...]:
        """See `Notices.untold`."""
        query = "SELECT event_id, ref, body FROM notices WHERE told IS NULL ORDER BY rowid"
        return tuple(self._db.execute(query))

    def told(self, notices: Iterable[tuple[str, str]], at: datetime) -> None:
        """See `Notices.told`."""
        self._db.executemany(
            "UPDATE notices SET told = ? WHERE event_id = ? AND ref = ?",
            [(stamp(at), event_id, ref) for event_id, ref in notices],
        )

    def put(self, letter_id: str, payload: str, at: datetime) -> bool:
        """See `Outbox.put`."""
        done = self._db.execute(
            "INSERT OR IGNORE INTO letters (id, payload, at) VALUES (?, ?, ?)",
            (letter_id, payload, stamp(at)),
        )
        return done.rowcount == 1

    def unsent(self) -> tuple[tuple[str, str], ...]:
        """See `Outbox.unsent`."""
        query = "SELECT id, payload FROM letters WHERE sent IS NULL ORDER BY n"
        return tuple(self._db.execute(query))

    def sent(self, letter_id: str, at: datetime) -> None:
        """See `Outbox.sent`."""
        self._db.execute("UPDATE letters SET sent = ? WHERE id = ?", (stamp(at), letter_id))

    def ask(self, question_id: str, body: str, at: datetime, whom: str = "") -> None:
        """See `Questions.ask`."""
        self._db.execute(
            "INSERT OR IGNORE INTO questions (id, body, asked, whom) VALUES (?, ?, ?, ?)",
            (question_id, body, stamp(at), whom),
        )

    def question(self, question_id: str) -> str | None:
        """See `Questions.question`."""
        query = "SELECT body FROM questions WHERE id = ?"
        row: tuple[str] | None = self._db.execute(query, (question_id,)).fetchone()
        return row[0] if row else None

    def answer(self, question_id: str, answer: str, at: datetime) -> None:
        """See `Questions.answer`."""
        self._db.execute(
            "UPDATE questions SET answer = ?, answered = ? WHERE id = ?",
            (answer, stamp(at), question_id),
        )

    def chalk(self, kind: str, name: str, body: str, until: datetime) -> None:  # noqa: ARG002  a file has room
        """See `Slate.chalk`."""
        self._db.execute("INSERT OR REPLACE INTO slate VALUES (?, ?, ?)", (kind, name, body))

    def slate(self, kind: str) -> Mapping[str, str]:
        """See `Slate.slate`."""
        query = "SELECT name, body FROM slate WHERE kind = ? ORDER BY name"
        return dict(self._db.execute(query, (kind,)).fetchall())

    def wipe(self, kind: str, name: str) -> None:
        """See `Slate.wipe`."""
        self._db.execute("DELETE FROM slate WHERE kind = ? AND name = ?", (kind, name))

    def unsent_since(self) -> datetime | None:
        """See `Waiting.unsent_since`."""
        query = "SELECT min(at) FROM letters WHERE sent IS NULL"
        (at,) = self._db.execute(query).fetchone()
        return datetime.fromisoformat(at) if at else None

    def ours(self, account: str, name: str) -> tuple[Entry, ...]:
        """See `Removals.ours`."""
        found = self._db.execute(
            "SELECT * FROM writes WHERE account = ? AND state = ? ORDER BY event_id, ref, key",
            (account, State.WRITTEN),
        )
        return tuple(entry for entry in map(_entry, found) if name in names(entry))

    def remove(self, removal: Removal) -> bool:
        """See `Removals.remove`."""
        row = {name: getattr(removal, name) for name in _OF_REMOVAL}
        done = self._db.execute(
            "INSERT OR IGNORE INTO removals VALUES (?,?,?,?,?,?,?,?)",
            [*(row | {"at": stamp(removal.at)}).values()],
        )
        return done.rowcount == 1

    def removals(self, account: str, kind: str) -> tuple[Removal, ...]:
        """See `Removals.removals`."""
        found = self._db.execute(
            "SELECT * FROM removals WHERE account = ? AND kind = ? ORDER BY at, event_id, ref, key",
            (account, kind),
        )
        return tuple(map(_removal, found))

    def all_removals(self) -> tuple[Removal, ...]:
        """See `Removals.all_removals`."""
        found = self._db.execute(
            "SELECT * FROM removals ORDER BY account, kind, at, event_id, ref, key"
        )
        return tuple(map(_removal, found))

    def forget(self, removals: Iterable[Removal]) -> None:
        """See `Removals.forget`."""
        self._db.executemany(
            "DELETE FROM removals "
            "WHERE account = ? AND kind = ? AND event_id = ? AND ref = ? AND key = ?",
            [(one.account, one.kind, one.event_id, one.ref, one.key) for one in removals],
        )

    def waiting(self) -> tuple[Unanswered, ...]:
        """See `Questions.waiting`; what an older awsteward asked is not among them."""
        found = self._db.execute(
            "SELECT id, body, asked, whom, reminded, snoozed, snoozed_by FROM questions "
            "WHERE answered IS NULL AND asked IS NOT NULL ORDER BY asked, id"
        )
        return tuple(map(_unanswered, found))

    def remind(self, question_id: str, number: int) -> None:
        """See `Questions.remind`."""
        self._db.execute(
            "UPDATE questions SET reminded = ? WHERE id = ? AND answered IS NULL",
            (number, question_id),
        )

    def snooze(self, question_id: str, until: datetime, by: str) -> None:
        """See `Questions.snooze`."""
        self._db.execute(
            "UPDATE questions SET snoozed = ?, snoozed_by = ? WHERE id = ? AND answered IS NULL",
            (stamp(until), by, question_id),
        )


def _hold(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise InUseError(
            f"another awsteward is working with the ledger {path}; "
            "wait for it, or name another one with --ledger"
        ) from error


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        _prepare(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise ConfigError(f"{path} is not a ledger that can be used: {error}") from error
    except ConfigError:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise ConfigError(
            f"{path} was written by a newer awsteward (schema {version}, "
            f"this one knows {SCHEMA_VERSION}); upgrade, or name another with --ledger"
        )
    connection.execute("PRAGMA journal_mode = WAL")
    steps = _SINCE_1 if version == 1 else ""
    # In one transaction: a kill leaves the old schema or the new one.
    connection.executescript(
        f"BEGIN IMMEDIATE; {steps} {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
    )


def _removal(row: tuple[object, ...]) -> Removal:
    return msgspec.convert(dict(zip(_OF_REMOVAL, row, strict=True)), Removal, strict=False)


def _unanswered(row: tuple[object, ...]) -> Unanswered:
    return msgspec.convert(dict(zip(_UNANSWERED, row, strict=True)), Unanswered, strict=False)


def _row(entry: Entry, state: State) -> tuple[object, ...]:
    fields = {**{name: getattr(entry, name) for name in _COLUMNS}, "state": state}
    return tuple(stamp(x) if isinstance(x, datetime) else x for x in fields.values())


def _entry(row: tuple[object, ...]) -> Entry:
    return msgspec.convert(dict(zip(_COLUMNS, row, strict=True)), Entry, strict=False)
