"""Scaling in: replicas go and nothing comes in their place, until the next round needs them."""

import asyncio

from awsteward.rollout.model import ScaleIn
from awsteward.rollout.rehearse.plays.scene import Scene


async def play(scale_in: ScaleIn, scene: Scene) -> None:
    """Take replicas away at once; scale out again in between."""
    stage, balancer, fleet = scene.stage, scene.balancer, list(scene.fleet)
    for last in (number == scale_in.rounds for number in range(1, scale_in.rounds + 1)):
        going, fleet = fleet[: scale_in.by], fleet[scale_in.by :]
        await asyncio.gather(*(stage.stop(each, balancer) for each in going))
        if not last:
            fleet += await asyncio.gather(*(stage.grow(balancer) for _ in going))
