"""A guard deployed on an AWS with a pipeline: the shipped template, and the Slack it tells."""

import io
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from awsteward.clients.aws.door import Boto
from awsteward.clients.aws.stack import Stacks, Wanted
from awsteward.demo.receiver import Receiver, receiver
from awsteward.demo.stage import REGION
from awsteward.deploy.bundle import Target
from awsteward.deploy.choice import chosen
from awsteward.deploy.template import Choice, template, text
from awsteward.deploy.wheels import packed
from awsteward.tags.policy.parse import parse
from tests.e2e.aws.stage import Pipeline, pipeline

POLICY = """
version: 1
tags:
  required:
    CreatedBy: {from: [creator]}
    Owner: {from: [creator]}
    CostCenter: {pattern: '\\d{4}'}
  grace: {terraform: 3s, other_tools: 3s}
slack: {window: 1s, most_per_week: 1000}
enforcement:
  promotion: waived
  writes_per_hour: 100000
  breaker: {denials: 100000}
"""
SERVICES = ("sqs", "sns", "dynamodb", "s3", "ssm")
CODE = "code"


@dataclass(frozen=True, slots=True)
class Live:
    """A deployed guard, and the Slack it tells."""

    aws: Pipeline
    slack: Receiver
    outputs: Mapping[str, str]

    def queue_tags(self, name: str) -> dict[str, str]:
        sqs = self.aws.client("sqs")
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        found: dict[str, str] = sqs.list_queue_tags(QueueUrl=url).get("Tags", {})
        return found

    def table(self) -> Sequence[Mapping[str, Any]]:
        """Every item that the guard keeps."""
        pages = self.aws.client("dynamodb").get_paginator("scan")
        found = pages.paginate(TableName=self.outputs["TableName"], ConsistentRead=True)
        return [item for page in found for item in page["Items"]]

    def parameters(self) -> dict[str, str]:
        """What the stack was given."""
        (stack,) = self.aws.client("cloudformation").describe_stacks(StackName="awsteward")[
            "Stacks"
        ]
        return {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}

    def told(self) -> str:
        return json.dumps(self.slack.messages)

    def environment(self, mode: str = "enforce") -> dict[str, str]:
        return {
            **os.environ,
            "AWS_REGION": REGION,
            "AWSTEWARD_TABLE": self.outputs["TableName"],
            "AWSTEWARD_QUEUE_URL": self.outputs["QueueUrl"],
            "AWSTEWARD_DEAD_LETTERS_URL": self.outputs["DeadLettersUrl"],
            "AWSTEWARD_POLICY": "ssm:/steward/policy",
            "AWSTEWARD_MODE": mode,
            "SLACK_URL": "ssm:/steward/slack",
        }

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # noqa: S603  our own command
            [sys.executable, "-m", "awsteward", *words],
            env=self.environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip


@contextmanager
def live(code: bytes, mode: str = "enforce", *, enforcing: bool = False) -> Iterator[Live]:
    """Deploy *code*; *enforcing*, its functions may do what the template's roles allow, no more."""
    with pipeline(enforcing=enforcing) as aws, receiver() as slack:
        aws.client("ssm").put_parameter(Name="/steward/policy", Value=POLICY, Type="String")
        aws.client("ssm").put_parameter(Name="/steward/slack", Value=slack.url, Type="SecureString")
        s3 = aws.client("s3")
        s3.create_bucket(Bucket=CODE, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_object(Bucket=CODE, Key="code.zip", Body=code)
        outputs = deployed(mode)
        _with_numbers(aws)
        yield Live(aws, slack, outputs)


def _with_numbers(aws: Pipeline) -> None:
    """CloudFormation makes a number of a parameter where one is asked for; the emulator does not.

    It would then take nothing from the queue.
    """
    functions = aws.client("lambda")
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        wide = int(mapping["ScalingConfig"]["MaximumConcurrency"])
        functions.update_event_source_mapping(
            UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": wide}
        )


def deployed(mode: str) -> Mapping[str, str]:
    """The shipped template, made by the code that `deploy up` makes it with."""
    choice = Choice(
        policy=parse(POLICY, "policy"), sources=chosen(SERVICES),
        runtime=f"python3.{sys.version_info.minor}", architecture="x86_64",
    )  # fmt: skip
    built = template(choice)
    stacks = Stacks(door=Boto(), region=REGION, sleep=time.sleep)
    given = {
        "CodeBucket": CODE, "CodeKey": "code.zip", "SlackReference": "ssm:/steward/slack",
        "PolicyLocation": "ssm:/steward/policy", "Mode": mode,
    }  # fmt: skip
    changes = stacks.changes(
        Wanted(
            name="awsteward", template=text(built, "json"), parameters=given,
            known=frozenset(built["Parameters"]), tags={"Owner": "ops"},
        )
    )  # fmt: skip
    assert changes is not None
    return stacks.change(changes).outputs


def no_code() -> bytes:
    """A package that only answers, for when the worker works in its place."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("nothing.py", "")
    return packed.getvalue()


def shipped() -> bytes:
    """The package as `deploy up` makes it, for the emulator's machine."""
    return packed(Target(f"3.{sys.version_info.minor}", "x86_64"))


@contextmanager
def worker(on: Live, said: int = subprocess.PIPE) -> Iterator["subprocess.Popen[str]"]:
    """A worker, killed at the end of the block; who reads nothing of it says so (DEVNULL)."""
    process = subprocess.Popen(
        [sys.executable, "-m", "awsteward", "tags", "worker", "--tell-every", "1"],
        env=on.environment(), stdout=said, stderr=said, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def without_functions(on: Live) -> None:
    """Leave the queue and the letters to a worker."""
    events = on.aws.client("events")
    for rule in events.list_rules()["Rules"]:
        if "ScheduleExpression" in rule:
            events.disable_rule(Name=rule["Name"])
    functions = on.aws.client("lambda")
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        functions.delete_event_source_mapping(UUID=mapping["UUID"])
