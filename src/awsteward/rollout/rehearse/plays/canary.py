"""A canary: the new fleet gets a small share of the requests, then more, at last all of them."""

import asyncio

from awsteward.rollout.model import (
    WHOLE,
    Canary,
)
from awsteward.rollout.rehearse.plays.scene import Scene
from awsteward.rollout.rehearse.run import Happened


async def play(canary: Canary, scene: Scene) -> None:
    """Go through the weights (per cent for the new fleet), then stop the old one."""
    stage, balancer, old = scene.stage, scene.balancer, scene.fleet
    new = await asyncio.gather(*(stage.start() for _ in old))
    for each in new:
        await stage.enter(each, balancer, weight=0)
    for weight in canary.weights:
        stage.mark(Happened.WEIGHT, detail=f"{weight} %")
        for each in new:
            await balancer.weigh(each.name, weight)
        for each in old:
            await balancer.weigh(each.name, WHOLE - weight)
        await asyncio.sleep(canary.step_s)
    await asyncio.gather(*(stage.stop(each, balancer) for each in old))
