"""The load's process as a rehearsal sees it: orders, counts while it runs, rows at its end."""

import asyncio
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from awsteward.core.errors import RemoteError
from awsteward.rollout.model import Load
from awsteward.rollout.rehearse.handover import put
from awsteward.rollout.rehearse.processes import Processes
from awsteward.rollout.rehearse.run import Request
from awsteward.rollout.rehearse.servers import ours

NAME = "load"

Counts = Callable[[int, int, int], None]


def write_zone(file: Path, ttl_s: float, records: Iterable[tuple[int, int]]) -> None:
    """What the name of the service resolves to: ports and their weights; replaced in one step."""
    put(file, {"ttl_s": ttl_s, "records": list(records)})


class Sender:
    """Starts the load, and fetches what became of it."""

    def __init__(self, load: Load, zone: Path, folder: Path, processes: Processes) -> None:
        self._load = load
        self._zone = zone
        self._out = folder / "requests.jsonl"
        self._processes = processes
        self._counting: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, seed: str, count: Counts) -> None:
        """Send from now on; *count* hears of requests sent, under way and gone bad."""
        self._process = process = await self._processes.start(NAME, ours("load"), talks=True)
        if process.stdin is None or process.stdout is None:
            raise RemoteError("the load has no pipes")
        process.stdin.write(json.dumps(self._orders(seed)).encode())
        process.stdin.close()
        await process.stdout.readline()
        self._counting = asyncio.create_task(_follow(process.stdout, count))

    async def end(self, origin: float) -> tuple[Request, ...]:
        """Send no more; every request with times since *origin*."""
        if self._process is None:
            return ()
        if self._process.returncode is None:
            self._process.terminate()
        if await self._process.wait():
            raise RemoteError(f"the load failed: {self._processes.said(NAME)}")
        self._processes.forget(NAME)
        with self._out.open(encoding="utf-8") as lines:
            return tuple(_request(json.loads(line), origin) for line in lines)

    def _orders(self, seed: str) -> dict[str, object]:
        return {
            "rate": self._load.rate,
            "posts": self._load.posts,
            "keepalive": self._load.keepalive,
            "mix": [(each.weight, each.takes_s) for each in self._load.mix],
            "seed": seed, "prefix": "q", "zone": str(self._zone), "out": str(self._out),
        }  # fmt: skip


async def _follow(lines: asyncio.StreamReader, count: Counts) -> None:
    while line := await lines.readline():
        sent, under_way, bad = (int(each) for each in line.split())
        count(sent, under_way, bad)


def _request(cells: list[object], origin: float) -> Request:
    entered, due, sent, answered, status, replica, method = cells
    return Request(
        id=str(entered), method=str(method), status=int(str(status)), replica=str(replica),
        due_s=float(str(due)) - origin, sent_s=float(str(sent)) - origin,
        answered_s=None if answered is None else float(str(answered)) - origin,
    )  # fmt: skip
