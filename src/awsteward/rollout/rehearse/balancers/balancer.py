"""The door to a load balancer, as a rehearsal needs one: targets come, are weighed, and leave."""

from typing import Protocol


class Balancer(Protocol):
    """A real load balancer, under the load of a rehearsal."""

    @property
    def port(self) -> int:
        """Where the load goes."""

    async def start(self) -> None:
        """Come up; RemoteError where it does not."""

    async def enter(self, name: str, port: int, weight: int) -> None:
        """Send requests there from now on; *weight* is its share beside the others'."""

    async def weigh(self, name: str, weight: int) -> None:
        """Change the share; 0 sends nothing new."""

    async def leave(self, name: str) -> None:
        """Send nothing new there; what is in flight goes on."""

    async def cut(self, name: str) -> None:
        """The deregistration delay is over: end what is still in flight."""

    async def forget(self, name: str) -> None:
        """The target is gone."""

    async def settled(self) -> None:
        """The load has ended: wait until nothing is left that was accepted and not done."""
