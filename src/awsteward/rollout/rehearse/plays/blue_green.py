"""Blue-green: a whole second fleet comes up and enters, then the whole first one goes at once."""

import asyncio

from awsteward.rollout.model import BlueGreen
from awsteward.rollout.rehearse.plays.scene import Scene


async def play(blue_green: BlueGreen, scene: Scene) -> None:
    """Change colours, as often as there are rounds."""
    blue, stage = scene.fleet, scene.stage
    for _ in range(blue_green.rounds):
        green = await asyncio.gather(*(stage.start() for _ in blue))
        for each in green:
            await stage.enter(each, scene.balancer)
        await asyncio.gather(*(stage.stop(each, scene.balancer) for each in blue))
        blue = tuple(green)
