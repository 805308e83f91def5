"""Runs one case from the empty stage to the reckoning. Nothing that it starts outlives it."""

import asyncio
import random
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from awsteward.rollout.model import (
    BlueGreen,
    Canary,
    Case,
    DnsShift,
    Failover,
    NodeDrain,
    Play,
    Rolling,
    ScaleIn,
    Tally,
)
from awsteward.rollout.rehearse.equipment import equip
from awsteward.rollout.rehearse.ledger import committed
from awsteward.rollout.rehearse.parts import Parts
from awsteward.rollout.rehearse.plays import (
    blue_green,
    canary,
    dns_shift,
    failover,
    node_drain,
    rolling,
    scale_in,
)
from awsteward.rollout.rehearse.plays.scene import Scene
from awsteward.rollout.rehearse.processes import Processes
from awsteward.rollout.rehearse.reconcile import reconcile
from awsteward.rollout.rehearse.run import Mark, Reckoning, Request, Stop
from awsteward.rollout.rehearse.sender import Counts, Sender, write_zone
from awsteward.rollout.rehearse.stage import Stage

WARM_S = 0.5
LONG_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Everything that was observed, before anybody judges it."""

    requests: tuple[Request, ...]
    reckoning: Reckoning
    marks: tuple[Mark, ...]
    stops: tuple[Stop, ...]

    def tally(self) -> Tally:
        """The counts."""
        return Tally(
            sent=len(self.requests), answered=sum(each.accepted for each in self.requests),
            lost=len(self.reckoning.lost), doubled=len(self.reckoning.doubled),
            committed_unanswered=len(self.reckoning.committed_unanswered),
            stops=len(self.stops), stop_s=tuple(each.took_s for each in self.stops),
        )  # fmt: skip


async def rehearse(case: Case, parts: Parts, seed: str, count: Counts) -> Seen:
    """Play *case* for real; *count* hears of the load while it runs."""
    with tempfile.TemporaryDirectory(prefix="rehearsal-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        processes = Processes(folder)
        try:
            return await _played(case, parts, seed, count, folder, processes)
        finally:
            await processes.end_all()


async def _played(
    case: Case, parts: Parts, seed: str, count: Counts, folder: Path, processes: Processes
) -> Seen:
    chance = random.Random()  # noqa: S311  for ports: two rehearsals at once must not agree
    equipment = await equip(case, parts, processes, folder, chance)
    zone = folder / "zone.json"
    weights = (100, *(0 for _ in equipment.balancers[1:]))
    ttl_s = case.play.ttl_s if isinstance(case.play, DnsShift) else LONG_S
    write_zone(zone, ttl_s, zip(equipment.doors, weights, strict=True))
    stage = Stage(case, equipment.server, processes, folder, chance)
    fleet = await asyncio.gather(
        *(stage.grow(equipment.balancers[0]) for _ in range(case.fleet.replicas))
    )
    scene = Scene(
        stage=stage, balancers=equipment.balancers, fleet=tuple(fleet),
        shift=lambda ttl_s, shares: write_zone(
            zone, ttl_s, zip(equipment.doors, shares, strict=True)
        ),
    )  # fmt: skip
    sender = Sender(case.load, zone, folder, processes)
    origin = stage.begin()
    await sender.start(seed, count)
    await asyncio.sleep(WARM_S)
    await _play(case.play, scene)
    await asyncio.sleep(max(WARM_S, origin + case.load.duration_s - time.monotonic()))
    requests = await sender.end(origin)
    for each in equipment.balancers:
        await each.settled()
    stage.close()
    return Seen(
        requests=requests, reckoning=reconcile(requests, committed(folder)),
        marks=tuple(stage.marks), stops=tuple(stage.stops),
    )  # fmt: skip


async def _play(play: Play, scene: Scene) -> None:
    match play:
        case Rolling():
            await rolling.play(play, scene)
        case BlueGreen():
            await blue_green.play(play, scene)
        case Canary():
            await canary.play(play, scene)
        case ScaleIn():
            await scale_in.play(play, scene)
        case NodeDrain():
            await node_drain.play(play, scene)
        case DnsShift():
            await dns_shift.play(play, scene)
        case Failover():
            await failover.play(play, scene)
        case _:
            assert_never(play)
