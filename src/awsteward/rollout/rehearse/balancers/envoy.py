"""Envoy as the load balancer: no retries, no health checks, no panic routing.

Targets come from a file that Envoy watches; it is replaced in one step, and Envoy has taken it when
its admin interface counts one more update. A target that leaves is marked DRAINING: nothing new is
sent there and what is in flight goes on.
"""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path

from awsteward.core.errors import RemoteError
from awsteward.rollout.rehearse.handover import put
from awsteward.rollout.rehearse.processes import Processes

CLUSTER = "targets"
TAKEN_WITHIN_S = 5.0
LOOKS_EVERY_S = 0.005
HTTP = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3"
ROUTER = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
ASSIGNMENT = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One endpoint; weight 0 is one that leaves."""

    port: int
    weight: int


def bootstrap(port: int, admin_port: int, targets: Path) -> dict[str, object]:
    """The whole configuration."""
    return {
        "node": {"id": "rehearsal", "cluster": "rehearsal"},
        "admin": {"address": _address(admin_port)},
        "static_resources": {
            "listeners": [
                {
                    "name": "in",
                    "address": _address(port),
                    "filter_chains": [{"filters": [_http()]}],
                }
            ],
            "clusters": [
                {
                    "name": CLUSTER,
                    "type": "EDS",
                    "connect_timeout": "1s",
                    "lb_policy": "ROUND_ROBIN",
                    "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
                    "circuit_breakers": {"thresholds": [_no_limits()]},
                    "eds_cluster_config": {
                        "eds_config": {
                            "resource_api_version": "V3",
                            "path_config_source": {"path": str(targets)},
                        }
                    },
                }
            ],
        },
    }


def assignment(targets: tuple[Target, ...], version: int) -> dict[str, object]:
    """The file of targets."""
    endpoints = [
        {
            "endpoint": {"address": _address(each.port)},
            "health_status": "HEALTHY" if each.weight else "DRAINING",
            "load_balancing_weight": each.weight or 1,
        }
        for each in targets
    ]
    resource = {
        "@type": ASSIGNMENT, "cluster_name": CLUSTER, "endpoints": [{"lb_endpoints": endpoints}]
    }  # fmt: skip
    return {"version_info": str(version), "resources": [resource]}


class Envoy:
    """One Envoy process, its file of targets and its admin interface."""

    def __init__(
        self, program: str, folder: Path, port: int, admin_port: int, processes: Processes
    ) -> None:
        self.port = port
        self._program = program
        self._admin_port = admin_port
        self._folder = folder / f"envoy-{port}"
        self._processes = processes
        self._targets: dict[str, Target] = {}
        self._version = 0

    async def start(self) -> None:
        """Come up."""
        self._folder.mkdir()
        self._write()
        file = self._folder / "envoy.json"
        config = bootstrap(self.port, self._admin_port, self._folder / "targets.json")
        file.write_text(json.dumps(config), encoding="utf-8")
        name = f"envoy-{self.port}"
        command = (
            *(self._program, "-c", str(file), "--use-dynamic-base-id"),
            *("--concurrency", "1", "--log-level", "error"),
        )
        await self._processes.start(name, command)
        await self._processes.answers(name, self._is_up)

    async def enter(self, name: str, port: int, weight: int) -> None:
        """One more endpoint."""
        await self._change({**self._targets, name: Target(port=port, weight=weight)})

    async def weigh(self, name: str, weight: int) -> None:
        """Another weight."""
        target = Target(port=self._targets[name].port, weight=weight)
        await self._change({**self._targets, name: target})

    async def leave(self, name: str) -> None:
        """DRAINING."""
        await self.weigh(name, 0)

    async def cut(self, name: str) -> None:
        """Nothing: Envoy ends what is in flight only with the endpoint's own connections."""

    async def forget(self, name: str) -> None:
        """One endpoint less."""
        await self._change({key: each for key, each in self._targets.items() if key != name})

    async def settled(self) -> None:
        """At once: the load itself has waited for its answers."""

    async def _change(self, targets: dict[str, Target]) -> None:
        self._targets = targets
        self._write()
        loop = asyncio.get_running_loop()
        until = loop.time() + TAKEN_WITHIN_S
        while await self._taken() != str(self._version):
            if loop.time() > until:
                raise RemoteError("envoy did not take its new file of targets")
            await asyncio.sleep(LOOKS_EVERY_S)

    def _write(self) -> None:
        self._version += 1
        content = assignment(tuple(self._targets.values()), self._version)
        put(self._folder / "targets.json", content)

    async def _taken(self) -> str:
        text = await self._ask(f"/stats?filter=cluster.{CLUSTER}.version_text")
        return text.rpartition('"')[0].rpartition('"')[2]

    async def _is_up(self) -> bool:
        try:
            live = "LIVE" in await self._ask("/ready")
            return live and await self._taken() == str(self._version)
        except OSError:
            return False

    async def _ask(self, target: str) -> str:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._admin_port)
        head = f"GET {target} HTTP/1.1\r\nHost: envoy\r\nConnection: close\r\n\r\n"
        writer.write(head.encode())
        answer = (await reader.read()).decode()
        writer.close()
        return answer.partition("\r\n\r\n")[2].strip()


def _address(port: int) -> dict[str, object]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _no_limits() -> dict[str, int]:
    many = 1_000_000
    return {"max_connections": many, "max_pending_requests": many, "max_requests": many}


def _http() -> dict[str, object]:
    route = {"match": {"prefix": "/"}, "route": {"cluster": CLUSTER, "timeout": "0s"}}
    hosts = [{"name": "all", "domains": ["*"], "routes": [route]}]
    config = {
        "@type": f"{HTTP}.HttpConnectionManager",
        "stat_prefix": "in",
        "route_config": {"virtual_hosts": hosts},
        "http_filters": [{"name": "router", "typed_config": {"@type": ROUTER}}],
    }
    return {"name": "http", "typed_config": config}
