"""``awsteward deploy status``: whether the stack's parts are there, at work, and keeping up."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from awsteward.cli.clock import CLOCK
from awsteward.cli.deploy.stacks import stacks
from awsteward.clients.aws.dynamo.reins import DynamoReins
from awsteward.clients.aws.refusals import given
from awsteward.clients.aws.stack import SETTLED, Stack, Stacks
from awsteward.clients.reins import Reins
from awsteward.core.errors import ConfigError
from awsteward.core.printable import fit
from awsteward.tags.guard.hold import stopped, tripped

_WAITING = "ApproximateNumberOfMessages"
_COUNTS = (_WAITING, f"{_WAITING}NotVisible", f"{_WAITING}Delayed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the guard and how it is."""

    name: str
    well: bool
    what: str


def run(name: str, form: str) -> int:
    """Say how each part is; 1 where one is not well."""
    where = stacks()
    stack = where.find(name)
    if stack is None:
        raise ConfigError(f"there is no stack {name} in {where.region}; make it with `deploy up`")
    parts = list(_parts(where, stack))
    for part in parts:
        if form == "json":
            print(json.dumps(asdict(part)))
        else:
            print(f"{'ok' if part.well else 'LOOK':<6}{part.name:<14}{part.what}")
    return int(not all(part.well for part in parts))


def _parts(where: Stacks, stack: Stack) -> Iterator[Part]:
    settled = stack.status in SETTLED
    yield Part(name="stack", well=settled, what=" ".join(filter(None, (stack.status, stack.why))))
    yield Part(name="mode", well=True, what=stack.parameters.get("Mode", "?"))
    yield from _rules(where, stack.name)
    yield _mapping(where, stack.outputs["TakeFunction"])
    waiting, held, delayed = _counts(where, stack.outputs["QueueUrl"])
    yield Part(
        name="queue", well=True, what=f"{waiting} waiting, {held} in hand, {delayed} for later"
    )
    dead, *_ = _counts(where, stack.outputs["DeadLettersUrl"])
    hint = "; see `deploy redrive`" if dead else ""
    yield Part(name="dead letters", well=dead == 0, what=f"{dead}{hint}")
    yield from _reins(
        DynamoReins.of(where.door, stack.outputs["TableName"], where.region, CLOCK.now)
    )


def _reins(reins: Reins) -> Iterator[Part]:
    """The brakes that a person has to let go of, and how far the cells are."""
    pulled = reins.pulled()
    was_on = [*([stopped(pulled.stop)] if pulled.stop else []), *map(tripped, pulled.trips)]
    hint = "; see `tags resume`" if was_on else "none is on"
    yield Part(name="brakes", well=not was_on, what=fit("; ".join(was_on) + hint))
    cells = reins.cells()
    promoted = sum(known.promotion is not None for known in cells)
    what = f"{promoted:,} promoted, {len(cells) - promoted:,} observed; see `tags promote`"
    yield Part(name="cells", well=True, what=what)


def _rules(where: Stacks, name: str) -> Iterator[Part]:
    for logical_id, physical in sorted(where.parts(name, "AWS::Events::Rule").items()):
        rule = physical.rpartition("/")[2].rpartition("|")[2]
        state = _asked(where, "events", "DescribeRule", Name=rule)["State"]
        yield Part(name=f"rule {logical_id}", well=state.startswith("ENABLED"), what=state.lower())


def _mapping(where: Stacks, function: str) -> Part:
    told = _asked(where, "lambda", "ListEventSourceMappings", FunctionName=function)
    states = [each["State"] for each in told["EventSourceMappings"]]
    well = bool(states) and set(states) <= {"Enabled", "Creating", "Enabling", "Updating"}
    return Part(name="take", well=well, what=", ".join(states).lower() or "not at any queue")


def _counts(where: Stacks, queue: str) -> list[int]:
    told = _asked(where, "sqs", "GetQueueAttributes", QueueUrl=queue, AttributeNames=list(_COUNTS))[
        "Attributes"
    ]
    return [int(told[name]) for name in _COUNTS]


def _asked(where: Stacks, service: str, operation: str, **params: Any) -> Mapping[str, Any]:  # noqa: ANN401  SDK parameters
    return given(where.door.call("", where.region, service, operation, params))
