"""HAProxy as the load balancer: no retries, no health checks, connections to targets reused.

Retries and health checks would hide what a rehearsal is there to show; an ALB does not send a POST
twice either. Targets sit in slots that were configured ahead, which every HAProxy since 1.8 can
fill over its admin port; a slot is used again as late as possible. (A socket file would do, but its
path may be 97 characters long at most, which temporary folders are not everywhere.)
"""

import asyncio
from collections import deque
from pathlib import Path

from awsteward.core.errors import RemoteError
from awsteward.rollout.rehearse.processes import Processes

SLOTS = 64
BACKEND = "targets"


def config(port: int, admin_port: int, slots: int = SLOTS) -> str:
    """The whole configuration file."""
    return f"""global
  stats socket ipv4@127.0.0.1:{admin_port} level admin
  stats timeout 1h
  nbthread 1
  maxconn 8000
defaults
  mode http
  retries 0
  http-reuse always
  option http-keep-alive
  timeout connect 10s
  timeout client 1h
  timeout server 1h
  timeout http-keep-alive 1h
  timeout http-request 1h
frontend in
  bind 127.0.0.1:{port} backlog 4096
  default_backend {BACKEND}
backend {BACKEND}
  balance roundrobin
  server-template slot 1-{slots} 127.0.0.1:9 disabled weight 100
"""


class Haproxy:
    """One HAProxy process and its admin port."""

    def __init__(
        self, program: str, folder: Path, port: int, admin_port: int, processes: Processes
    ) -> None:
        self.port = port
        self._program = program
        self._folder = folder
        self._admin_port = admin_port
        self._processes = processes
        self._free = deque(f"slot{number}" for number in range(1, SLOTS + 1))
        self._slots: dict[str, str] = {}

    async def start(self) -> None:
        """Come up; it is up when its admin port answers."""
        file = self._folder / f"haproxy-{self.port}.cfg"
        file.write_text(config(self.port, self._admin_port), encoding="utf-8")
        name = f"haproxy-{self.port}"
        await self._processes.start(name, (self._program, "-db", "-f", str(file)))
        await self._processes.answers(name, self._is_up)

    async def enter(self, name: str, port: int, weight: int) -> None:
        """Fill a slot and open it."""
        slot = self._slots[name] = self._free.popleft()
        await self._ask(f"set server {BACKEND}/{slot} addr 127.0.0.1 port {port}")
        await self.weigh(name, weight)
        await self._ask(f"set server {BACKEND}/{slot} state ready")

    async def weigh(self, name: str, weight: int) -> None:
        """Weights go from 0 to 256."""
        await self._ask(f"set server {BACKEND}/{self._slots[name]} weight {weight}")

    async def leave(self, name: str) -> None:
        """What ALB calls draining."""
        await self._ask(f"set server {BACKEND}/{self._slots[name]} state drain")

    async def cut(self, name: str) -> None:
        """End its sessions."""
        await self._ask(f"shutdown sessions server {BACKEND}/{self._slots[name]}")

    async def forget(self, name: str) -> None:
        """Close the slot; it is the last to be filled again."""
        slot = self._slots.pop(name)
        await self._ask(f"set server {BACKEND}/{slot} state maint")
        self._free.append(slot)

    async def settled(self) -> None:
        """At once: the load itself has waited for its answers."""

    async def _is_up(self) -> bool:
        try:
            await self._ask("show version")
        except OSError:
            return False
        return True

    async def _ask(self, command: str) -> str:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._admin_port)
        writer.write(command.encode() + b"\n")
        answer = (await reader.read()).decode().strip()
        writer.close()
        await writer.wait_closed()
        if answer.startswith(("No such", "Unknown", "Require", "Permission", "Failed")):
            raise RemoteError(f"haproxy did not take `{command}`: {answer}")
        return answer
