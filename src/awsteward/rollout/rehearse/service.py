"""The server that a rehearsal stops: a process of its own, standard library only.

It works for as long as the request's address asks, commits the request's id, and only then answers.
It is not a model of a good server: ``--on-term`` chooses among the three kinds that exist.
"""

import argparse
import asyncio
import sys
import time
from urllib.parse import parse_qs, urlsplit

from awsteward.rollout.rehearse import manners
from awsteward.rollout.rehearse.database import Remote
from awsteward.rollout.rehearse.ledger import Ledger
from awsteward.rollout.rehearse.wire import Door, Reply

READY = "/ready"


class Service:
    """Requests in, commits, answers out."""

    def __init__(self, ledger: Ledger | Remote) -> None:
        self._ledger = ledger
        self._commits: set[asyncio.Task[None]] = set()

    def handle(self, target: str, reply: Reply) -> None:
        """Begin to work."""
        parts = urlsplit(target)
        if parts.path == READY:
            reply(200, b"ok\n")
            return
        takes_s = float(parse_qs(parts.query).get("s", ["0"])[0])
        entered = parts.path.rpartition("/")[2]
        asyncio.get_running_loop().call_later(takes_s, self._commit, entered, reply)

    def _commit(self, entered: str, reply: Reply) -> None:
        match self._ledger:
            case Ledger() as ledger:
                ledger.commit(entered)
                reply(200, b"ok\n")
            case Remote() as remote:
                task = asyncio.get_running_loop().create_task(_remotely(remote, entered, reply))
                self._commits.add(task)
                task.add_done_callback(self._commits.discard)


async def _remotely(remote: Remote, entered: str, reply: Reply) -> None:
    reply(200 if await remote.commit(entered) else 500, b"\n")


async def _serve(given: argparse.Namespace) -> None:
    ledger = Remote(given.database, given.patience) if given.database else Ledger(given.ledger)
    door = Door(given.name, Service(ledger).handle)
    manners.obey(given.on_term, door.leave)
    await asyncio.sleep(max(0.0, given.began + given.starts - time.monotonic()))
    await door.listen(given.port)
    await door.left.wait()
    await asyncio.sleep(given.shutdown)


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description="A server for rehearsals.")
    parser.add_argument("--name", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ledger", required=True)
    parser.add_argument("--database", type=int, default=0)
    parser.add_argument("--patience", type=float, default=0.0)
    manners.add_to(parser)
    parser.add_argument("--began", type=float, default=time.monotonic())
    asyncio.run(_serve(parser.parse_args(sys.argv[1:])))
