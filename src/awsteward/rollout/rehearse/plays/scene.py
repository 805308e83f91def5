"""What a play plays with: the stage, the balancer or two of them, and what is in service."""

from collections.abc import Callable
from dataclasses import dataclass

from awsteward.rollout.rehearse.balancers.balancer import Balancer
from awsteward.rollout.rehearse.stage import Stage
from awsteward.rollout.rehearse.stop import Replica

Shift = Callable[[float, tuple[int, ...]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """*fleet* is in service behind the first of *balancers* when the play begins.

    *shift* changes the weights by which the service's name leads to the balancers.
    """

    stage: Stage
    balancers: tuple[Balancer, ...]
    fleet: tuple[Replica, ...]
    shift: Shift

    @property
    def balancer(self) -> Balancer:
        """The one that everything but a DNS shift plays behind."""
        return self.balancers[0]
