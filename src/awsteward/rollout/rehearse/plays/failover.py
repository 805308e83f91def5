"""A database fails over: its connections are cut, and for some seconds nobody takes new ones.

Nothing happens to the fleet. What is rehearsed is the pool: does it let go of connections that lead
nowhere, and is a commit asked for again until the new primary has it, once?
"""

import asyncio

from awsteward.rollout.model import Failover
from awsteward.rollout.rehearse.plays.scene import Scene
from awsteward.rollout.rehearse.run import Happened

AFTER_S = 1.0


async def play(failover: Failover, scene: Scene) -> None:
    """One failover."""
    scene.stage.fail_over()
    scene.stage.mark(Happened.DATABASE_AWAY)
    await asyncio.sleep(failover.seconds_s)
    scene.stage.mark(Happened.DATABASE_BACK)
    await asyncio.sleep(AFTER_S)
