"""One function of ours on Lambda: its code, its log, its settings and the role that it runs as."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from awsteward.clients.secret import BOT_TOKEN, SIGNING_SECRET
from awsteward.deploy.cloudformation import (
    Resource,
    Resources,
    Value,
    arn,
    attribute,
    ref,
    text,
    when,
)
from awsteward.deploy.grants import HAS_CANARY, allow, inline, may_assume
from awsteward.deploy.pattern import CANARIES
from awsteward.deploy.pipes import DEAD_LETTERS, GOES, QUEUE, TABLE
from awsteward.deploy.rights import document
from awsteward.tags.duty.settings import USUAL_RECEIVES

SECRETS = {"BotToken": BOT_TOKEN.variable, "SigningSecret": SIGNING_SECRET.variable}
"""A bot's parameters, and what the functions know them by."""
_KEPT_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What Lambda runs our code on."""

    runtime: str
    architecture: str


def function(
    name: str,
    handler: str,
    role: str,
    timeout_s: int,
    machine: Machine,
    **more: Any,  # noqa: ANN401 - properties of any shape
) -> Resources:
    """The function and its log, which goes with the stack; *more* are further properties."""
    return {
        f"{name}Log": {
            "Type": "AWS::Logs::LogGroup",
            **GOES,
            "Properties": {
                "LogGroupName": text(f"/awsteward/${{AWS::StackName}}/{handler}"),
                "RetentionInDays": _KEPT_DAYS,
            },
        },
        name: {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {"S3Bucket": ref("CodeBucket"), "S3Key": ref("CodeKey")},
                "Handler": f"awsteward.tags.handler.{handler}",
                "Runtime": machine.runtime,
                "Architectures": [machine.architecture],
                "MemorySize": 512,
                "Timeout": timeout_s,
                "Role": arn(role),
                "LoggingConfig": {"LogGroup": ref(f"{name}Log")},
                "Environment": {"Variables": environment()},
                **more,
            },
        },
    }


def role_of(
    name: str, policies: Sequence[Value], rights: Sequence[Value] = ()
) -> Mapping[str, Any]:
    """The role that function *name* runs as, and may write its log by; *rights* are policies."""
    log = attribute(f"{name}Log", "Arn")  # ends in `:*`, which stands for the streams
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": document([may_assume({"Service": "lambda.amazonaws.com"})]),
            **({"ManagedPolicyArns": list(rights)} if rights else {}),
            "Policies": [
                inline("Log", [allow(["logs:CreateLogStream", "logs:PutLogEvents"], log)]),
                *policies,
            ],
        },
    }


def may_call(rule: str, name: str) -> Resource:
    """By which *rule* may call function *name*, and no other rule."""
    return {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": ref(name),
            "Principal": "events.amazonaws.com",
            "SourceArn": arn(rule),
        },
    }


def environment() -> Mapping[str, Value]:
    """The settings that every function has."""
    return {
        "AWSTEWARD_TABLE": ref(TABLE),
        "AWSTEWARD_QUEUE_URL": ref(QUEUE),
        "AWSTEWARD_DEAD_LETTERS_URL": ref(DEAD_LETTERS),
        "AWSTEWARD_POLICY": ref("PolicyLocation"),
        "AWSTEWARD_MODE": ref("Mode"),
        "AWSTEWARD_MAX_RECEIVES": str(USUAL_RECEIVES),
        "AWSTEWARD_ROLE": ref("MemberRole"),
        "AWSTEWARD_CANARY": when(HAS_CANARY, text(CANARIES), ""),
        "SLACK_URL": ref("SlackReference"),
        "AWSTEWARD_SLACKS": ref("Slacks"),
    }


def knowing(secrets: Sequence[str]) -> Mapping[str, Value]:
    """The environment of a function that speaks as a bot."""
    if not secrets:
        return {}
    variables = {SECRETS[each]: ref(each) for each in secrets}
    return {"Environment": {"Variables": {**environment(), **variables}}}
