"""A node is drained: its replicas are stopped together, and their successors start only then."""

import asyncio

from awsteward.rollout.model import NodeDrain
from awsteward.rollout.rehearse.plays.scene import Scene
from awsteward.rollout.rehearse.stop import Replica


async def play(drain: NodeDrain, scene: Scene) -> None:
    """Drain as many nodes as there are rounds."""
    fleet = list(scene.fleet)
    for _ in range(drain.rounds):
        going, fleet = fleet[: drain.at_once], fleet[drain.at_once :]
        fleet += await _evicted(going, scene)


async def _evicted(going: list[Replica], scene: Scene) -> list[Replica]:
    stage, balancer = scene.stage, scene.balancer
    async with asyncio.TaskGroup() as both:
        coming = [both.create_task(stage.grow(balancer)) for _ in going]
        for each in going:
            both.create_task(stage.stop(each, balancer))
    return [each.result() for each in coming]
