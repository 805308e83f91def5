"""A queue in the balancer's place: the load sends to it, replicas take from it when they like.

Nothing enters and nothing leaves; the load's answer says that the queue has the message.
"""

import asyncio

from awsteward.core.errors import RemoteError
from awsteward.rollout.rehearse.processes import Processes
from awsteward.rollout.rehearse.servers import answers, ours

SETTLES_WITHIN_S = 60.0
LOOKS_EVERY_S = 0.1
SPARE_S = 0.3


class Queue:
    """The queue's process."""

    def __init__(
        self, port: int, processes: Processes, visibility_s: float, longest_s: float,
        *, hands_over: bool,
    ) -> None:  # fmt: skip
        self.port = port
        self._processes = processes
        self._longest_s = longest_s
        self._words = (
            *("--port", str(port), "--visibility", f"{visibility_s:g}"),
            *(("--hands-over",) if hands_over else ()),
        )

    async def start(self) -> None:
        """Come up."""
        await self._processes.start("queue", ours("queue_server", *self._words))
        await self._processes.answers("queue", lambda: answers(self.port))

    async def enter(self, name: str, port: int, weight: int) -> None:
        """Nothing: a consumer begins by itself."""

    async def weigh(self, name: str, weight: int) -> None:
        """Nothing: consumers take what they can."""

    async def leave(self, name: str) -> None:
        """Nothing: a queue knows no targets."""

    async def cut(self, name: str) -> None:
        """Nothing: there are no connections to cut."""

    async def forget(self, name: str) -> None:
        """Nothing."""

    async def settled(self) -> None:
        """Wait until none is left, and for as long as who took the last one may need."""
        loop = asyncio.get_running_loop()
        until = loop.time() + SETTLES_WITHIN_S
        while await self._depth():
            if loop.time() > until:
                raise RemoteError("the queue is not empty after a minute: too few consumers?")
            await asyncio.sleep(LOOKS_EVERY_S)
        await asyncio.sleep(self._longest_s + SPARE_S)

    async def _depth(self) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(b"GET /depth HTTP/1.1\r\nHost: queue\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        depth = int(await reader.read(20))
        writer.close()
        return depth
