"""The functions, their roles and logs: `take` works on the queue, `tell` writes to people.

`evaluate`, which answers AWS Config, is there where somebody wants it.
"""

from collections.abc import Mapping, Sequence

from awsteward.deploy.cloudformation import (
    Resources,
    Value,
    arn,
    given,
    ref,
    text,
)
from awsteward.deploy.grants import (
    HAS_CANARY,
    accounts,
    allow,
    bot_secrets,
    canaries,
    inline,
    marks_canaries,
    may_assume,
    policy_location,
    queues_and_table,
    rows,
    slack,
    who_we_are,
)
from awsteward.deploy.machine import Machine, environment, function, knowing, may_call, role_of
from awsteward.deploy.pattern import CANARIES
from awsteward.deploy.pipes import QUEUE, TAKE_TIMEOUT_S
from awsteward.deploy.rights import document

TAKE, TELL, CANARY, EVALUATE, INTERACT = "Take", "Tell", "Canary", "Evaluate", "Interact"
TAKE_ROLE, TELL_ROLE, UNDO_ROLE = "TakeRole", "TellRole", "UndoRights"
CANARY_ROLE, EVALUATE_ROLE, INTERACT_ROLE = "CanaryRole", "EvaluateRole", "InteractRole"
CONDITIONS: Mapping[str, Value] = {
    "Enforces": {"Fn::Equals": [ref("Mode"), "enforce"]},
    "HasSlack": given("SlackReference"),
    "HasSlacks": given("SlackPath"),
    "HasPolicy": given("PolicyLocation"),
    "HasMemberRole": given("MemberRole"),
    "HasUndoRole": given("UndoRole"),
    "ReadsPolicies": {"Fn::Equals": [ref("ReadPolicies"), "yes"]},
    HAS_CANARY: {"Fn::Equals": [ref("Canaries"), "on"]},
}
_TELL_TIMEOUT_S = 300
"""Slack takes one message a second, and may ask for two minutes of patience."""
_CANARY_TIMEOUT_S = 60
_INTERACT_TIMEOUT_S = 120
"""A question may be about many resources."""
_INTERACTIONS = 5
_CAGE = ("logs:CreateLogGroup", "logs:DeleteLogGroup")
_EVALUATE_TIMEOUT_S = 900
"""All that a function may have: a rule on a schedule asks about everything at once."""
_ANSWER = ("GetResourceConfigHistory", "PutEvaluations", "SelectResourceConfig")


def take(machine: Machine, rights: Sequence[Value]) -> Resources:
    """Works on ten messages at a time; *rights* are managed policies."""
    return {
        **function(TAKE, "take", TAKE_ROLE, TAKE_TIMEOUT_S, machine),
        "TakeFromQueue": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": arn(QUEUE),
                "FunctionName": ref(TAKE),
                "BatchSize": 10,
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
                "ScalingConfig": {"MaximumConcurrency": ref("Concurrency")},
            },
        },
        TAKE_ROLE: role_of(
            TAKE,
            [queues_and_table(), *policy_location(), *accounts(), *marks_canaries()],
            rights,
        ),
    }


def tell(machine: Machine, rights: Sequence[Value], secrets: Sequence[str] = ()) -> Resources:
    """Runs once a minute and never twice at once; a minute that fails is made up by the next.

    Before it reminds anybody it looks whether the tag is there by now: *rights* are for that.
    *secrets* are the parameters of a bot's.
    """
    return {
        **function(
            TELL, "tell", TELL_ROLE, _TELL_TIMEOUT_S, machine,
            ReservedConcurrentExecutions=1, **knowing(secrets),
        ),
        "TellOnlyOnce": {
            "Type": "AWS::Lambda::EventInvokeConfig",
            "Properties": {
                "FunctionName": ref(TELL),
                "Qualifier": "$LATEST",
                "MaximumRetryAttempts": 0,
                "MaximumEventAgeInSeconds": 60,
            },
        },
        "EveryMinute": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "Description": "Sends what is waiting to be told",
                "ScheduleExpression": "rate(1 minute)",
                "State": "ENABLED",
                "Targets": [{"Id": "tell", "Arn": arn(TELL)}],
            },
        },
        "EveryMinuteMayCall": may_call("EveryMinute", TELL),
        TELL_ROLE: role_of(
            TELL,
            [
                inline("Table", [rows()]), *slack(), *bot_secrets(secrets),
                *policy_location(), *accounts(),
            ],
            rights,
        ),
    }  # fmt: skip


def canary(machine: Machine) -> Resources:
    """Once an hour; alone in its rights to make and delete log groups, under one name."""
    named = {"Variables": {**environment(), "AWSTEWARD_CANARY": text(CANARIES)}}
    whole = {
        **function(CANARY, "canary", CANARY_ROLE, _CANARY_TIMEOUT_S, machine, Environment=named),
        "EveryHour": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "Description": "Sees whether the last canary was seen, and makes the next",
                "ScheduleExpression": "rate(1 hour)",
                "State": "ENABLED",
                "Targets": [{"Id": "canary", "Arn": arn(CANARY)}],
            },
        },
        "EveryHourMayCall": may_call("EveryHour", CANARY),
        CANARY_ROLE: role_of(
            CANARY,
            [
                inline("Table", [rows()]),
                inline("Canaries", [allow([*_CAGE, "logs:ListTagsForResource"], canaries())]),
                *policy_location(),
            ],
        ),
    }
    return {name: {**one, "Condition": HAS_CANARY} for name, one in whole.items()}


def interact(machine: Machine, rights: Sequence[Value], secrets: Sequence[str]) -> Resources:
    """Hears what people press, and calls itself to write it; few at once, for anybody may call."""
    only = {"ReservedConcurrentExecutions": _INTERACTIONS, **knowing(secrets)}
    policies = [
        inline("Table", [rows()]), *bot_secrets(secrets), *policy_location(), *accounts(),
    ]  # fmt: skip
    return {
        **function(INTERACT, "interact", INTERACT_ROLE, _INTERACT_TIMEOUT_S, machine, **only),
        INTERACT_ROLE: role_of(INTERACT, policies, rights),
        # Not in the role: the function waits for that, and this names the function.
        "InteractAgain": {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "PolicyName": "Again",
                "PolicyDocument": document([allow(["lambda:InvokeFunction"], arn(INTERACT))]),
                "Roles": [ref(INTERACT_ROLE)],
            },
        },
    }


def evaluate(machine: Machine) -> Resources:
    """Answers AWS Config; it can read what Config knows, and neither writes tags nor tells."""
    # Config's reference has no resources for these three:
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_config.html
    answer = inline("Config", [allow([f"config:{name}" for name in _ANSWER], "*")])
    policies = [answer, who_we_are(), *policy_location()]
    return {
        **function(EVALUATE, "evaluate", EVALUATE_ROLE, _EVALUATE_TIMEOUT_S, machine),
        EVALUATE_ROLE: role_of(EVALUATE, policies),
    }


def undo(rights: Sequence[Value]) -> Resources:
    """A role that people assume to take tags back; the functions themselves never can."""
    me = text("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")
    return {
        UNDO_ROLE: {
            "Type": "AWS::IAM::Role",
            "Condition": "HasUndoRole",
            "Properties": {
                "RoleName": ref("UndoRole"),
                "Description": "For awsteward tags undo: takes tags back, adds none",
                "AssumeRolePolicyDocument": document([may_assume({"AWS": me})]),
                "ManagedPolicyArns": list(rights),
                "Policies": [inline("Table", [rows("Scan")])],
            },
        }
    }
