"""nginx as the load balancer: a reload for every change, no second tries.

A reload replaces the worker. The old one ends what is in flight and closes what is idle
at that moment, so a client that reuses connections and never tries again can lose a request to the
reload itself. Rehearse with ``keepalive: false`` to see what the stop of a target loses.
"""

import asyncio
import signal
from pathlib import Path

from awsteward.core.errors import RemoteError
from awsteward.rollout.rehearse.nginx_config import config
from awsteward.rollout.rehearse.processes import Processes

TAKEN_WITHIN_S = 5.0
LOOKS_EVERY_S = 0.01


class Nginx:
    """One nginx master and its configuration file."""

    def __init__(self, program: str, folder: Path, port: int, processes: Processes) -> None:
        self.port = port
        self._program = program
        self._folder = folder
        self._name = f"nginx-{port}"
        self._file = folder / f"nginx-{port}.conf"
        self._processes = processes
        self._targets: dict[str, tuple[int, int]] = {}
        self._generation = 1
        self._changing = asyncio.Lock()

    async def start(self) -> None:
        """Come up."""
        self._write()
        command = (self._program, "-p", str(self._folder), "-c", str(self._file))
        await self._processes.start(self._name, command)
        await self._processes.answers(self._name, self._taken)

    async def enter(self, name: str, port: int, weight: int) -> None:
        """One more server."""
        await self._change({**self._targets, name: (port, weight)})

    async def weigh(self, name: str, weight: int) -> None:
        """Another weight."""
        await self._change({**self._targets, name: (self._targets[name][0], weight)})

    async def leave(self, name: str) -> None:
        """Out of the configuration; the old worker ends what is in flight."""
        await self.weigh(name, 0)

    async def cut(self, name: str) -> None:
        """Nothing: nginx cuts no requests of one server."""

    async def forget(self, name: str) -> None:
        """It has left already."""
        self._targets = {key: each for key, each in self._targets.items() if key != name}

    async def settled(self) -> None:
        """At once: the load itself has waited for its answers."""

    async def _change(self, targets: dict[str, tuple[int, int]]) -> None:
        self._targets = targets
        async with self._changing:
            self._generation += 1
            self._write()
            self._processes.signal(self._name, signal.SIGHUP)
            loop = asyncio.get_running_loop()
            until = loop.time() + TAKEN_WITHIN_S
            while not await self._taken():
                if loop.time() > until:
                    raise RemoteError("nginx did not take its new configuration")
                await asyncio.sleep(LOOKS_EVERY_S)

    def _write(self) -> None:
        targets = tuple(self._targets.values())
        text = config(self.port, targets, self._folder, self._generation)
        self._file.write_text(text, encoding="utf-8")

    async def _taken(self) -> bool:
        head = b"GET /generation HTTP/1.1\r\nHost: nginx\r\nConnection: close\r\n\r\n"
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(head)
            answer = await reader.read()
        except OSError:
            return False
        writer.close()
        return answer.endswith(f"\r\n\r\n{self._generation}".encode())
