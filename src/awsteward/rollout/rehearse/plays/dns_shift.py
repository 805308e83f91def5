"""A shift by DNS weights from one load balancer to another, and the end of the first one's fleet.

The old side is stopped only when every kept answer has run out. Clients that keep an address for
longer than its TTL says are not rehearsed here; they exist.
"""

import asyncio

from awsteward.rollout.model import DnsShift
from awsteward.rollout.rehearse.plays.scene import Scene
from awsteward.rollout.rehearse.run import Happened

STEPS = ((50, 50), (0, 100))


async def play(shift: DnsShift, scene: Scene) -> None:
    """Shift to the other balancer and back, as often as there are rounds."""
    old, fleet, stage = 0, scene.fleet, scene.stage
    for _ in range(shift.rounds):
        new = 1 - old
        fresh = await asyncio.gather(*(stage.grow(scene.balancers[new]) for _ in fleet))
        for there, here in STEPS:
            stage.mark(Happened.WEIGHT, detail=f"{here} % to balancer {new + 1}")
            scene.shift(shift.ttl_s, (there, here) if new else (here, there))
            await asyncio.sleep(shift.ttl_s)
        await asyncio.gather(*(stage.stop(each, scene.balancers[old]) for each in fleet))
        old, fleet = new, tuple(fresh)
