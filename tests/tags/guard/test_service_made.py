"""A record of a service's own call, taken to its end: whose tags, said how, or asked why."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from awsteward.cli.text import written
from awsteward.clients.aws.refusals import Answer, Refusal
from awsteward.tags.apply.attempt import Clock
from awsteward.tags.apply.hands import AwsHands
from awsteward.tags.guard.line import line
from awsteward.tags.guard.live import Guard, guard
from awsteward.tags.model.handled import Handled, Result
from awsteward.tags.model.reading import Created
from awsteward.tags.policy.parse import parse
from awsteward.tags.read.reading import creations
from awsteward.tags.read.records import Broken, records
from awsteward.tags.tell.notice import decode, encode, notice

ACCOUNT, REGION = "111122223333", "ap-southeast-1"
AT = datetime(2026, 5, 4, 8, 2, 37, tzinfo=UTC)
POLICY = parse("version: 1\ntags:\n  required: [Owner]\n", "awsteward.yaml")
ROLE = "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"

# The members and their order are those of a record that Auto Scaling left for an EKS node group.
LAUNCH = {
    "eventVersion": "1.08",
    "userIdentity": {
        "type": "AssumedRole", "principalId": "AROAEXAMPLE:AutoScaling",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSServiceRoleForAutoScaling/AutoScaling",
        "accountId": ACCOUNT,
        "sessionContext": {"sessionIssuer": {
            "type": "Role", "arn": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}", "accountId": ACCOUNT,
            "userName": "AWSServiceRoleForAutoScaling",
        }},
        "invokedBy": "autoscaling.amazonaws.com",
    },
    "eventTime": "2026-05-04T08:02:37Z", "eventSource": "ec2.amazonaws.com",
    "eventName": "RunInstances", "awsRegion": REGION,
    "sourceIPAddress": "autoscaling.amazonaws.com", "userAgent": "autoscaling.amazonaws.com",
    "requestParameters": {
        "instancesSet": {"items": [{"minCount": 1, "maxCount": 1}]},
        "clientToken": "fleet-1fb4718e-e78e-4e3e-0c18-ad80e56dbf97-0",
        "tagSpecificationSet": {"items": [{"resourceType": "instance", "tags": [
            {"key": "aws:autoscaling:groupName", "value": "eks-blue-06c5c4f3"},
            {"key": "eks:cluster-name", "value": "shop"},
            {"key": "kubernetes.io/cluster/shop", "value": "owned"},
            {"key": "eks:nodegroup-name", "value": "blue"},
            {"key": "aws:ec2:fleet-id", "value": "fleet-1fb4718e-e78e-4e3e-0c18-ad80e56dbf97"},
        ]}]},
        "launchTemplate": {"launchTemplateId": "lt-06859e733591a6c06", "version": "1"},
    },
    "responseElements": {"instancesSet": {"items": [{"instanceId": "i-0a3c844322fab4955"}]}},
    "eventID": "e-1", "readOnly": False, "eventType": "AwsApiCall",
    "recipientAccountId": ACCOUNT,
}  # fmt: skip


@dataclass
class Eks:
    """EC2 that shows no tags, and a group, a node group or a cluster that may have an owner."""

    owned: str
    denied: tuple[str, ...] = ()

    def call(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        if service in self.denied:
            return Refusal(
                code="AccessDenied", message=f"not authorized to perform: {service}:{operation}"
            )
        owner = {"Owner": "shop"}
        pairs = [{"Key": "Owner", "Value": "shop"}]
        match service, operation:
            case "autoscaling", "DescribeTags":
                return {"Tags": pairs if self.owned == "group" else []}
            case "eks", "DescribeNodegroup":
                return {"nodegroup": {"tags": owner if self.owned == "node group" else {}}}
            case "eks", _:
                return {"tags": owner if self.owned == "cluster" else {}}
            case _:
                return {}


def end(door: Eks, record: Mapping[str, Any] = LAUNCH) -> Handled:
    clock = Clock(now=lambda: AT + timedelta(minutes=1), sleep=lambda _: None, jitter=lambda: 0.0)
    with_ = Guard(
        policy=POLICY, hands=AwsHands(door=door, clock=clock), ledger=None, now=clock.now,
        writing=True, believing=True,
    )  # fmt: skip
    text = json.dumps(record).encode()
    read = [one for batch in records("r", [text]) if not isinstance(batch, Broken) for one in batch]
    made = [told for told in creations(read) if isinstance(told, Created)]
    first, *_ = guard(made, with_)
    return first


@pytest.mark.parametrize(
    ("owned", "whose"),
    [
        ("group", "Auto Scaling group eks-blue-06c5c4f3"),
        ("node group", "EKS node group shop/blue"),
        ("cluster", "EKS cluster shop"),
    ],
)
def test_a_node_gets_the_owner_of_the_nearest_that_has_one_and_says_whose(
    owned: str, whose: str
) -> None:
    node = end(Eks(owned))

    assert node.result is Result.TAGGED
    assert [written(write) for write in node.applied] == [f"Owner=shop (parent: {whose})"]
    told = line(node).applied["Owner"]
    assert (told.value, told.origin, told.whose) == ("shop", "parent", whose)
    assert decode(encode(notice(node))).applied == node.applied


def test_a_group_that_cannot_be_read_is_named_in_the_question() -> None:
    node = end(Eks("nobody", denied=("autoscaling",)))

    assert node.result is Result.PENDING
    assert node.applied == ()
    (ask,) = node.asks
    assert "Auto Scaling group eks-blue-06c5c4f3 could not be read" in ask.why
    assert "allow autoscaling:DescribeTags" in ask.why
    assert ask.suggestion is None


@pytest.mark.parametrize("name", ["AutoScaling", "AWSServiceRoleForAutoScaling"])
def test_the_services_role_and_session_are_never_the_owner(name: str) -> None:
    node = end(Eks("nobody"))

    assert node.applied == ()
    assert name not in [ask.suggestion for ask in node.asks]
