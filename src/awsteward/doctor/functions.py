"""The functions: at work, called, and with the settings that the stack gave them."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from awsteward.clients.aws.refusals import Cause, Refusal
from awsteward.core.errors import ConfigError
from awsteward.doctor.look import Look
from awsteward.doctor.verdict import Fine, Unclear, Verdict, Wrong, unclear
from awsteward.tags.duty.settings import settings

_COMING = ("Creating", "Enabling", "Updating")
_PROBLEM = "PROBLEM"


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function as it is."""

    name: str
    state: str
    updated: str
    why: str
    environment: Mapping[str, str]
    changed: str
    """The day of its last change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """What brings a queue's messages to a function."""

    id: str
    queue: str
    state: str
    result: str


def read(look: Look, name: str) -> Function | Unclear | None:
    """The function of that name; None where it is gone."""
    told = look.ask("lambda", "GetFunctionConfiguration", {"FunctionName": name})
    if isinstance(told, Refusal):
        return None if told.cause is Cause.ABSENT else unclear(told)
    return Function(
        name=name, state=told.get("State", "Active"),
        updated=told.get("LastUpdateStatus", "Successful"),
        why=told.get("StateReason") or told.get("LastUpdateStatusReason") or "",
        environment=told.get("Environment", {}).get("Variables", {}),
        changed=told.get("LastModified", "")[:10],
    )  # fmt: skip


def judge(found: Function | Unclear | None, again: str) -> Verdict:
    """Lambda puts one to sleep that nobody calls; that is no fault of its own."""
    if found is None:
        return Wrong("the function is gone", (again,))
    if isinstance(found, Unclear):
        return found
    told = " ".join(filter(None, (found.state.lower(), found.why)))
    if found.state == "Failed" or found.updated == "Failed":
        return Wrong(f"{found.name}: {told}", (again,))
    if found.state == "Pending" or found.updated == "InProgress":
        return Unclear(f"{found.name} is being changed; ask again when it is done")
    return Fine(f"{told}, changed {found.changed}" if found.changed else told)


def judge_settings(
    found: Function, made: Mapping[str, str | None], region: str, again: str
) -> Verdict:
    """Values are never shown: somebody may have put a secret where a reference belongs.

    *made* is what the stack gave it: what is put back is all of that, for the call replaces all.
    """
    here = found.environment
    other = sorted(
        name for name, value in made.items() if value is not None and here.get(name) != value
    )
    if other:
        told = f"not as the stack made them: {', '.join(other)}"
        return Wrong(told, (_put_back(found.name, made, region),))
    try:
        given = settings({**found.environment, "AWS_REGION": region})
    except ConfigError as error:
        mend = f"{again} --set SlackReference=ssm:/steward/slack"
        return Wrong(str(error).replace("\n", "; "), (mend,))
    return Fine(f"complete; mode {given.mode}")


def read_mapping(look: Look, function: str) -> tuple[Mapped, ...] | Unclear:
    """What brings messages to the function."""
    found = look.every(
        "lambda", "ListEventSourceMappings", "EventSourceMappings", {"FunctionName": function}
    )
    if isinstance(found, Refusal):
        return unclear(found)
    return tuple(
        Mapped(
            id=each["UUID"], queue=each.get("EventSourceArn", ""), state=each["State"],
            result=each.get("LastProcessingResult") or "",
        )
        for each in found
    )  # fmt: skip


def judge_mapping(
    found: tuple[Mapped, ...] | Unclear, queue: str, function: str, region: str
) -> Verdict:
    """Without it the queue only fills. *queue*: its ARN, or empty where that is not known."""
    if isinstance(found, Unclear):
        return found
    ours = next((each for each in found if not queue or each.queue == queue), None)
    if ours is None and not queue:
        return Unclear("the queue is not known")
    if ours is None:
        mend = (
            f"aws lambda create-event-source-mapping --function-name {function} "
            f"--event-source-arn {queue} --batch-size 10 "
            f"--function-response-types ReportBatchItemFailures --region {region}"
        )
        return Wrong(f"nothing brings the queue's messages to {function}", (mend,))
    if ours.state in _COMING:
        return Unclear(f"{ours.state.lower()}; ask again when it is done")
    if ours.state != "Enabled":
        mend = (
            f"aws lambda update-event-source-mapping --uuid {ours.id} --enabled --region {region}"
        )
        return Wrong(f"the queue's messages are not fetched: {ours.state.lower()}", (mend,))
    if ours.result.startswith(_PROBLEM):
        mend = f"aws lambda get-event-source-mapping --uuid {ours.id} --region {region}"
        return Wrong(f"the queue's messages do not arrive: {ours.result}", (mend,))
    return Fine("enabled")


def _put_back(name: str, made: Mapping[str, str | None], region: str) -> str:
    """A value that cannot be told from here is left to be filled in."""
    variables = {key: "FILL_IN" if value is None else value for key, value in made.items()}
    told = shlex.quote(json.dumps({"Variables": variables}))
    return (
        f"aws lambda update-function-configuration --function-name {name} "
        f"--environment {told} --region {region}"
    )
