"""A guard in good health, as AWS would tell of it: from the shipped template."""

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from awsteward.clients.aws.refusals import Answer, Refusal
from awsteward.clients.secret import Secret
from awsteward.clients.slack import Posted, Rejected
from awsteward.deploy.template import Choice, template
from awsteward.doctor.look import Look
from awsteward.doctor.rulebook import Book
from awsteward.doctor.verdict import Check
from awsteward.doctor.walk import Asked, walk
from awsteward.tags.policy.default import REQUIRED, default
from tests.deploy.rules import matches

REGION, ACCOUNT = "eu-west-1", "111122223333"
NOW = datetime(2030, 1, 31, 9, tzinfo=UTC)
URL = "https://hooks.example.com/T0/B0/secret"
TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/main"
QUEUES = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}"
OUTPUTS = {
    "QueueUrl": f"{QUEUES}/q",
    "DeadLettersUrl": f"{QUEUES}/dead",
    "DeadLettersArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead",
    "TableName": "kept",
    "TakeFunction": "f-Take",
    "TellFunction": "f-Tell",
    "TakeRoleArn": f"arn:aws:iam::{ACCOUNT}:role/take",
}
PARAMETERS = {
    "CodeBucket": "code", "SlackReference": "ssm:/steward/slack", "Mode": "enforce",
    "PolicyLocation": "", "MemberRole": "tagger", "Canaries": "on",
}  # fmt: skip
ENVIRONMENT = {
    "AWSTEWARD_TABLE": "kept",
    "AWSTEWARD_QUEUE_URL": OUTPUTS["QueueUrl"],
    "AWSTEWARD_DEAD_LETTERS_URL": OUTPUTS["DeadLettersUrl"],
    "AWSTEWARD_POLICY": "",
    "AWSTEWARD_MODE": "enforce",
    "AWSTEWARD_MAX_RECEIVES": "10",
    "AWSTEWARD_ROLE": "tagger",
    "AWSTEWARD_CANARY": "/awsteward/canary/awsteward/",
    "SLACK_URL": "ssm:/steward/slack",
}
DENIED = Refusal(code="AccessDenied", message="no")
ABSENT = Refusal(code="ResourceNotFoundException", message="gone")

Said = Answer | Callable[[Mapping[str, Any]], Answer]


@functools.cache
def built() -> Mapping[str, Any]:
    return template(Choice(policy=default(), sources=frozenset({"sqs", "s3"})))


def rule_arn(name: str) -> str:
    return f"arn:aws:events:{REGION}:{ACCOUNT}:rule/r-{name}"


PHYSICAL = {
    "Queue": OUTPUTS["QueueUrl"],
    "DeadLetters": OUTPUTS["DeadLettersUrl"],
    "Table": OUTPUTS["TableName"],
}


def _resources(_: Mapping[str, Any]) -> Answer:
    return {
        "StackResources": [
            {"LogicalResourceId": name, "PhysicalResourceId": physical, "ResourceType": one["Type"]}
            for name, one in built()["Resources"].items()
            for prefix in ["r-" if one["Type"] == "AWS::Events::Rule" else "f-"]
            for physical in [PHYSICAL.get(name, prefix + name)]
        ]
    }


def rule(params: Mapping[str, Any]) -> Answer:
    made = built()["Resources"][params["Name"].removeprefix("r-")]["Properties"]
    told = {
        "Name": params["Name"],
        "Arn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{params['Name']}",
    }
    if "EventPattern" not in made:
        return {**told, "State": "ENABLED", "ScheduleExpression": made["ScheduleExpression"]}
    pattern = json.dumps(made["EventPattern"])
    prefix = '{"Fn::Sub": "/awsteward/canary/${AWS::StackName}/"}'
    filled = pattern.replace(prefix, '"/awsteward/canary/awsteward/"')
    return {**told, "State": "ENABLED", "EventPattern": filled}


def _targets(params: Mapping[str, Any]) -> Answer:
    functions = {"r-EveryMinute": "f-Tell", "r-EveryHour": "f-Canary"}
    function = functions.get(params["Rule"])
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"
    return {"Targets": [{"Id": "x", "Arn": arn if function else queue_arn("q")}]}


def queue_arn(name: str) -> str:
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def queue(policy: object = None, redrive: object = None, waiting: int = 0) -> Callable[..., Answer]:
    """The queue, and dead letters of which so many wait."""

    def told(params: Mapping[str, Any]) -> Answer:
        name = params["QueueUrl"].rpartition("/")[2]
        return {
            "Attributes": {
                "QueueArn": queue_arn(name),
                "Policy": json.dumps(SENDERS if policy is None else policy),
                "RedrivePolicy": json.dumps(REDRIVE if redrive is None else redrive),
                "ApproximateNumberOfMessages": str(waiting),
            }
        }

    return told


def senders(*arns: str, condition: bool = True) -> Mapping[str, Any]:
    only = {"Condition": {"ArnEquals": {"aws:SourceArn": list(arns)}}} if condition else {}
    return {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": ["sqs:SendMessage"],
                "Resource": queue_arn("q"),
                **only,
            }
        ]
    }


SENDERS = senders(rule_arn("Creations1"), rule_arn("Creations2"))
REDRIVE = {"deadLetterTargetArn": OUTPUTS["DeadLettersArn"], "maxReceiveCount": 11}


def simulated(*denied: str, above: bool = False) -> Callable[..., Answer]:
    """IAM, which allows all but *denied*."""

    def told(params: Mapping[str, Any]) -> Answer:
        no: dict[str, Any] = {"EvalDecision": "implicitDeny"}
        if above:
            no["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": False}
        return {
            "EvaluationResults": [
                {
                    "EvalActionName": action,
                    **(no if action in denied else {"EvalDecision": "allowed"}),
                }
                for action in params["ActionNames"]
            ]
        }

    return told


def stack(status: str = "CREATE_COMPLETE", **parameters: str) -> Answer:
    both = {**PARAMETERS, **parameters}
    return {
        "Stacks": [
            {
                "StackStatus": status,
                "Parameters": [
                    {"ParameterKey": key, "ParameterValue": value} for key, value in both.items()
                ],
                "Outputs": [{"OutputKey": k, "OutputValue": v} for k, v in OUTPUTS.items()],
            }
        ]
    }


def no_stack() -> Answer:
    return Refusal(code="ValidationError", message="Stack with id awsteward does not exist")


def trails(**more: Any) -> Answer:
    one = {"Name": "main", "TrailARN": TRAIL, "HomeRegion": REGION, "S3BucketName": "logs", **more}
    return {"trailList": [one]}


def function(**more: Any) -> Answer:
    return {"State": "Active", "Environment": {"Variables": ENVIRONMENT}, **more}


def mapping(**more: Any) -> Answer:
    one = {"UUID": "m1", "EventSourceArn": queue_arn("q"), "State": "Enabled", **more}
    return {"EventSourceMappings": [one]}


def cost_tags(status: str = "Active", *keys: str) -> Answer:
    return {
        "CostAllocationTags": [
            {"TagKey": key, "Status": status, "LastUpdatedDate": "2029-05-01T00:00:00Z"}
            for key in keys or REQUIRED
        ]
    }


def tag_policy(*keys: str) -> Answer:
    tags = {key.lower(): {"tag_key": key} for key in keys}
    return {"EffectivePolicy": {"PolicyContent": json.dumps({"tags": tags})}}


HEALTHY: Mapping[str, Said] = {
    "sts:GetCallerIdentity": {
        "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/ana",
        "ResponseMetadata": {"HTTPHeaders": {"date": "Thu, 31 Jan 2030 08:59:58 GMT"}},
    },
    "iam:GetRole": {"Role": {"Arn": f"arn:aws:iam::{ACCOUNT}:role/path/admin"}},
    "iam:SimulatePrincipalPolicy": simulated(),
    "cloudformation:DescribeStacks": stack(),
    "cloudformation:GetTemplate": lambda _: {"TemplateBody": built()},
    "cloudformation:DescribeStackResources": _resources,
    "cloudtrail:DescribeTrails": trails(),
    "cloudtrail:GetTrailStatus": {"IsLogging": True},
    "cloudtrail:GetEventSelectors": {"EventSelectors": [{"ReadWriteType": "All"}]},
    "cloudtrail:LookupEvents": {"Events": []},
    "events:DescribeRule": rule,
    "events:ListTargetsByRule": _targets,
    "events:TestEventPattern": lambda asked: {
        "Result": matches(json.loads(asked["EventPattern"]), json.loads(asked["Event"]))
    },
    "sqs:GetQueueAttributes": queue(),
    "lambda:GetFunctionConfiguration": function(),
    "lambda:ListEventSourceMappings": mapping(),
    "dynamodb:DescribeTable": {"Table": {"TableStatus": "ACTIVE"}},
    "dynamodb:DescribeTimeToLive": {
        "TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
    },
    "dynamodb:Query": {"Items": []},
    "ssm:GetParameter": {"Parameter": {"Value": URL}},
    "organizations:DescribeEffectivePolicy": tag_policy(*REQUIRED),
    "ce:ListCostAllocationTags": cost_tags(),
}


@dataclass(frozen=True, slots=True)
class Canned:
    """AWS of canned answers; what has none is denied."""

    answers: Mapping[str, Said]
    asked: list[str] = field(default_factory=list)

    def call(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        name = f"{service}:{operation}"
        self.asked.append(name)
        said = self.answers.get(name, DENIED)
        return said(params) if callable(said) else said


@dataclass(frozen=True, slots=True)
class Hook:
    """Slack, which answers always the same."""

    answer: Posted
    heard: list[bytes] = field(default_factory=list)

    def post(self, payload: bytes) -> Posted:
        self.heard.append(payload)
        return self.answer


def asked(
    door: Canned, hook: Hook | None = None, *, stack: str | None = None, hello: bool = False
) -> Asked:
    slack = hook or Hook(Rejected("HTTP 400 no_text"))

    def dial(_: Secret) -> Hook:
        return slack

    return Asked(
        look=Look.through(door, REGION), stack=stack,
        policy=lambda: Book(default(), "the built-in policy"), policy_file="",
        slack="", hello=hello, dial=dial, now=lambda: NOW, environment={},
    )  # fmt: skip


def walked(changes: Mapping[str, Said] | None = None, **more: Any) -> Mapping[str, Check]:
    """Every link by its name, where AWS answers otherwise than in good health."""
    door = Canned({**HEALTHY, **(changes or {})})
    return {check.link: check for check in walk(asked(door, **more))}


def stackless(changes: Mapping[str, Said] | None = None, **more: Any) -> Mapping[str, Check]:
    return walked({"cloudformation:DescribeStacks": no_stack(), **(changes or {})}, **more)


def answers(of: Mapping[str, Check]) -> Iterator[tuple[str, str]]:
    """Each link and what kind of thing is said of it."""
    return ((link, type(check.verdict).__name__) for link, check in of.items())


def with_slack(found: Asked, reference: str) -> Asked:
    return replace(found, slack=reference)
