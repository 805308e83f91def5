"""The stack: whether it is there and settled, and what it was made for."""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from awsteward.clients.aws.stack import SETTLED, Stack, Stacks
from awsteward.core.errors import StewardError
from awsteward.deploy.choice import chosen
from awsteward.deploy.hub import MEMBERS
from awsteward.deploy.template import ABOUT, PACKAGE
from awsteward.doctor.facts import facts
from awsteward.doctor.identity import MEND
from awsteward.doctor.look import Look
from awsteward.doctor.values import Values
from awsteward.doctor.verdict import Fine, Unclear, Verdict, Wrong, failed
from awsteward.tags.catalogue import lookup

NAME = "awsteward"
_OURS = frozenset({"QueueUrl", "DeadLettersUrl", "TableName", "TakeFunction", "TakeRoleArn"})
_CREATIONS = re.compile(r"(Creations|Gathered)\d+")
_OTHERS = ("AWS::SQS::Queue", "AWS::DynamoDB::Table", "AWS::CloudFormation::StackSet")
_HOST = ".amazonaws.com"
_ALONE = "what follows is what `tags replay` needs by itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """A stack of ours, and everything that the other links need of it."""

    stack: Stack
    template: Mapping[str, Any]
    rules: Mapping[str, str]
    """Physical id by logical id."""
    functions: Mapping[str, str]
    others: Mapping[str, str]
    """The physical ids of queues, tables and the members' StackSet, by their logical ones."""
    policy: str
    """The policy's file, where one was named."""

    @property
    def again(self) -> str:
        """The command that makes the stack anew, for what it was made for."""
        words = ["--stack", self.stack.name]
        words += ["--code-bucket", self.stack.parameters.get("CodeBucket", "BUCKET")]
        sources = self.sources
        if sources is not None:
            words += ["--services", ",".join(sorted(sources))]
        if self.stack.parameters.get("PolicyLocation") or self.policy:
            words += ["--policy", self.policy or "awsteward.yaml"]
        words += self._machine()
        if self.has_members:
            words += ["--organization", self.stack.parameters.get("Organization", "ORGANIZATION")]
            words += ["--regions", self.stack.parameters.get("Regions", "REGIONS")]
        if "Evaluate" in self._resources:
            words.append("--config-rule")
        return f"awsteward deploy up {shlex.join(words)} --apply"

    @property
    def has_members(self) -> bool:
        """Whether it is the central account's of an organisation."""
        return MEMBERS in self._resources

    @property
    def members(self) -> str | None:
        """The StackSet of the members; None where there is none yet."""
        return self.others.get(MEMBERS)

    @property
    def sources(self) -> frozenset[str] | None:
        """The event sources that its rules listen to; None for all that are known."""
        patterns = [pattern for _, pattern in self.patterns() if "messageType" not in _in(pattern)]
        hosts: set[str] = set()
        for detail in map(_in, patterns):
            if "requestParameters" in detail:  # the canaries'
                continue
            parts = detail.get("$or", [detail])
            if not all("eventSource" in part for part in parts):
                return None
            hosts |= {host["prefix"] for part in parts for host in part["eventSource"]}
        known = [host for host in hosts if lookup.knows(host)]
        return chosen(host.removesuffix(_HOST) for host in known) if known else None

    def patterns(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """What the template's rules for creations let in, by their logical ids."""
        for name, one in self._resources.items():
            if _CREATIONS.fullmatch(name) and "EventPattern" in one["Properties"]:
                yield name, _filled(one["Properties"]["EventPattern"], self.stack.name)

    def target_id(self, rule: str) -> str:
        """What the template's rule calls its first target; empty where it has none."""
        targets = self._resources.get(rule, {}).get("Properties", {}).get("Targets", ())
        return next((str(each["Id"]) for each in targets), "")

    def environment(self, function: str) -> Mapping[str, str | None]:
        """The settings that the template gives a function; None for what cannot be told."""
        told = self._resources.get(function, {}).get("Properties", {}).get("Environment", {})
        names = {**self.others, **self.stack.parameters, "AWS::StackName": self.stack.name}
        values = Values(names=names, conditions=self.template.get("Conditions", {}))
        return {name: values.text(node) for name, node in told.get("Variables", {}).items()}

    @property
    def _resources(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.template.get("Resources", {})
        return found

    def _machine(self) -> list[str]:
        take = self._resources.get("Take", {}).get("Properties", {})
        words = []
        if "Runtime" in take:
            words += ["--runtime", take["Runtime"]]
        if "Architectures" in take:
            words += ["--architecture", take["Architectures"][0]]
        return words


def read(look: Look, name: str, policy: str) -> Deployed | Stack | StewardError | None:
    """The stack of that name; as it is where it is none of ours, None where there is none."""
    stacks = Stacks(door=look.door, region=look.region, sleep=lambda _: None)
    try:
        stack = stacks.find(name)
        if stack is None or not stack.outputs.keys() >= _OURS:
            return stack
        return Deployed(
            stack=stack, template=stacks.template(name), policy=policy,
            rules=stacks.parts(name, "AWS::Events::Rule"),
            functions=stacks.parts(name, "AWS::Lambda::Function"),
            others={
                logical: physical
                for kind in _OTHERS
                for logical, physical in stacks.parts(name, kind).items()
            },
        )  # fmt: skip
    except StewardError as error:
        return error


def judge(
    found: Deployed | Stack | StewardError | None, name: str, region: str, *, named: bool
) -> Verdict:
    """Only a stack that somebody *named* has to be there."""
    match found:
        case None:
            told = f"there is no stack {name} in {region}: {_ALONE}"
            make = f"awsteward deploy up --stack {shlex.quote(name)} --code-bucket BUCKET --apply"
            if named:
                return Wrong(told, (make,))
            return Unclear(told)
        case StewardError():
            return failed(found, MEND)
        case Deployed(stack=stack):
            return _state(stack, region, found.again)
        case _:
            make = f"awsteward deploy up --stack {shlex.quote(name)} --code-bucket BUCKET --apply"
            state = _state(found, region, make)
            told = f"{name} is no stack of awsteward (name another with --stack): {_ALONE}"
            return Wrong(told, (make,)) if isinstance(state, Fine) else state


def judge_package(of: Deployed, here: str) -> Verdict:
    """`deploy up` brings the template and its package together, so that one tells of the other."""
    made = of.template.get("Metadata", {}).get(ABOUT, {}).get(PACKAGE)
    if made is None:
        return Unclear("the stack does not say which package it goes with")
    if made != here:
        return Wrong("the stack was made by another version of awsteward", (of.again,))
    return Fine("of this version")


def _state(stack: Stack, region: str, again: str) -> Verdict:
    told = " ".join(filter(None, (stack.status, stack.why)))
    known = facts().stack
    if stack.status in SETTLED:
        return Fine(f"{stack.name}: {told}, mode {stack.parameters.get('Mode', '?')}")
    if stack.status in known.only_deleted:
        delete = f"aws cloudformation delete-stack --stack-name {stack.name} --region {region}"
        return Wrong(f"{stack.name}: {told}", (delete, again))
    if stack.status in known.carried_on:
        where = f"--stack-name {stack.name} --region {region}"
        on = f"aws cloudformation continue-update-rollback {where}"
        return Wrong(f"{stack.name}: {told}", (on, again))
    if stack.status.endswith("_IN_PROGRESS"):
        return Unclear(f"{stack.name}: {told}; ask again when it is done")
    return Wrong(f"{stack.name}: {told}", (again,))


def _in(pattern: Mapping[str, Any]) -> Mapping[str, Any]:
    detail: Mapping[str, Any] = pattern["detail"]
    return detail


def _filled(node: Any, stack: str) -> Any:  # noqa: ANN401 - a pattern's parts are of any shape
    """The same with the stack's name where CloudFormation puts it."""
    match node:
        case {"Fn::Sub": str(text)}:
            return text.replace("${AWS::StackName}", stack)
        case Mapping():
            return {name: _filled(part, stack) for name, part in node.items()}
        case list():
            return [_filled(part, stack) for part in node]
        case _:
            return node
