"""EventBridge's rules: at work, as they were made, aimed at something, and letting creations in."""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from awsteward.clients.aws.refusals import Cause, Refusal
from awsteward.deploy.pattern import names
from awsteward.doctor.deployed import Deployed
from awsteward.doctor.facts import facts
from awsteward.doctor.identity import Identity
from awsteward.doctor.look import Look
from awsteward.doctor.verdict import Fine, Unclear, Verdict, Wrong, unclear


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule as it is."""

    name: str
    bus: str
    """Empty for the account's own."""
    on: bool
    pattern: Mapping[str, Any] | None
    """None for what runs by the clock."""
    targets: tuple[str, ...]

    @property
    def options(self) -> str:
        """How a command names its bus."""
        return f" --event-bus-name {self.bus}" if self.bus else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The same rule as the template has it."""

    pattern: Mapping[str, Any] | None
    target: str
    """The ARN where its events belong."""
    target_id: str
    dead_letters: str


def read(look: Look, physical: str) -> Rule | Unclear | None:
    """The rule behind a stack's resource; None where it is gone."""
    bus, _, name = physical.rpartition("/")[2].rpartition("|")
    on = {"EventBusName": bus} if bus else {}
    told = look.ask("events", "DescribeRule", {"Name": name, **on})
    if isinstance(told, Refusal):
        return None if told.cause is Cause.ABSENT else unclear(told)
    targets = look.every("events", "ListTargetsByRule", "Targets", {"Rule": name, **on})
    if isinstance(targets, Refusal):
        return unclear(targets)
    pattern = told.get("EventPattern")
    return Rule(
        name=name, bus=bus, on=told["State"].startswith("ENABLED"),
        pattern=json.loads(pattern) if pattern else None,
        targets=tuple(each["Arn"] for each in targets),
    )  # fmt: skip


def judge(found: Rule | Unclear | None, made: Made, region: str, again: str) -> Verdict:
    """CloudFormation does not see what was changed by hand, so that it is put back by hand."""
    if found is None:
        return Wrong("it is gone", (again,))
    if isinstance(found, Unclear):
        return found
    if not found.on:
        mend = f"aws events enable-rule --name {found.name}{found.options} --region {region}"
        return Wrong(f"{found.name} is disabled", (mend,))
    if made.target and made.target not in found.targets:
        return Wrong(f"{found.name} sends nothing to {made.target}", (_aim(found, made, region),))
    if made.pattern is not None and found.pattern != made.pattern:
        mend = _put(found, made.pattern, region)
        return Wrong(f"{found.name} was changed: it is not as the stack made it", (mend,))
    return Fine(f"enabled, {'by the clock' if found.pattern is None else 'into the queue'}")


def samples(deployed: Deployed, who: Identity, region: str) -> Iterator[tuple[str, str]]:
    """A creation by each service that is listened to, as EventBridge would have it, by its name."""
    known = facts().rules
    sources = deployed.sources
    for source in known.usual if sources is None else sorted(sources)[: known.most]:
        called = sorted(names(source))
        if called:
            yield f"{source}:{called[0]}", _event(source, called[0], who, region)


def unmatched(
    look: Look, patterns: list[Mapping[str, Any]], events: list[tuple[str, str]]
) -> list[str] | Unclear:
    """The samples that no pattern lets in."""
    left = []
    for name, event in events:
        found = _matched(look, patterns, event)
        if isinstance(found, Refusal):
            return unclear(found)
        if not found:
            left.append(name)
    return left


def judge_samples(left: list[str] | Unclear, tried: int, again: str) -> Verdict:
    """What is not let in never gets an owner."""
    if isinstance(left, Unclear):
        return left
    if left:
        return Wrong(f"no rule that is enabled lets in {', '.join(left)}", (again,))
    if not tried:
        return Unclear("nothing that creates could be tried")
    return Fine(f"creations by {tried} services, tried one by one, are let in")


def _matched(look: Look, patterns: list[Mapping[str, Any]], event: str) -> bool | Refusal:
    for pattern in patterns:
        asked = {"EventPattern": json.dumps(pattern), "Event": event}
        answer = look.ask("events", "TestEventPattern", asked)
        if isinstance(answer, Refusal):
            return answer
        if answer["Result"]:
            return True
    return False


def _event(source: str, name: str, who: Identity, region: str) -> str:
    """No more than what the patterns look at, and what EventBridge insists on."""
    return json.dumps(
        {
            "version": "0",
            "id": "00000000-0000-4000-8000-000000000000",
            "detail-type": "AWS API Call via CloudTrail",
            "source": f"aws.{source}",
            "account": who.account,
            "time": "2030-01-31T09:00:00Z",
            "region": region,
            "resources": [],
            "detail": {"eventSource": f"{source}.amazonaws.com", "eventName": name},
        }
    )


def _aim(found: Rule, made: Made, region: str) -> str:
    target: dict[str, Any] = {"Id": made.target_id, "Arn": made.target}
    if made.dead_letters:
        target["DeadLetterConfig"] = {"Arn": made.dead_letters}
    told = shlex.quote(json.dumps([target]))
    return (
        f"aws events put-targets --rule {found.name}{found.options} --targets {told} "
        f"--region {region}"
    )


def _put(found: Rule, pattern: Mapping[str, Any], region: str) -> str:
    told = shlex.quote(json.dumps(pattern, separators=(",", ":")))
    return (
        f"aws events put-rule --name {found.name}{found.options} --event-pattern {told} "
        f"--region {region}"
    )
