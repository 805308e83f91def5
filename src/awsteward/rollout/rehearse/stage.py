"""The stage of a rehearsal: replicas come up, enter the balancer, and are stopped.

The balancer's side of a stop and the replica's side run beside each other, as they do on AWS.
"""

import asyncio
import itertools
import random
import signal
import time
from pathlib import Path

from awsteward.rollout.model import (
    WHOLE,
    Case,
)
from awsteward.rollout.rehearse import ports
from awsteward.rollout.rehearse.balancers.balancer import Balancer
from awsteward.rollout.rehearse.processes import Processes
from awsteward.rollout.rehearse.run import Happened, Mark, Stop
from awsteward.rollout.rehearse.servers import Server
from awsteward.rollout.rehearse.stop import Replica, stop

DATABASE = "database"


class Stage:
    """Replicas in service and what happened to all there ever were."""

    def __init__(
        self, case: Case, server: Server, processes: Processes, folder: Path, chance: random.Random
    ) -> None:
        self.case = case
        self.marks: list[Mark] = []
        self.stops: list[Stop] = []
        self._server = server
        self._processes = processes
        self._folder = folder
        self._chance = chance
        self._origin = time.monotonic()
        self._numbers = itertools.count(1)
        self._cuts: set[asyncio.Task[None]] = set()

    async def start(self) -> Replica:
        """A replica that is up, and in no balancer yet."""
        name = f"r{next(self._numbers)}"
        port = ports.free(self._chance)
        ledger = self._folder / f"{name}.db"
        command = self._server.command(name, port, ledger)
        self.mark(Happened.STARTED, name)
        process = await self._processes.start(name, command)
        watched = self._server.watched(port, ledger, process.pid)
        replica = Replica(
            name=name, port=port, process=process, gate=watched,
            stop_signal=self._server.stop_signal,
        )  # fmt: skip
        await self._processes.answers(name, lambda: self._server.is_up(port, ledger))
        return replica

    async def enter(self, replica: Replica, balancer: Balancer, weight: int = WHOLE) -> None:
        """Let the balancer send requests to *replica*."""
        await balancer.enter(replica.name, replica.port, weight)
        self.mark(Happened.READY, replica.name)

    async def grow(self, balancer: Balancer) -> Replica:
        """A new replica in service."""
        replica = await self.start()
        await self.enter(replica, balancer)
        return replica

    async def stop(self, replica: Replica, balancer: Balancer) -> Stop:
        """Ask for deregistration and stop at once; back when it is gone and out of the balancer."""
        asked_s = self.mark(Happened.DEREGISTER, replica.name)
        out = asyncio.create_task(self._out(replica, balancer))
        done = await stop(
            replica, self.case.stopping, self._processes, asked_s,
            lambda what: self.mark(what, replica.name),
        )  # fmt: skip
        self.stops.append(done)
        await out
        await balancer.forget(replica.name)
        return done

    async def _out(self, replica: Replica, balancer: Balancer) -> None:
        await asyncio.sleep(self.case.balancer.propagation_s)
        await balancer.leave(replica.name)
        self.mark(Happened.OUT, replica.name)
        cut = asyncio.create_task(self._cut(replica, balancer))
        self._cuts.add(cut)
        cut.add_done_callback(self._cuts.discard)

    async def _cut(self, replica: Replica, balancer: Balancer) -> None:
        await asyncio.sleep(self.case.balancer.deregistration_delay_s)
        if replica.process.returncode is None:
            await balancer.cut(replica.name)

    def begin(self) -> float:
        """The load begins now: marks count from here, those before it are forgotten."""
        self.marks.clear()
        self._origin = time.monotonic()
        return self._origin

    def fail_over(self) -> None:
        """The database's primary goes away."""
        self._processes.signal(DATABASE, signal.SIGUSR1)

    def close(self) -> None:
        """Nothing is left to be cut."""
        for each in self._cuts:
            each.cancel()

    def mark(self, what: Happened, replica: str = "", detail: str = "") -> float:
        """Note that something happened, and when."""
        at_s = time.monotonic() - self._origin
        self.marks.append(Mark(at_s=at_s, what=what, replica=replica, detail=detail))
        return at_s
