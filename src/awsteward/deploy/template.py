"""The whole CloudFormation stack for one account and region, as a plain value and as text.

Pure: the same choice gives the same text. It is the one source; nothing else describes the stack.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import yaml

from awsteward.deploy import bot, config, functions, pipes, watch
from awsteward.deploy.bundle import fingerprint
from awsteward.deploy.cloudformation import Resources, Value, arn, attribute, given, ref
from awsteward.deploy.functions import INTERACT_ROLE, TAKE, TAKE_ROLE, TELL, UNDO_ROLE
from awsteward.deploy.machine import Machine
from awsteward.deploy.managed import attached, managed, scanning
from awsteward.deploy.pattern import canaries, patterns
from awsteward.deploy.pipes import DEAD_LETTERS, QUEUE, TABLE
from awsteward.deploy.rights import (
    answers,
    check_number,
    keys,
    needs,
    reading,
    removing,
    writing,
)
from awsteward.tags.policy.model import Policy

ABOUT, PACKAGE = "awsteward", "Package"
"""Where the stack says which package it goes with: `deploy up` brings both together."""
Form = Literal["yaml", "json"]
_NAME = r"[A-Za-z0-9_.\-/]+"
_ROUTE = rf"[A-Za-z0-9_.\-]+=(ssm:/{_NAME}|channel:[A-Z0-9]+)"
_KEPT = rf"^ssm:/{_NAME}$"
_ROLE = r"^[A-Za-z0-9_+=,.@\-]*$"

MODE: Mapping[str, Value] = {
    "Type": "String",
    "Description": "observe: only record; notify: tell people too; enforce: write tags too",
    "AllowedValues": ["observe", "notify", "enforce"],
    "Default": "observe",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a template is made for."""

    policy: Policy
    """Its keys are the only ones that the functions may write, and it says where to look."""
    sources: frozenset[str] | None = None
    """Event sources; None: every one that the catalogue knows."""
    runtime: str = "python3.13"
    architecture: Literal["arm64", "x86_64"] = "arm64"
    config_rule: bool = False
    """AWS Config shows who is tagged, and tells of new resources, too."""


def template(choice: Choice) -> Mapping[str, Any]:
    """The stack for *choice*."""
    second = (config.PATTERN,) if choice.config_rule else ()
    found = (*patterns(choice.sources), *canaries(choice.sources), *second)
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "awsteward: every new resource gets its owner, or somebody is asked",
        "Metadata": {ABOUT: {PACKAGE: fingerprint()}},
        "Parameters": {**_parameters(), **(bot.parameters(_KEPT) if _bot(choice) else {})},
        "Conditions": {**functions.CONDITIONS, watch.CONDITION: given("AlarmTopic")},
        "Resources": {
            **pipes.rules(found),
            **pipes.queues(pipes.rule_names(len(found))),
            **pipes.table(),
            **_functions(choice),
            **watch.alarms(),
            **watch.dashboard(),
        },
        "Outputs": _outputs(bot.outputs() if _bot(choice) else {}),
    }


def text(built: Mapping[str, Any], form: Form) -> str:
    """*built* as CloudFormation takes it; JSON without white space, so that it stays small."""
    if form == "json":
        return json.dumps(built, separators=(",", ":"), ensure_ascii=False) + "\n"
    return yaml.dump(
        built, Dumper=_Plain, sort_keys=False, width=100, allow_unicode=True,
        default_flow_style=None,
    )  # fmt: skip


def _functions(choice: Choice) -> Resources:
    """Both may look; `take` adds tags in the mode that writes, only people take them back."""
    machine = Machine(runtime=choice.runtime, architecture=choice.architecture)
    wanted = needs(choice.sources, choice.policy)
    read = managed("ReadTags", reading(wanted))
    write = managed("WriteTags", writing(wanted, keys(choice.policy)), "Enforces")
    remove = managed("RemoveTags", removing(wanted), "HasUndoRole")
    check_number({TAKE_ROLE: len(read) + len(write), UNDO_ROLE: len(read) + len(remove)})
    return {
        **read,
        **write,
        **remove,
        **scanning(),
        **functions.take(machine, attached({**read, **write})),
        **functions.tell(machine, attached(read), (bot.TOKEN,) if _bot(choice) else ()),
        **functions.canary(machine),
        **functions.undo([*attached(read), *map(ref, remove)]),
        **(config.rule(machine) if choice.config_rule else {}),
        **(_hearing(choice, machine, read) if _bot(choice) else {}),
    }


def _hearing(choice: Choice, machine: Machine, read: Resources) -> Resources:
    """What people answer, guarded keys included, is written by this function alone."""
    wanted = needs(choice.sources, choice.policy)
    answer = managed("AnswerTags", writing(wanted, answers(choice.policy)), "Enforces")
    check_number({INTERACT_ROLE: len(read) + len(answer)})
    return {**answer, **bot.hears(machine, attached({**read, **answer}))}


def _bot(choice: Choice) -> bool:
    return choice.policy.slack.telling.bot is not None


def _parameters() -> Mapping[str, Value]:
    return {
        "CodeBucket": _parameter("Bucket, in this region, that holds the package", None),
        "CodeKey": _parameter("Key of the package in that bucket", None),
        "SlackReference": _parameter(
            "Where the Slack URL is kept: ssm:/NAME or secretsmanager:NAME; or a bot's channel:ID",
            rf"^(ssm:/{_NAME}|secretsmanager:[A-Za-z0-9_+=.@\-/]+(#.+)?|channel:[A-Z0-9]+)?$",
        ),
        "Slacks": _parameter(
            "Further Slack URLs for the policy's routes: NAME=ssm:/NAME,...; all below SlackPath",
            rf"^({_ROUTE}(,{_ROUTE})*)?$",
        ),
        "SlackPath": _parameter(
            "Path of those parameters, such as /steward/slacks; or empty",
            r"^(/[A-Za-z0-9_.\-]+)*$",
        ),
        "Mode": MODE,
        "Concurrency": {
            "Type": "Number",
            "Description": "How many batches of ten messages are worked on at once",
            "MinValue": 2,
            "MaxValue": 1000,
            "Default": 10,
        },
        "PolicyLocation": _parameter(
            "Where the policy is kept: ssm:/NAME or s3://BUCKET/KEY; empty: the built-in one",
            rf"^(ssm:/{_NAME}|s3://[^/:]+(/[^/:]+)+)?$",
        ),
        "MemberRole": _parameter("Name of the role to assume in other accounts; or empty", _ROLE),
        "UndoRole": _parameter(
            "Name for a role that people of this account assume to take tags back; empty: none",
            _ROLE,
        ),
        "ReadPolicies": {
            "Type": "String",
            "Description": "yes: a managed policy for whoever runs `awsteward tags guarded`",
            "AllowedValues": ["yes", "no"],
            "Default": "no",
        },
        "Canaries": {
            "Type": "String",
            "Description": "on: every hour an empty log group proves that what is made is seen",
            "AllowedValues": ["on", "off"],
            "Default": "on",
        },
        "AlarmTopic": _parameter(
            "ARN of an SNS topic that alarms are sent to; or empty", r"^(arn:[^:]+:sns:.+)?$"
        ),
    }


def _parameter(description: str, allowed: str | None) -> Value:
    """One that must be given where *allowed* is None, else one that may stay empty."""
    bare = {"Type": "String", "Description": description}
    return {**bare, "MinLength": 1} if allowed is None else {
        **bare, "AllowedPattern": allowed, "Default": "",
    }  # fmt: skip


def _outputs(more: Mapping[str, Value]) -> Mapping[str, Value]:
    values = {
        **more,
        "QueueUrl": ref(QUEUE),
        "DeadLettersUrl": ref(DEAD_LETTERS),
        "DeadLettersArn": arn(DEAD_LETTERS),
        "TableName": ref(TABLE),
        "TakeFunction": ref(TAKE),
        "TellFunction": ref(TELL),
        "TakeRoleArn": attribute(TAKE_ROLE, "Arn"),
    }
    return {name: {"Value": value} for name, value in values.items()}


class _Plain(yaml.SafeDumper):
    """Writes what occurs twice twice: CloudFormation takes no YAML aliases for granted."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002 - yaml's own signature
        return True
