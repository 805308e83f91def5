"""The load of a rehearsal: a process of its own, standard library only.

Open loop: a request starts when its time has come, whatever became of those before, so a slow
server cannot make the load milder. Where this process itself was held up, it catches up at twice
the rate and not at once, or a busy machine would look like a flood. Nothing is ever sent twice.
Connections are kept and reused, the one used last first, as clients with a pool do. Reads its
orders as one JSON object from stdin; writes one JSON list per request (id, due, sent, answered,
status, replica, method) when it was told to end by TERM.
"""

import asyncio
import gc
import json
import random
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

REPORT_S = 0.25
PATIENCE_S = 60.0
RESOLVERS = 8
CATCH_UP = 2.0
TICK_S = 0.01


@dataclass(slots=True)
class Row:
    """One request, from when it was due to what became of it; status 0 is no answer at all."""

    id: str
    method: str
    due: float
    sent: float
    answered: float | None = None
    status: int = 0
    replica: str = ""


class Line(asyncio.Protocol):
    """One connection to the balancer; it carries one request at a time."""

    def __init__(self, pool: "Pool") -> None:
        self._pool = pool
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._row: Row | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready to carry."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def carry(self, row: Row, wire: bytes) -> None:
        """Send *row* now; its answer comes by `data_received`."""
        if self._transport is None:
            self._pool.done(row)
            return
        self._row = row
        self._transport.write(wire)

    def data_received(self, data: bytes) -> None:
        """Bytes of the answer; without a length it ends where the connection does."""
        self._buffer += data
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end or self._row is None:
            return
        status, length, replica, last = _head(head)
        self._row.status, self._row.replica = status, replica
        if length is not None and len(rest) >= length:
            self._answered(keep=not last)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio's signature
        """Whatever was under way on it has failed, unless its head had come already."""
        self._transport = None
        self._pool.drop(self)
        row, self._row = self._row, None
        if row is not None:
            self._pool.done(row)

    def _answered(self, *, keep: bool) -> None:
        row, self._row, self._buffer = self._row, None, b""
        if keep and self._pool.keeps:
            self._pool.idle.append(self)
        elif self._transport:
            self._transport.close()
        if row is not None:
            self._pool.done(row)


class Pool:
    """Idle connections to one balancer."""

    def __init__(self, load: "Load", port: int, *, keeps: bool) -> None:
        self._load = load
        self._port = port
        self.keeps = keeps
        self.idle: list[Line] = []

    async def send(self, row: Row, wire: bytes) -> None:
        """Send by a new connection."""
        loop = asyncio.get_running_loop()
        try:
            _, line = await loop.create_connection(lambda: Line(self), "127.0.0.1", self._port)
        except OSError:
            self.done(row)
            return
        line.carry(row, wire)

    def done(self, row: Row) -> None:
        """*row* was answered, or never will be."""
        self._load.done(row)

    def drop(self, line: Line) -> None:
        """The other side closed an idle connection."""
        if line in self.idle:
            self.idle.remove(line)


class Resolver:
    """One client's cache of a name: a weighted answer that is kept for as long as its TTL says."""

    def __init__(self, zone: Path, chance: random.Random, ahead_s: float) -> None:
        self._zone = zone
        self._chance = chance
        self._until = ahead_s
        self._port = self._ask()[1]

    def port(self, now: float) -> int:
        """The address in use; asks again only when the kept answer has run out."""
        if now >= self._until:
            ttl_s, self._port = self._ask()
            self._until = now + ttl_s
        return self._port

    def _ask(self) -> tuple[float, int]:
        zone = json.loads(self._zone.read_text(encoding="utf-8"))
        ports, weights = zip(*zone["records"], strict=True)
        return zone["ttl_s"], self._chance.choices(ports, weights)[0]


class Load:
    """Sends on schedule until told to end, and keeps a row of every request."""

    def __init__(self, orders: dict[str, object]) -> None:
        self._rate = float(str(orders["rate"]))
        self._posts = float(str(orders["posts"]))
        self._keeps = bool(orders["keepalive"])
        self._chance = random.Random(str(orders["seed"]))  # noqa: S311  a load, not a secret
        self._prefix = str(orders["prefix"])
        mix = orders["mix"]
        self._mix: list[tuple[float, float]] = [tuple(each) for each in mix]  # type: ignore[attr-defined]  # JSON has no static type
        self._zone = Path(str(orders["zone"]))
        self._resolvers: list[Resolver] = []
        self._pools: dict[int, Pool] = {}
        self._sending: set[asyncio.Task[None]] = set()
        self.rows: list[Row] = []
        self.under_way = 0
        self.bad = 0
        self.ending = asyncio.Event()
        self.ended = asyncio.Event()
        self._start = self._ticked = 0.0

    async def run(self) -> None:
        """Send until told to end, then wait for what is under way."""
        loop = asyncio.get_running_loop()
        self._start = self._ticked = now = loop.time()
        zone, chance = self._zone, self._chance
        self._resolvers = [Resolver(zone, chance, now + chance.random()) for _ in range(RESOLVERS)]
        self._tick()
        await self.ending.wait()
        if self.under_way:
            await asyncio.wait({loop.create_task(self.ended.wait())}, timeout=PATIENCE_S)

    def end(self) -> None:
        """Send nothing more."""
        self.ending.set()

    def done(self, row: Row) -> None:
        """One that was under way is not any more."""
        row.answered = asyncio.get_running_loop().time() if row.status else None
        self.under_way -= 1
        self.bad += not 200 <= row.status < 300  # noqa: PLR2004  the statuses that mean yes
        if self.ending.is_set() and not self.under_way:
            self.ended.set()

    def _tick(self) -> None:
        if self.ending.is_set():
            return
        loop = asyncio.get_running_loop()
        now, self._ticked, since = loop.time(), loop.time(), self._ticked
        may = 1 + int(CATCH_UP * self._rate * min(now - since, TICK_S))
        while (due := self._start + len(self.rows) / self._rate) <= now and may:
            self._fire(due, now)
            may -= 1
        loop.call_at(max(due, now + TICK_S / 10), self._tick)

    def _fire(self, due: float, now: float) -> None:
        number = len(self.rows)
        method = "POST" if self._chance.random() < self._posts else "GET"
        row = Row(f"{self._prefix}{number}", method, due, now)
        self.rows.append(row)
        self.under_way += 1
        takes_s = self._chance.choices(self._mix, [weight for weight, _ in self._mix])[0][1]
        wire = _wire(row, takes_s, keeps=self._keeps)
        port = self._resolvers[number % RESOLVERS].port(now)
        pool = self._pools.setdefault(port, Pool(self, port, keeps=self._keeps))
        if pool.idle:
            pool.idle.pop().carry(row, wire)
        else:
            task = asyncio.get_running_loop().create_task(pool.send(row, wire))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)


def _wire(row: Row, takes_s: float, *, keeps: bool) -> bytes:
    body = f"id={row.id}" if row.method == "POST" else ""
    last = "" if keeps else "Connection: close\r\n"
    size = f"Content-Length: {len(body)}\r\n" if body else ""
    target = f"/work/{row.id}?s={takes_s:g}"
    return f"{row.method} {target} HTTP/1.1\r\nHost: rehearsal\r\n{last}{size}\r\n{body}".encode()


def _head(head: bytes) -> tuple[int, int | None, str, bool]:
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    length = fields.get("content-length")
    closes = fields.get("connection", "").lower() == "close" or first.startswith("HTTP/1.0")
    replica = fields.get("x-replica", "")
    return int(first.split(" ", 2)[1]), int(length) if length else None, replica, closes


async def _report(load: Load) -> None:
    while not load.ending.is_set():
        sys.stdout.write(f"{len(load.rows)} {load.under_way} {load.bad}\n")
        sys.stdout.flush()
        await asyncio.sleep(REPORT_S)


def _write(load: Load, file: Path) -> None:
    with file.open("w", encoding="utf-8") as out:
        for row in load.rows:
            cells = (row.id, row.due, row.sent, row.answered, row.status, row.replica, row.method)
            out.write(json.dumps(cells) + "\n")


async def _main() -> None:
    orders = json.loads(sys.stdin.read())
    load = Load(orders)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, load.end)
    report = loop.create_task(_report(load))
    await load.run()
    report.cancel()
    _write(load, Path(orders["out"]))


def main() -> None:
    """Send until told to end."""
    gc.disable()  # rows only ever grow; a collection of all of them would make requests late
    asyncio.run(_main())
