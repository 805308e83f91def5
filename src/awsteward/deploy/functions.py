"""The functions, their roles and logs: `take` works on the queue, `tell` writes to people.

`evaluate`, which answers AWS Config, is there where somebody wants it.
"""

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
    filled,
    given,
    part,
    ref,
    text,
    when,
)
from awsteward.deploy.pattern import CANARIES
from awsteward.deploy.pipes import DEAD_LETTERS, GOES, QUEUE, TABLE, TAKE_TIMEOUT_S
from awsteward.deploy.rights import Document, document
from awsteward.tags.duty.settings import USUAL_RECEIVES
from awsteward.tags.guard.canary import KEY
from awsteward.tags.guard.scan import OUR_PATH

TAKE, TELL, CANARY, EVALUATE, INTERACT = "Take", "Tell", "Canary", "Evaluate", "Interact"
HAS_CANARY = "HasCanary"
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
_ROWS = ("GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem")
_RECEIVE = ("ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes")
_TELL_TIMEOUT_S = 300
"""Slack takes one message a second, and may ask for two minutes of patience."""
_CANARY_TIMEOUT_S = 60
_INTERACT_TIMEOUT_S = 120
"""A question may be about many resources."""
_INTERACTIONS = 5
SECRETS = {"BotToken": BOT_TOKEN.variable, "SigningSecret": SIGNING_SECRET.variable}
"""A bot's parameters, and what the functions know them by."""
_CAGE = ("logs:CreateLogGroup", "logs:DeleteLogGroup")
_KEPT_DAYS = 30
_EVALUATE_TIMEOUT_S = 900
"""All that a function may have: a rule on a schedule asks about everything at once."""
_ANSWER = ("GetResourceConfigHistory", "PutEvaluations", "SelectResourceConfig")
_HERE = "arn:${AWS::Partition}:%s:${AWS::Region}:${AWS::AccountId}:%s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What Lambda runs our code on."""

    runtime: str
    architecture: str


def take(machine: Machine, rights: Sequence[Value]) -> Resources:
    """Works on ten messages at a time; *rights* are managed policies."""
    return {
        **_function(TAKE, "take", TAKE_ROLE, TAKE_TIMEOUT_S, machine),
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
        TAKE_ROLE: _role(
            TAKE,
            [_queues_and_table(), *_policy_location(), *_accounts(), *_marks_canaries()],
            rights,
        ),
    }


def tell(machine: Machine, rights: Sequence[Value], secrets: Sequence[str] = ()) -> Resources:
    """Runs once a minute and never twice at once; a minute that fails is made up by the next.

    Before it reminds anybody it looks whether the tag is there by now: *rights* are for that.
    *secrets* are the parameters of a bot's.
    """
    return {
        **_function(
            TELL, "tell", TELL_ROLE, _TELL_TIMEOUT_S, machine,
            ReservedConcurrentExecutions=1, **_knowing(secrets),
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
        "EveryMinuteMayCall": _may_call("EveryMinute", TELL),
        TELL_ROLE: _role(
            TELL,
            [
                _inline("Table", [_rows()]), *_slack(), *_bot(secrets),
                *_policy_location(), *_accounts(),
            ],
            rights,
        ),
    }  # fmt: skip


def canary(machine: Machine) -> Resources:
    """Once an hour; alone in its rights to make and delete log groups, under one name."""
    named = {"Variables": {**_environment(), "AWSTEWARD_CANARY": text(CANARIES)}}
    whole = {
        **_function(CANARY, "canary", CANARY_ROLE, _CANARY_TIMEOUT_S, machine, Environment=named),
        "EveryHour": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "Description": "Sees whether the last canary was seen, and makes the next",
                "ScheduleExpression": "rate(1 hour)",
                "State": "ENABLED",
                "Targets": [{"Id": "canary", "Arn": arn(CANARY)}],
            },
        },
        "EveryHourMayCall": _may_call("EveryHour", CANARY),
        CANARY_ROLE: _role(
            CANARY,
            [
                _inline("Table", [_rows()]),
                _inline("Canaries", [_allow([*_CAGE, "logs:ListTagsForResource"], _canaries())]),
                *_policy_location(),
            ],
        ),
    }
    return {name: {**one, "Condition": HAS_CANARY} for name, one in whole.items()}


def interact(machine: Machine, rights: Sequence[Value], secrets: Sequence[str]) -> Resources:
    """Hears what people press, and calls itself to write it; few at once, for anybody may call."""
    only = {"ReservedConcurrentExecutions": _INTERACTIONS, **_knowing(secrets)}
    policies = [
        _inline("Table", [_rows()]), *_bot(secrets), *_policy_location(), *_accounts(),
    ]  # fmt: skip
    return {
        **_function(INTERACT, "interact", INTERACT_ROLE, _INTERACT_TIMEOUT_S, machine, **only),
        INTERACT_ROLE: _role(INTERACT, policies, rights),
        # Not in the role: the function waits for that, and this names the function.
        "InteractAgain": {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "PolicyName": "Again",
                "PolicyDocument": document([_allow(["lambda:InvokeFunction"], arn(INTERACT))]),
                "Roles": [ref(INTERACT_ROLE)],
            },
        },
    }


def evaluate(machine: Machine) -> Resources:
    """Answers AWS Config; it can read what Config knows, and neither writes tags nor tells."""
    # Config's reference has no resources for these three:
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_config.html
    answer = _inline("Config", [_allow([f"config:{name}" for name in _ANSWER], "*")])
    policies = [answer, _who_we_are(), *_policy_location()]
    return {
        **_function(EVALUATE, "evaluate", EVALUATE_ROLE, _EVALUATE_TIMEOUT_S, machine),
        EVALUATE_ROLE: _role(EVALUATE, policies),
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
                "AssumeRolePolicyDocument": document([_may_assume({"AWS": me})]),
                "ManagedPolicyArns": list(rights),
                "Policies": [_inline("Table", [_rows("Scan")])],
            },
        }
    }


def managed(
    name: str, documents: Sequence[Document], condition: str | None = None
) -> Mapping[str, Resource]:
    """A managed policy for each of *documents*; there only where the condition holds."""
    return {
        f"{name}{number}": {
            "Type": "AWS::IAM::ManagedPolicy",
            **({"Condition": condition} if condition else {}),
            "Properties": {"Path": OUR_PATH, "PolicyDocument": each},
        }
        for number, each in enumerate(documents, 1)
    }


def scanning() -> Mapping[str, Resource]:
    """For whoever runs `tags guarded`; attached to nobody here."""
    read = (
        *("iam:GetAccountAuthorizationDetails", "sts:GetCallerIdentity"),
        *("organizations:ListPolicies", "organizations:DescribePolicy"),
        *("s3:ListAllMyBuckets", "s3:GetBucketPolicy"),
    )
    keep = _allow(["dynamodb:PutItem"], arn(TABLE))
    return managed("ReadPolicies", [document([_allow(read, "*"), keep])], "ReadsPolicies")


def attached(policies: Mapping[str, Resource]) -> list[Value]:
    """How a role names *policies*, so that it is not there before them."""
    return [
        when(policy["Condition"], ref(name)) if "Condition" in policy else ref(name)
        for name, policy in policies.items()
    ]


def _may_call(rule: str, function: str) -> Resource:
    return {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": ref(function),
            "Principal": "events.amazonaws.com",
            "SourceArn": arn(rule),
        },
    }


# --- one function ----------------------------------------------------------------------------


def _function(
    name: str,
    handler: str,
    role: str,
    timeout_s: int,
    machine: Machine,
    **more: Any,  # noqa: ANN401 - properties of any shape
) -> Resources:
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
                "Environment": {"Variables": _environment()},
                **more,
            },
        },
    }


def _environment() -> Mapping[str, Value]:
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


def _knowing(secrets: Sequence[str]) -> Mapping[str, Value]:
    """The environment of a function that speaks as a bot."""
    if not secrets:
        return {}
    variables = {SECRETS[each]: ref(each) for each in secrets}
    return {"Environment": {"Variables": {**_environment(), **variables}}}


# --- its rights ------------------------------------------------------------------------------


def _role(
    function: str, policies: Sequence[Value], rights: Sequence[Value] = ()
) -> Mapping[str, Any]:
    log = attribute(f"{function}Log", "Arn")  # ends in `:*`, which stands for the streams
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": document(
                [_may_assume({"Service": "lambda.amazonaws.com"})]
            ),
            **({"ManagedPolicyArns": list(rights)} if rights else {}),
            "Policies": [
                _inline("Log", [_allow(["logs:CreateLogStream", "logs:PutLogEvents"], log)]),
                *policies,
            ],
        },
    }


def _queues_and_table() -> Value:
    return _inline(
        "QueuesAndTable",
        [
            _allow([f"sqs:{name}" for name in _RECEIVE], arn(QUEUE)),
            _allow(["sqs:SendMessage"], [arn(QUEUE), arn(DEAD_LETTERS)]),
            _rows(),
        ],
    )


def _rows(*more: str) -> Value:
    return _allow([f"dynamodb:{name}" for name in (*_ROWS, *more)], arn(TABLE))


def _accounts() -> list[Value]:
    """Who we are, and the role in other accounts where one is named."""
    member = text("arn:${AWS::Partition}:iam::*:role/${MemberRole}")
    return [
        _who_we_are(),
        when("HasMemberRole", _inline("Accounts", [_allow(["sts:AssumeRole"], member)])),
    ]


def _canaries() -> Value:
    return text(_HERE % ("logs", f"log-group:{CANARIES}*"))


def _marks_canaries() -> list[Value]:
    """Whatever services were chosen: a canary is seen in every mode, and marked where we write."""
    only = {"ForAllValues:StringEquals": {"aws:TagKeys": [KEY]}}
    mark = _inline("MarkCanaries", [_allow(["logs:TagResource"], _canaries(), only)])
    return [
        when(
            HAS_CANARY, _inline("SeeCanaries", [_allow(["logs:ListTagsForResource"], _canaries())])
        ),
        when(HAS_CANARY, when("Enforces", mark)),
    ]


def _who_we_are() -> Value:
    return _inline("WhoWeAre", [_allow(["sts:GetCallerIdentity"], "*")])


def _slack() -> list[Value]:
    """One of the two ARNs leads nowhere: that way no condition has to take the reference apart."""
    scheme, name = part(0, ":", ref("SlackReference")), part(1, ":", ref("SlackReference"))
    parameter = filled(_HERE % ("ssm", "parameter${Name}"), {"Name": name})
    # Behind its name, a secret's ARN has a hyphen and six characters.
    secret = filled(
        _HERE % ("${Scheme}", "secret:${Name}-??????"),
        {"Scheme": scheme, "Name": part(0, "#", name)},
    )
    statements = [
        _allow(["ssm:GetParameter"], parameter),
        _allow(["secretsmanager:GetSecretValue"], secret),
        _decrypt(scheme),
    ]
    return [when("HasSlack", _inline("Slack", statements)), when("HasSlacks", _slacks())]


def _bot(secrets: Sequence[str]) -> list[Value]:
    if not secrets:
        return []
    kept = [
        filled(_HERE % ("ssm", "parameter${Name}"), {"Name": part(1, ":", ref(each))})
        for each in secrets
    ]
    return [_inline("Bot", [_allow(["ssm:GetParameter"], kept), _decrypt("ssm")])]


def _slacks() -> Value:
    """What lies below one path: IAM cannot take a list of references apart."""
    below = text(_HERE % ("ssm", "parameter${SlackPath}/*"))
    return _inline("Slacks", [_allow(["ssm:GetParameter"], below), _decrypt("ssm")])


def _policy_location() -> list[Value]:
    """Likewise: no parameter's name has `//` in it, and no bucket's name begins with `/`."""
    scheme, rest = part(0, ":", ref("PolicyLocation")), part(1, ":", ref("PolicyLocation"))
    path = {"Fn::Join": ["", {"Fn::Split": ["//", rest]}]}
    statements = [
        _allow(["ssm:GetParameter"], filled(_HERE % ("ssm", "parameter${Name}"), {"Name": rest})),
        _allow(["s3:GetObject"], filled("arn:${AWS::Partition}:s3:::${Path}", {"Path": path})),
        _decrypt(scheme),
    ]
    return [when("HasPolicy", _inline("Policy", statements))]


def _decrypt(scheme: Value) -> Value:
    """With any key whose own policy lets us, and only through the service that keeps the thing."""
    host = filled("${Scheme}.${AWS::Region}.${AWS::URLSuffix}", {"Scheme": scheme})
    through = {"StringEquals": {"kms:ViaService": host}}
    return _allow(["kms:Decrypt"], text(_HERE % ("kms", "key/*")), through)


def _inline(name: str, statements: Sequence[Value]) -> Value:
    return {"PolicyName": name, "PolicyDocument": document(statements)}


def _may_assume(who: Mapping[str, Value]) -> Value:
    return {"Effect": "Allow", "Principal": who, "Action": ["sts:AssumeRole"]}


def _allow(actions: Sequence[str], where: Value, condition: Value = None) -> Value:
    bare = {"Effect": "Allow", "Action": list(actions), "Resource": where}
    return {**bare, "Condition": condition} if condition else bare
