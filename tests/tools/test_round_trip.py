"""A sample of the round trip; ``make round-trip`` makes every one."""

import json
import warnings
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from awsteward.tags.model.arn import Arn
from awsteward.tags.model.reading import Resource
from tools.round_trip.oracle import Proof, proof, texts
from tools.round_trip.text import matching
from tools.round_trip.trip import Arrived, trips

PROMISED = Path(__file__).parents[2] / "src/awsteward/tags/catalogue/data/round_trip.json"
SAMPLE = (
    *("sqs:CreateQueue", "dynamodb:CreateTable", "ec2:CreateVpc", "elb:CreateLoadBalancer"),
    *("route53:CreateHostedZone", "stepfunctions:CreateStateMachine"),
)
"""Every protocol of AWS, and parents that must be made first."""


@pytest.fixture(autouse=True)
def emulators_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # moto's own; nothing of ours warns
        yield


@pytest.mark.parametrize("call", SAMPLE)
def test_a_create_call_makes_the_round_trip(call: str) -> None:
    service, operation = call.split(":")

    (trip,) = trips(service, (operation,))

    assert isinstance(trip.end, Arrived), trip.end


TABLE = Resource(
    arn=Arn("arn:aws:dynamodb:eu-west-1:123456789012:table/t"), handle=None, type=None,
    account="123456789012", region="eu-west-1", partition="aws", service="dynamodb", tags={},
)  # fmt: skip


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        pytest.param({TABLE.arn, "t"}, Proof.ARN, id="its-arn"),
        pytest.param({"t"}, Proof.ID, id="its-id-and-no-arn"),
        pytest.param({"arn:aws:dynamodb:eu-west-1:123456789012:index/t", "t"}, None, id="another"),
        pytest.param({"u"}, None, id="nothing-of-the-kind"),
        pytest.param(set(), None, id="nothing-new"),
    ],
)
def test_the_emulator_confirms_only_what_it_holds(new: set[str], expected: Proof | None) -> None:
    assert proof(TABLE, frozenset(new)) == expected


@mock_aws
def test_what_a_call_adds_is_told_from_what_was_there() -> None:
    sns = boto3.Session("testing", "testing", region_name="eu-west-1").client("sns")
    old = sns.create_topic(Name="old")["TopicArn"]

    before = texts("sns")
    new = sns.create_topic(Name="new")["TopicArn"]
    added = texts("sns") - before

    assert new in added
    assert old not in added


def test_the_result_promises_what_the_issue_asks_for() -> None:
    promised = json.loads(PROMISED.read_text())

    assert len(promised["calls"]) >= 250
    assert len(promised["services"]) >= 85
    assert promised["calls"] == sorted(promised["calls"])


@pytest.mark.parametrize(
    ("pattern", "length"),
    [
        (r"[a-z][a-z0-9-]{2,9}", 3),
        (r"^arn:aws:iam::\d{12}:role/[\w+=,.@-]+$", 0),
        (r"(ami|aki)-[0-9a-f]{17}", 0),
        (r"[^\s]{5}", 5),
    ],
)
def test_a_text_can_be_made_for_a_pattern(pattern: str, length: int) -> None:
    text = matching(pattern, length)

    assert text is not None
    assert len(text) >= length


def test_no_text_is_made_for_what_python_cannot_read() -> None:
    assert matching(r"[\p{L}]+", 1) is None
