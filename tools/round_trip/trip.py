"""One create call there and back: SDK -> record -> recognised -> tagged -> listed -> confirmed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import boto3
import msgspec
from moto import mock_aws

from awsteward.clients.aws.door import Boto
from awsteward.demo.recorder.overhear import overhear
from awsteward.demo.recorder.principal import Principal
from awsteward.demo.recorder.record import Stamp
from awsteward.demo.recorder.values import Json
from awsteward.tags.apply.attempt import Clock, Target
from awsteward.tags.apply.current import current
from awsteward.tags.apply.write import write
from awsteward.tags.model.outcome import Failed
from awsteward.tags.model.plan import Origin, Write
from awsteward.tags.model.reading import Resource
from awsteward.tags.read.recognise import Resources, recognise
from awsteward.tags.read.record import Record
from tools.round_trip.attempt import Broke, attempt
from tools.round_trip.oracle import Proof, proof, texts
from tools.round_trip.recipes import recipes
from tools.round_trip.world import World

ACCOUNT = "123456789012"
_TAG = Write(key="Owner", value="round-trip", origin=Origin.CONSTANT)
_WHO = Principal(
    identity={
        "type": "IAMUser",
        "arn": f"arn:aws:iam::{ACCOUNT}:user/traveller",
        "accountId": ACCOUNT,
        "userName": "traveller",
    },
    user_agent="Boto3",
    address="127.0.0.1",
)
_NOW = datetime(2026, 1, 5, tzinfo=UTC)
_STILL = Clock(now=lambda: datetime(2026, 1, 6, tzinfo=UTC), sleep=lambda _: None, jitter=lambda: 0)


class Stop(StrEnum):
    """The station at which a trip ended too early."""

    CREATE = "create"
    RECOGNISE = "recognise"
    ORACLE = "oracle"
    TAG = "tag"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Arrived:
    """The tag is on the right resource."""

    proof: Proof


@dataclass(frozen=True, slots=True)
class Stopped:
    """The trip ended at *where*; *why* says what the station said."""

    where: Stop
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """One call and how its trip ended."""

    service: str
    operation: str
    end: Arrived | Stopped


def trips(service: str, operations: tuple[str, ...]) -> Iterator[Trip]:
    """Make the trips of one service, in an emulated account of their own."""
    with mock_aws():
        session = boto3.Session("testing", "testing", region_name="eu-west-1")
        heard: list[dict[str, Json]] = []
        stamps = _stamps()
        world = World(
            session,
            recipes(),
            lambda client: overhear(client, _WHO, ACCOUNT, stamps, heard.append),
        )
        for operation in operations:
            end = _trip(world, session, service, operation, heard)
            yield Trip(service=service, operation=operation, end=end)


def _trip(
    world: World, session: boto3.Session, service: str, operation: str, heard: list[Any]
) -> Arrived | Stopped:
    created = attempt(lambda: _create(world, service, operation))
    if isinstance(created, Broke):
        return Stopped(Stop.CREATE, created.why)
    new = texts(service) - created
    found = recognise(msgspec.json.decode(json.dumps(heard[-1]), type=Record))
    if not isinstance(found, Resources):
        return Stopped(Stop.RECOGNISE, found.why)
    return _tagged(found.resources, new, Boto(session=session))


def _create(world: World, service: str, operation: str) -> frozenset[str]:
    """Make the call; give what the emulator held just before."""
    params = world.params(service, operation)
    before = texts(service)
    world.call(service, operation, params)
    return before


def _tagged(resources: tuple[Resource, ...], new: frozenset[str], door: Boto) -> Arrived | Stopped:
    """Tag and list every resource; the weakest proof is the call's."""
    proofs = []
    for resource in resources:
        if (found := proof(resource, new)) is None:
            return Stopped(Stop.ORACLE, f"moto holds no new {resource.ref}")
        if (stopped := _visit(resource, door)) is not None:
            return stopped
        proofs.append(found)
    return Arrived(max(proofs))


def _visit(resource: Resource, door: Boto) -> Stopped | None:
    target = Target(resource=resource, born=_NOW)
    outcome = attempt(lambda: write(target, [_TAG], door, _STILL))
    if isinstance(outcome, Failed | Broke):
        return Stopped(Stop.TAG, outcome.why)
    shown = attempt(lambda: current(target, door, _STILL))
    if isinstance(shown, Broke):
        return Stopped(Stop.LIST, shown.why)
    if isinstance(shown, Failed):
        return Stopped(Stop.LIST, shown.why)
    if shown.tags.get(_TAG.key) != _TAG.value:
        return Stopped(Stop.LIST, f"the service lists {dict(shown.tags)}")
    return None


def _stamps() -> Iterator[Stamp]:
    number = 0
    while True:
        number += 1
        yield Stamp(at=_NOW, event_id=f"event-{number}", request_id=f"request-{number}")
