"""A rolling update: a new replica first, then an old one goes, one by one."""

from awsteward.rollout.model import Rolling
from awsteward.rollout.rehearse.plays.scene import Scene


async def play(rolling: Rolling, scene: Scene) -> None:
    """Replace every replica, as often as there are rounds."""
    fleet = scene.fleet
    for _ in range(rolling.rounds):
        fresh = []
        for old in fleet:
            fresh.append(await scene.stage.grow(scene.balancer))
            await scene.stage.stop(old, scene.balancer)
        fleet = tuple(fresh)
