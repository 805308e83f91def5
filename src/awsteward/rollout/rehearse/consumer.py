"""Takes messages from a queue, works, commits, deletes: a main process without a load balancer.

A socket count says nothing about it. What does: a signal that stops intake (USR1), and a file
that is there for as long as anything that was taken in is not done (a poll that may still bring a
message counts). Standard library only.
"""

import argparse
import asyncio
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from awsteward.rollout.rehearse import manners
from awsteward.rollout.rehearse.ledger import Ledger

AGAIN_AFTER_S = 0.05


class Calls:
    """One kept connection to the queue."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._pair: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, target: str) -> str:
        """The body of the answer."""
        if self._pair is None:
            self._pair = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._pair
        writer.write(f"GET {target} HTTP/1.1\r\nHost: queue\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        size = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        return (await reader.readexactly(size)).decode()


@dataclass(slots=True)
class Intake:
    """Whether more is taken in, and what still runs; the file says the same to others."""

    file: Path
    running: int
    stopped: bool = False

    def stop(self) -> None:
        """Take nothing more."""
        self.stopped = True

    def parked(self) -> None:
        """One worker has stopped for good."""
        self.running -= 1
        if not self.running:
            self.file.unlink(missing_ok=True)


async def _work(port: int, ledger: Ledger, intake: Intake) -> None:
    calls = Calls(port)
    while not intake.stopped:
        if message := await calls.get("/receive"):
            receipt, entered, takes_s = message.split()
            await asyncio.sleep(float(takes_s))
            ledger.commit(entered)
            await calls.get(f"/done/{receipt}")
    intake.parked()


async def _consume(given: argparse.Namespace) -> None:
    intake = Intake(file=Path(given.busy_file), running=given.workers)
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, intake.stop)
    manners.obey(given.on_term, intake.stop)
    await asyncio.sleep(given.starts)
    intake.file.touch()
    ledger = Ledger(given.ledger)
    async with asyncio.TaskGroup() as workers:
        for _ in range(given.workers):
            workers.create_task(_work(given.queue, ledger, intake))
    if given.on_term == "drains":
        await asyncio.sleep(given.shutdown)
    else:
        await asyncio.Event().wait()


def main() -> None:
    """Consume until stopped."""
    parser = argparse.ArgumentParser(description="A consumer for rehearsals.")
    parser.add_argument("--queue", type=int, required=True)
    parser.add_argument("--ledger", required=True)
    parser.add_argument("--busy-file", required=True)
    parser.add_argument("--workers", type=int, default=1)
    manners.add_to(parser)
    asyncio.run(_consume(parser.parse_args(sys.argv[1:])))
