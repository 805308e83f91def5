"""Puts the real parts of a rehearsal together: balancers, the kind of server, the database."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import assert_never

from awsteward.rollout.model import Case, DnsShift, Failover
from awsteward.rollout.rehearse import ports
from awsteward.rollout.rehearse.balancers.balancer import Balancer
from awsteward.rollout.rehearse.balancers.envoy import Envoy
from awsteward.rollout.rehearse.balancers.haproxy import Haproxy
from awsteward.rollout.rehearse.balancers.nginx import Nginx
from awsteward.rollout.rehearse.balancers.queue import Queue
from awsteward.rollout.rehearse.parts import BalancerKind, Parts, ServerKind
from awsteward.rollout.rehearse.processes import Processes
from awsteward.rollout.rehearse.programs import found
from awsteward.rollout.rehearse.servers import Consumer, Plain, Pod, Server, gunicorn, ours, uvicorn
from awsteward.rollout.rehearse.stage import DATABASE

PATIENCE = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """What stands ready when the fleet starts."""

    balancers: tuple[Balancer, ...]
    server: Server

    @property
    def doors(self) -> Iterator[int]:
        """Where the load can go."""
        return (each.port for each in self.balancers)


async def equip(
    case: Case, parts: Parts, processes: Processes, folder: Path, chance: random.Random
) -> Equipment:
    """Start everything but the fleet."""
    match parts.server:
        case ServerKind.CONSUMER | ServerKind.BATCH:
            equipment = _with_queue(case, parts, processes, chance)
        case _:
            equipment = await _with_balancers(case, parts, processes, folder, chance)
    for each in equipment.balancers:
        await each.start()
    return equipment


def _with_queue(case: Case, parts: Parts, processes: Processes, chance: random.Random) -> Equipment:
    port = ports.free(chance)
    hands_over = parts.server is ServerKind.BATCH
    visible_again_s = 2 * case.stopping.grace_s
    longest_s = max(each.takes_s for each in case.load.mix)
    queue = Queue(port, processes, visible_again_s, longest_s, hands_over=hands_over)
    consumer = Consumer(
        fleet=case.fleet, stopping=case.stopping, queue=port, workers=workers_needed(case)
    )
    return Equipment(balancers=(queue,), server=consumer)


def workers_needed(case: Case) -> int:
    """So many that one replica fewer still keeps up, and then half as many again."""
    weights = sum(each.weight for each in case.load.mix)
    mean_s = sum(each.weight * each.takes_s for each in case.load.mix) / weights
    left = max(1, case.fleet.replicas - 1)
    return max(1, ceil(1.5 * case.load.rate * mean_s / left))


async def _with_balancers(
    case: Case, parts: Parts, processes: Processes, folder: Path, chance: random.Random
) -> Equipment:
    count = 2 if isinstance(case.play, DnsShift) else 1
    balancers = tuple(_balancer(parts, processes, folder, chance) for _ in range(count))
    if not isinstance(case.play, Failover):
        return Equipment(balancers=balancers, server=_server(case, parts.server, chance))
    file = folder / "database.db"
    port = await _database(case.play, processes, file, chance)
    patience_s = PATIENCE * case.play.seconds_s
    server = Plain(fleet=case.fleet, stopping=case.stopping, database=(port, patience_s))
    return Equipment(balancers=balancers, server=server)


def _server(case: Case, kind: ServerKind, chance: random.Random) -> Server:
    match kind:
        case ServerKind.GUNICORN:
            return gunicorn(found("gunicorn"), case.stopping)
        case ServerKind.UVICORN:
            return uvicorn(found("uvicorn"), case.stopping)
        case ServerKind.NGINX:
            return Pod(
                nginx=found("nginx"), fleet=case.fleet, stopping=case.stopping, chance=chance
            )
        case _:
            return Plain(fleet=case.fleet, stopping=case.stopping)


def _balancer(parts: Parts, processes: Processes, folder: Path, chance: random.Random) -> Balancer:
    port = ports.free(chance)
    match parts.balancer:
        case BalancerKind.HAPROXY:
            return Haproxy(found("haproxy"), folder, port, ports.free(chance), processes)
        case BalancerKind.ENVOY:
            return Envoy(found("envoy"), folder, port, ports.free(chance), processes)
        case BalancerKind.NGINX:
            return Nginx(found("nginx"), folder, port, processes)
        case _:
            assert_never(parts.balancer)


async def _database(play: Failover, processes: Processes, file: Path, chance: random.Random) -> int:
    port = ports.free(chance)
    words = ("--port", str(port), "--ledger", str(file), "--away", f"{play.seconds_s:g}")
    await processes.start(DATABASE, ours("database", *words))
    await processes.answers(DATABASE, lambda: ports.open_to(port))
    return port
