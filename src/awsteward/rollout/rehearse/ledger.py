"""The ledger of a rehearsal: which ids were really committed. Standard library only.

Every process writes a SQLite file of its own: several writers of one file would wait for each
other's lock, which the load would see as latency, and an id that was committed twice has to show up
as two rows instead of failing. ``synchronous=OFF`` leaves out the wait for the disk: what was
written survives the end of the process, also by KILL; only the end of the whole machine could take
it back.
"""

import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path


class Ledger:
    """One file to write to."""

    def __init__(self, path: str) -> None:
        self._rows = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._rows.execute("PRAGMA journal_mode=WAL")
        self._rows.execute("PRAGMA synchronous=OFF")
        self._rows.execute("CREATE TABLE IF NOT EXISTS entered (id TEXT NOT NULL, at REAL)")

    def commit(self, entered: str) -> None:
        """One id, committed when this returns."""
        self._rows.execute("INSERT INTO entered VALUES (?, ?)", (entered, time.monotonic()))


def committed(folder: Path) -> Counter[str]:
    """How often each id was committed, over all files of *folder*; everybody is answered by now."""
    found: Counter[str] = Counter()
    for each in folder.glob("*.db"):
        with closing(sqlite3.connect(each)) as rows:
            found.update(entered for (entered,) in rows.execute("SELECT id FROM entered"))
    return found
