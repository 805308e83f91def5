"""A database that can fail over: a process in front of SQLite, and the pool that asks it.

It takes one id per line and answers ``ok`` when it is committed. On USR1 it is away for a while, as
a primary is whose standby takes over: connections are cut, with or without their last commit having
been answered, and new ones are refused. A client that asks again must therefore bring an id that is
committed once only: so it is here, and so it has to be in a service that is to survive a failover.
Standard library only.
"""

import argparse
import asyncio
import contextlib
import signal
import sqlite3
import sys

AGAIN_AFTER_S = 0.05


class Remote:
    """A pool of connections to the database; asks again for at most *patience_s*."""

    def __init__(self, port: int, patience_s: float) -> None:
        self._port = port
        self._patience_s = patience_s
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def commit(self, entered: str) -> bool:
        """True when the database said that it is committed."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._patience_s
        while not (done := await self._tried(entered)) and loop.time() < until:
            self._drain()
            await asyncio.sleep(AGAIN_AFTER_S)
        return done

    async def _tried(self, entered: str) -> bool:
        try:
            reader, writer = self._idle.pop() if self._idle else await self._opened()
            writer.write(entered.encode() + b"\n")
            answer = await reader.readline()
        except OSError:
            return False
        if answer != b"ok\n":
            writer.close()
            return False
        self._idle.append((reader, writer))
        return True

    async def _opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self._port)

    def _drain(self) -> None:
        """Connections from before the failover lead nowhere: let all of them go."""
        while self._idle:
            self._idle.pop()[1].close()


class Database:
    """Commits what it is told to, unless it is away."""

    def __init__(self, path: str, port: int, away_s: float) -> None:
        self._rows = sqlite3.connect(path, isolation_level=None)
        self._rows.execute("PRAGMA journal_mode=WAL")
        self._rows.execute("PRAGMA synchronous=OFF")
        self._rows.execute("CREATE TABLE entered (id TEXT NOT NULL, at REAL)")
        self._rows.execute("CREATE UNIQUE INDEX once ON entered (id)")
        self._port = port
        self._away_s = away_s
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._back: asyncio.Task[None] | None = None

    async def listen(self) -> None:
        """Take connections."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)

    def go_away(self) -> None:
        """The primary is gone; somebody else will be it soon."""
        if self._server:
            self._server.close()
        for each in tuple(self._writers):
            each.transport.abort()
        self._back = asyncio.get_running_loop().create_task(self._come_back())

    async def _come_back(self) -> None:
        await asyncio.sleep(self._away_s)
        await self.listen()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with contextlib.suppress(OSError):
            while line := await reader.readline():
                entered = line.decode().strip()
                self._rows.execute("INSERT OR IGNORE INTO entered VALUES (?, 0)", (entered,))
                writer.write(b"ok\n")
        self._writers.discard(writer)
        writer.close()


async def _run(given: argparse.Namespace) -> None:
    database = Database(given.ledger, given.port, given.away)
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, database.go_away)
    await database.listen()
    await asyncio.Event().wait()


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(description="A database for rehearsals.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ledger", required=True)
    parser.add_argument("--away", type=float, required=True)
    asyncio.run(_run(parser.parse_args(sys.argv[1:])))
