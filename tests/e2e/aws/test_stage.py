"""The embedded AWS with a pipeline: what tests of the whole chain stand on holds."""

import io
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from awsteward.demo.stage import ACCOUNT, REGION
from tests.e2e.aws.ministack import Fault
from tests.e2e.aws.postman import Delivery
from tests.e2e.aws.stage import LAUNCHER, Pipeline, pipeline, require, settled

API_CALL = "AWS API Call via CloudTrail"
PATTERN = {
    "source": [{"prefix": "aws."}],
    "detail-type": [API_CALL, "AWS Service Event via CloudTrail"],
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
HANDLER = """
import json, os, boto3, msgspec

def take(event, context):
    failed = []
    for record in event["Records"]:
        item = {"pk": record["body"], "endpoint": os.environ["AWS_ENDPOINT_URL"],
                "msgspec": msgspec.__file__, "root": os.environ["LAMBDA_TASK_ROOT"],
                "worker": str(os.getpid()), "emulator": str(os.getppid())}
        if record["body"] == "poison":
            failed.append({"itemIdentifier": record["messageId"]})
            continue
        boto3.client("dynamodb").put_item(
            TableName="seen", Item={key: {"S": value} for key, value in item.items()})
    return {"batchItemFailures": failed}
"""


def template(*, visible_after: int = 30) -> dict[str, Any]:
    """A rule that hears of CloudTrail, a queue with its dead letters, and a table."""
    queue = {"Fn::GetAtt": ["Queue", "Arn"]}
    rule = {"Fn::GetAtt": ["Rule", "Arn"]}
    policy = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    redrive = {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 2}
    resources = {
        "Dead": ("SQS::Queue", {"QueueName": "dead"}),
        "Queue": (
            "SQS::Queue",
            {"QueueName": "heard", "VisibilityTimeout": visible_after, "RedrivePolicy": redrive},
        ),
        "Letters": (
            "SQS::QueuePolicy",
            {
                "Queues": [{"Ref": "Queue"}],
                "PolicyDocument": {"Version": "2012-10-17", "Statement": [policy]},
            },
        ),
        "Rule": ("Events::Rule", {"EventPattern": PATTERN, "Targets": [{"Id": "q", "Arn": queue}]}),
        "Table": (
            "DynamoDB::Table",
            {
                "TableName": "seen",
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            },
        ),
    }
    return {
        "Resources": {
            name: {"Type": f"AWS::{kind}", "Properties": properties}
            for name, (kind, properties) in resources.items()
        }
    }


def deploy(aws: Pipeline, **shape: int) -> None:
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(StackName="guard", TemplateBody=json.dumps(template(**shape)))
    settled(
        "the stack stands",
        lambda: cloudformation.describe_stacks(StackName="guard")["Stacks"][0]["StackStatus"],
        lambda status: status == "CREATE_COMPLETE",
    )


def package() -> bytes:
    """A zip of the handler and of msgspec as it is installed here."""
    folder = Path(msgspec.__file__).parent
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("handler.py", HANDLER)
        for path in folder.rglob("*"):
            if path.suffix in {".py", ".so"}:
                archive.write(path, f"msgspec/{path.relative_to(folder)}")
    return held.getvalue()


def function(aws: Pipeline, allowed: list[str]) -> None:
    """Create the function, in a role with just these rights."""
    iam = aws.client("iam")
    role = iam.create_role(RoleName="taker", AssumeRolePolicyDocument=json.dumps(TRUST))
    allow(aws, allowed)
    aws.client("lambda").create_function(
        FunctionName="take",
        Runtime="python3.13",
        Handler="handler.take",
        Role=role["Role"]["Arn"],
        Code={"ZipFile": package()},
        Timeout=5,
    )


def allow(aws: Pipeline, actions: list[str]) -> None:
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.client("iam").put_role_policy(
        RoleName="taker", PolicyName="rights", PolicyDocument=document
    )


def invoke(aws: Pipeline, body: str) -> dict[str, Any]:
    event = {"Records": [{"messageId": "1", "body": body}]}
    answer = aws.client("lambda").invoke(FunctionName="take", Payload=json.dumps(event).encode())
    said: dict[str, Any] = json.load(answer["Payload"])
    return said


def row(aws: Pipeline, key: str) -> dict[str, str]:
    found = aws.client("dynamodb").get_item(TableName="seen", Key={"pk": {"S": key}})
    return {name: value["S"] for name, value in found.get("Item", {}).items()}


def received(aws: Pipeline, queue: str, count: int, within: float = 10.0) -> list[str]:
    """Take messages until *count* have come."""
    sqs = aws.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    bodies: list[str] = []

    def take() -> list[str]:
        for each in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            bodies.append(each["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        return bodies

    return settled(f"{count} messages in {queue}", take, lambda found: len(found) >= count, within)


@pytest.fixture(scope="module")
def aws() -> Iterator[Pipeline]:
    with pipeline() as running:
        deploy(running)
        yield running


def test_a_developers_call_reaches_the_queue_as_eventbridge_tells_it(aws: Pipeline) -> None:
    mina = aws.developer("mina")

    mina.client("sqs").create_queue(QueueName="orders", tags={"Team": "shop"})

    (body,) = received(aws, "heard", 1)
    event = json.loads(body)
    assert [event] == mina.envelopes
    assert (event["source"], event["account"], event["region"]) == ("aws.sqs", ACCOUNT, REGION)
    assert event["time"] == event["detail"]["eventTime"]
    assert event["detail"]["eventName"] == "CreateQueue"
    assert event["detail"]["responseElements"]["queueUrl"] == f"{aws.endpoint}/{ACCOUNT}/orders"
    assert event["detail"]["userIdentity"]["arn"].endswith("/mina@shop.example")


def test_reads_and_calls_of_nobody_are_not_heard(aws: Pipeline) -> None:
    joon = aws.developer("joon")

    joon.client("sqs").list_queues()
    aws.client("sqs").create_queue(QueueName="unheard")
    joon.client("sns").create_topic(Name="heard")

    (body,) = received(aws, "heard", 1)
    assert json.loads(body)["detail"]["eventName"] == "CreateTopic"


def test_each_account_has_rules_of_its_own(aws: Pipeline) -> None:
    elsewhere = "444455556666"
    joon = aws.developer("joon")
    joon.client("sns").create_topic(Name="here")
    stranger = {**joon.envelopes[0], "id": "another", "account": elsewhere}

    aws.deliver(stranger)

    assert len(received(aws, "heard", 1)) == 1
    aws.client("sqs", account=elsewhere).create_queue(QueueName="theirs")
    assert "theirs" not in str(aws.client("sqs").list_queues())


def test_events_come_twice_late_and_out_of_order_when_asked(aws: Pipeline) -> None:
    lee = aws.developer("lee", Delivery(copies=2, delay=0.2, spread=0.5))

    for number in range(20):
        lee.client("sqs").create_queue(QueueName=f"late-{number}")
    assert aws.undelivered() == 40

    ids = [json.loads(body)["id"] for body in received(aws, "heard", 40)]
    made = [each["id"] for each in lee.envelopes]
    assert sorted(ids) == sorted(made * 2)
    assert list(dict.fromkeys(ids)) != made
    assert aws.undelivered() == 0


@pytest.mark.parametrize(
    ("source", "refusal"),
    [
        pytest.param("aws.sqs", "NotAuthorizedForSourceException", id="forged"),
        pytest.param("my.sqs", None, id="another-source"),
    ],
)
def test_nobody_else_can_speak_for_cloudtrail(
    aws: Pipeline, source: str, refusal: str | None
) -> None:
    entry = {"Source": source, "DetailType": API_CALL, "Detail": "{}"}

    (answer,) = aws.client("events").put_events(Entries=[entry])["Entries"]

    assert answer.get("ErrorCode") == refusal
    aws.developer("joon").client("sns").create_topic(Name="afterwards")
    (body,) = received(aws, "heard", 1)
    assert json.loads(body)["source"] == "aws.sns"


def test_a_share_of_calls_is_throttled_and_counted(aws: Pipeline) -> None:
    sqs = aws.client("sqs", tries=1)
    url = sqs.create_queue(QueueName="busy")["QueueUrl"]
    codes = []

    aws.inject(Fault(match="^sqs/ListQueueTags$", throttle=0.3, unavailable=0.1, denied=0.1))
    for _ in range(100):
        try:
            sqs.list_queue_tags(QueueUrl=url)
        except ClientError as error:
            codes.append(error.response["Error"]["Code"])
    sqs.get_queue_attributes(QueueUrl=url)
    aws.inject()
    sqs.list_queue_tags(QueueUrl=url)

    assert aws.injected().keys() == {"sqs/ListQueueTags"}
    counted = aws.injected()["sqs/ListQueueTags"]
    assert sum(counted.values()) == 100
    assert 20 <= counted["throttle"] <= 40
    assert (counted["throttle"], counted["unavailable"], counted["denied"]) == (
        codes.count("ThrottlingException"),
        codes.count("ServiceUnavailable"),
        codes.count("AccessDenied"),
    )


def test_a_blackout_breaks_connections_and_passes(aws: Pipeline) -> None:
    hurried, patient = (aws.client("dynamodb", tries=tries) for tries in (1, 10))
    began = time.monotonic()

    aws.inject(Fault(match="^dynamodb/", blackout=1.0, latency=0.05))
    with pytest.raises(ConnectionClosedError):
        hurried.list_tables()
    patient.list_tables()
    took = time.monotonic() - began
    aws.inject()

    assert took >= 1.0
    counted = aws.injected()["dynamodb/ListTables"]
    assert (counted["passed"], counted["blackout"] >= 2) == (1, True)


@pytest.mark.parametrize(
    ("service", "operation", "params"),
    [
        pytest.param("s3", "GetBucketTagging", {"Bucket": "b"}, id="rest-xml"),
        pytest.param("ec2", "DescribeVpcs", {}, id="ec2"),
        pytest.param("iam", "ListRoles", {}, id="query"),
        pytest.param("lambda", "ListFunctions", {}, id="rest-json"),
        pytest.param("resourcegroupstaggingapi", "GetResources", {}, id="json"),
    ],
)
def test_every_protocol_can_be_refused(
    aws: Pipeline, service: str, operation: str, params: Mapping[str, str]
) -> None:
    client = aws.client(service, tries=1)

    aws.inject(Fault(match=f"/{operation}$", throttle=1.0))
    with pytest.raises(ClientError, match=r"ThrottlingException|SlowDown|RequestLimitExceeded"):
        client._make_api_call(operation, dict(params))  # noqa: SLF001  any operation by its name
    aws.inject()


def test_a_fault_that_makes_no_sense_is_refused(aws: Pipeline) -> None:
    with pytest.raises(OSError, match="400"):
        aws.inject(Fault(match="("))


def test_a_function_takes_from_the_queue_and_its_poison_ends_in_the_dead_letters() -> None:
    with pipeline() as aws:
        deploy(aws, visible_after=1)
        function(aws, ["*"])
        sqs = aws.client("sqs")
        url = sqs.get_queue_url(QueueName="heard")["QueueUrl"]
        aws.client("lambda").create_event_source_mapping(
            FunctionName="take",
            EventSourceArn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:heard",
            FunctionResponseTypes=["ReportBatchItemFailures"],
        )

        for body in ("good", "poison"):
            sqs.send_message(QueueUrl=url, MessageBody=body)

        seen = settled("the function wrote a row", lambda: row(aws, "good"))
        assert seen["endpoint"] == aws.endpoint
        assert seen["msgspec"].startswith(seen["root"]), "not the zip's own msgspec"
        assert received(aws, "dead", 1, within=15) == ["poison"]
        assert row(aws, "poison") == {}


def test_where_rights_are_enforced_a_function_may_do_what_its_role_may() -> None:
    with pipeline(enforcing=True) as aws:
        deploy(aws)
        function(aws, ["logs:*"])
        aws.developer("mina").client("sqs").create_queue(QueueName="orders")

        denied = invoke(aws, "first")

        assert "AccessDeniedException" in denied["errorMessage"]
        assert row(aws, "first") == {}
        allow(aws, ["dynamodb:PutItem"])
        assert invoke(aws, "second") == {"batchItemFailures": []}
        assert row(aws, "second")["endpoint"] == aws.endpoint
        assert len(received(aws, "heard", 1)) == 1


def test_nothing_of_it_outlives_the_block() -> None:
    before = os.environ.get("AWS_ENDPOINT_URL")
    with pipeline() as aws:
        deploy(aws)
        function(aws, ["*"])
        invoke(aws, "where")
        left = row(aws, "where")
        assert os.environ["AWS_ENDPOINT_URL"] == aws.endpoint
        assert all(_runs(left[each]) for each in ("worker", "emulator"))

    assert not any(_runs(left[each]) for each in ("worker", "emulator"))
    assert not Path(left["root"]).parent.parent.exists()
    assert os.environ.get("AWS_ENDPOINT_URL") == before


def _runs(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    return True


def test_another_version_of_the_emulator_is_refused(tmp_path: Path) -> None:
    about = tmp_path / "ministack-1.5.34.dist-info" / "METADATA"
    about.parent.mkdir()
    about.write_text("Metadata-Version: 2.1\nName: ministack\nVersion: 1.5.34\n")

    refused = subprocess.run(  # noqa: S603  our own launcher
        [sys.executable, "-P", LAUNCHER], env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert refused.returncode == 1
    assert "knows the insides of ministack 1.5.33; found: 1.5.34" in refused.stderr


def test_without_the_emulator_tests_are_skipped_but_ci_fails(tmp_path: Path) -> None:
    missing = tmp_path / "python"

    with pytest.raises(pytest.skip.Exception, match=r"run: make \.venv-ministack/\.ready"):
        require(missing, in_ci=False)
    with pytest.raises(pytest.fail.Exception, match=r"run: make \.venv-ministack/\.ready"):
        require(missing, in_ci=True)


def test_what_does_not_settle_says_what_was_seen_last() -> None:
    with pytest.raises(
        pytest.fail.Exception, match=r"it rains: not within 0.1 s; last seen: 'sun'"
    ):
        settled("it rains", lambda: "sun", lambda sky: sky == "rain", within=0.1)
