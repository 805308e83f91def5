"""A CloudFormation stack: what it is now, what a template would change in it, and the change.

What is in the template is no business of this file.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from awsteward.clients.aws.door import Aws
from awsteward.clients.aws.refusals import Refusal, given
from awsteward.core.errors import ConfigError, RemoteError

POLL_S = 2.0
LONGEST_S = 1800.0
"""A stack of this kind takes a minute or two; CloudFormation itself gives up later."""
SETTLED = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
_CAPABILITIES = ["CAPABILITY_NAMED_IAM"]
_UNCHANGED = ("didn't contain changes", "No updates are to be performed")
_NOT_MADE_YET = "REVIEW_IN_PROGRESS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A stack as it is."""

    name: str
    status: str
    why: str
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One resource that a change would add, modify or remove."""

    action: str
    logical_id: str
    type: str
    replaces: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSet:
    """What CloudFormation would do, and would do if told to."""

    stack: str
    name: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a stack is to become."""

    name: str
    template: str
    """The template itself, or the https address of an object in S3 that holds it."""
    parameters: Mapping[str, str]
    """Those that are given anew; a stack keeps the others as they are."""
    known: frozenset[str]
    """Every parameter that the template has."""
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stacks:
    """The stacks of one account and region."""

    door: Aws
    region: str
    sleep: Callable[[float], None]

    def find(self, name: str) -> Stack | None:
        """The stack of that name, or None."""
        answer = self.door.call(
            "", self.region, "cloudformation", "DescribeStacks", {"StackName": name}
        )
        if isinstance(answer, Refusal) and "does not exist" in answer.message:
            return None
        (told,) = given(answer)["Stacks"]
        outputs = {each["OutputKey"]: each["OutputValue"] for each in told.get("Outputs", ())}
        parameters = {
            each["ParameterKey"]: each["ParameterValue"] for each in told.get("Parameters", ())
        }
        return Stack(
            name=name, status=told["StackStatus"], why=told.get("StackStatusReason", ""),
            parameters=parameters, outputs=outputs,
        )  # fmt: skip

    def template(self, name: str) -> Mapping[str, Any]:
        """The template that the stack was made from; empty where there is no stack."""
        if self.find(name) is None:
            return {}
        body = self._call("GetTemplate", StackName=name)["TemplateBody"]
        if not isinstance(body, str):  # botocore reads JSON by itself
            return dict(body)
        told = yaml.safe_load(body)
        return told if isinstance(told, dict) else {}

    def parts(self, name: str, kind: str) -> Mapping[str, str]:
        """The stack's resources of that type: physical id by logical id."""
        told = self._call("DescribeStackResources", StackName=name)["StackResources"]
        return {
            each["LogicalResourceId"]: each["PhysicalResourceId"]
            for each in told
            if each["ResourceType"] == kind and "PhysicalResourceId" in each
        }

    def outputs(self, name: str) -> Mapping[str, str]:
        """What the stack says of itself; ConfigError where there is none."""
        stack = self.find(name)
        if stack is None:
            raise ConfigError(
                f"there is no stack {name} in {self.region}; name it with --stack, or make it "
                "with `deploy up`"
            )
        return stack.outputs

    def changes(self, wanted: Wanted) -> ChangeSet | None:
        """What would have to be done, kept with the stack until `change`; None for nothing."""
        made = self.find(wanted.name)
        first = made is None or made.status == _NOT_MADE_YET
        name = f"awsteward-{uuid.uuid4().hex}"
        self._call(
            "CreateChangeSet", **_named(wanted.name, name), **_body(wanted.template),
            ChangeSetType="CREATE" if first else "UPDATE", Capabilities=_CAPABILITIES,
            Parameters=list(_parameters(wanted, made)),
            Tags=[{"Key": key, "Value": value} for key, value in wanted.tags.items()],
        )  # fmt: skip
        told = self._awaited("DescribeChangeSet", _named(wanted.name, name), "Status")
        if told["Status"] == "FAILED":
            self._call("DeleteChangeSet", **_named(wanted.name, name))
            if any(words in told.get("StatusReason", "") for words in _UNCHANGED):
                return None
            raise ConfigError(f"stack {wanted.name}: {told.get('StatusReason')}")
        return ChangeSet(stack=wanted.name, name=name, changes=tuple(_changes(told)))

    def change(self, changes: ChangeSet) -> Stack:
        """Carry it out and wait for the end; RemoteError where it was rolled back."""
        name = changes.stack
        self._call("ExecuteChangeSet", **_named(name, changes.name))
        self._awaited("DescribeStacks", {"StackName": name}, "Stacks", "StackStatus")
        stack = self.find(name)
        if stack is None or stack.status not in SETTLED:
            raise RemoteError(
                f"stack {name} ended as {stack and stack.status}: {self._reason(name)}"
            )
        return stack

    def _reason(self, name: str) -> str:
        """The first thing that failed; what follows failed because of it."""
        answer = self._call("DescribeStackEvents", StackName=name)
        failed = [
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
            for event in answer["StackEvents"]
            if event.get("ResourceStatus", "").endswith("_FAILED")
        ]
        return failed[-1] if failed else "see its events"

    def _awaited(self, operation: str, asked: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
        waited = 0.0
        while True:
            answer = self._call(operation, **asked)
            found: Any = answer[path[0]]
            status = found if isinstance(found, str) else found[0][path[1]]
            if not status.endswith(("_IN_PROGRESS", "_PENDING")):
                return answer
            if waited >= LONGEST_S:
                raise RemoteError(f"{operation}: still {status} after {waited:.0f} s")
            self.sleep(POLL_S)
            waited += POLL_S

    def _call(self, operation: str, **params: Any) -> Mapping[str, Any]:  # noqa: ANN401  SDK parameters
        return given(self.door.call("", self.region, "cloudformation", operation, params))


def _parameters(wanted: Wanted, made: Stack | None) -> Iterator[Mapping[str, Any]]:
    for key, value in wanted.parameters.items():
        yield {"ParameterKey": key, "ParameterValue": value}
    kept = made.parameters.keys() if made else frozenset()
    for key in sorted(wanted.known & kept - wanted.parameters.keys()):
        yield {"ParameterKey": key, "UsePreviousValue": True}


def _named(stack: str, name: str) -> dict[str, str]:
    return {"StackName": stack, "ChangeSetName": name}


def _body(template: str) -> dict[str, str]:
    return {"TemplateURL" if template.startswith("https://") else "TemplateBody": template}


def _changes(told: Mapping[str, Any]) -> Iterator[Change]:
    for each in told.get("Changes", ()):
        change = each["ResourceChange"]
        yield Change(
            action=change["Action"], logical_id=change["LogicalResourceId"],
            type=change["ResourceType"], replaces=change.get("Replacement") == "True",
        )  # fmt: skip
