"""What else the deployed functions do: the canary's whole way, and AWS Config's questions."""

import base64
import copy
import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from awsteward.demo.stage import ACCOUNT, REGION
from awsteward.tags.guard.canary import KEY
from tests.e2e.aws.live import CODE, Live, live, shipped
from tests.e2e.aws.stage import settled
from tests.tags.config.messages import call, changed, item

PREFIX = "/awsteward/canary/awsteward/"
UNKNOWN = "Unknown Config action: PutEvaluations"


@pytest.fixture(scope="module")
def on() -> Iterator[Live]:
    with live(shipped(), enforcing=True) as opened:
        opened.aws.client("events").disable_rule(Name=physical(opened, "EveryHour"))
        yield opened


def physical(on: Live, logical: str) -> str:
    """What CloudFormation called a part of the stack."""
    (found,) = on.aws.client("cloudformation").describe_stack_resources(
        StackName="awsteward", LogicalResourceId=logical
    )["StackResources"]
    return str(found["PhysicalResourceId"]).rpartition("/")[2]


def invoked(on: Live, function: str, event: Mapping[str, Any]) -> tuple[str, str]:
    """What became of a call: the error, if any, and the log."""
    done = on.aws.client("lambda").invoke(
        FunctionName=function, LogType="Tail", Payload=json.dumps(event)
    )
    told = done["Payload"].read().decode()
    log = base64.b64decode(done.get("LogResult", "")).decode()
    return (told if "FunctionError" in done else ""), log


def canaries(on: Live) -> list[str]:
    found = on.aws.client("logs").describe_log_groups(logGroupNamePrefix=PREFIX)["logGroups"]
    return [each["logGroupName"] for each in found]


def marks(on: Live, name: str) -> dict[str, str]:
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}"
    tags: dict[str, str] = on.aws.client("logs").list_tags_for_resource(resourceArn=arn)["tags"]
    return tags


def as_cloudtrail_tells(on: Live, name: str) -> dict[str, Any]:
    """The event of a log group's creation; the emulator's own functions come as none."""
    somebody = on.aws.developer("joon")
    somebody.client("logs").create_log_group(logGroupName="/model")
    event = copy.deepcopy(somebody.envelopes[-1])
    event["id"] = event["detail"]["eventID"] = str(uuid.uuid4())
    event["detail"]["requestParameters"]["logGroupName"] = name
    return event


def test_a_canary_is_made_goes_the_whole_way_and_is_seen(on: Live) -> None:
    function = physical(on, "Canary")
    error, _ = invoked(on, function, {})
    assert error == ""
    (born,) = canaries(on)

    on.aws.deliver(as_cloudtrail_tells(on, born))
    settled("Take marks it", lambda: marks(on, born), lambda tags: KEY in tags, within=30)
    seen = settled("the table knows", lambda: json.dumps(on.table()), lambda t: '"seen' in t)
    error, log = invoked(on, function, {})

    assert error == ""
    assert born in seen
    assert '"CanarySeen":1.0' in log.replace(" ", "")
    assert born not in canaries(on)
    assert born not in on.told()


def test_a_question_of_aws_config_is_judged_and_put_back(on: Live) -> None:
    functions, take = on.aws.client("lambda"), physical(on, "Take")
    like = functions.get_function_configuration(FunctionName=take)
    grant = {"Effect": "Allow", "Action": "config:PutEvaluations", "Resource": "*"}
    on.aws.client("iam").put_role_policy(
        RoleName=like["Role"].rpartition("/")[2],
        PolicyName="Answer",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [grant]}),
    )
    functions.create_function(  # the emulator's CloudFormation knows no AWS::Config::ConfigRule
        FunctionName="evaluate",
        Handler="awsteward.tags.handler.evaluate",
        Runtime=like["Runtime"],
        Role=like["Role"],
        Timeout=30,
        Code={"S3Bucket": CODE, "S3Key": "code.zip"},
        Environment={"Variables": like["Environment"]["Variables"]},
    )

    error, log = invoked(on, "evaluate", call(changed(item())))

    if UNKNOWN in error:
        assert "put(told, book" in log  # as far as that: read, judged, handed over
        pytest.skip("the emulator's AWS Config has no operation PutEvaluations")
    assert error == ""
    assert "NON_COMPLIANT" in log
