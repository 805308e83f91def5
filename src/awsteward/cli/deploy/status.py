"""``awsteward deploy status``: whether the stack's parts are there, at work, and keeping up."""

import json
from collections.abc import Iterator, Mapping, Sequence
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


_FAILED = ("FAILED", "INOPERABLE", "CANCELLED")
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackInstanceComprehensiveStatus.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the guard and how it is."""

    name: str
    well: bool
    what: str


def run(name: str, form: str) -> int:
    """Say how each part is; 1 where one is not well."""
    found = list(parts(stacks(), name))
    for part in found:
        if form == "json":
            print(json.dumps(asdict(part)))
        else:
            print(f"{'ok' if part.well else 'LOOK':<6}{part.name:<14}{part.what}")
    return int(not all(part.well for part in found))


def parts(where: Stacks, name: str) -> Iterator[Part]:
    """How each part is; ConfigError where there is no stack."""
    stack = where.find(name)
    if stack is None:
        raise ConfigError(f"there is no stack {name} in {where.region}; make it with `deploy up`")
    settled = stack.status in SETTLED
    yield Part(name="stack", well=settled, what=" ".join(filter(None, (stack.status, stack.why))))
    yield Part(name="mode", well=True, what=stack.parameters.get("Mode", "?"))
    yield from _rules(where, stack.name)
    yield from _members(where, stack)
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
        bus, _, rule = physical.rpartition("/")[2].rpartition("|")
        on = {"EventBusName": bus} if bus else {}
        state = _asked(where, "events", "DescribeRule", Name=rule, **on)["State"]
        yield Part(name=f"rule {logical_id}", well=state.startswith("ENABLED"), what=state.lower())


def _members(where: Stacks, stack: Stack) -> Iterator[Part]:
    """The member accounts of an organisation, by what did not go well with their stacks."""
    for physical in where.parts(stack.name, "AWS::CloudFormation::StackSet").values():
        asked = {"StackSetName": physical, "CallAs": stack.parameters.get("CallAs", "SELF")}
        told = _asked(where, "cloudformation", "DescribeStackSet", **asked)["StackSet"]
        regions = len(told.get("Regions", ()))
        yield Part(
            name="members", well=told["Status"] == "ACTIVE",
            what=f"{told['Status'].lower()}, in {regions} regions",
        )  # fmt: skip
        for status in _FAILED:
            wanted = [{"Name": "DETAILED_STATUS", "Values": status}]
            listed = _asked(where, "cloudformation", "ListStackInstances", **asked, Filters=wanted)
            found = listed["Summaries"]
            if found:
                yield _not_well(status, found, more="NextToken" in listed)


def _not_well(status: str, found: Sequence[Mapping[str, Any]], *, more: bool) -> Part:
    first = found[0]
    many = f"{len(found)}{' or more' if more else ''}"
    why = f": {first['StatusReason']}" if first.get("StatusReason") else ""
    return Part(
        name="members", well=False,
        what=f"{many} {status.lower()}, such as {first['Account']} in {first['Region']}{why}",
    )  # fmt: skip


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
