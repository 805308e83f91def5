"""Drops, renames and blanks every member of real-shaped records: the answer is right or none."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsteward.tags.catalogue import lookup
from awsteward.tags.read.recognise import Resources, recognise
from awsteward.tags.read.record import Record

CORPUS = Path(__file__).parents[4] / "shared/data/cloudtrail/records.jsonl"
ACCOUNT = "111122223333"
OWNER = "444455556666"
BLANKS: tuple[Any, ...] = (None, "", {}, [])
NO_ARNS: tuple[Any, ...] = (0, [0], " ", "x", "HIDDEN_DUE_TO_SECURITY_REASONS")
"""In place of an ARN only: a number may well be a name."""


def mutants(value: Any) -> Iterator[Any]:
    """*value* with one member dropped, renamed or blanked, at every depth."""
    if isinstance(value, dict):
        for name, inner in value.items():
            rest = {key: val for key, val in value.items() if key != name}
            yield rest
            yield rest | {f"{name}X": inner}
            blanks = BLANKS + NO_ARNS if str(inner).startswith("arn:") else BLANKS
            yield from (rest | {name: blank} for blank in blanks)
            yield from ({**value, name: mutant} for mutant in mutants(inner))
    if isinstance(value, list):
        for place, inner in enumerate(value):
            yield value[:place] + value[place + 1 :]
            for mutant in mutants(inner):
                yield [*value[:place], mutant, *value[place + 1 :]]


def refs(members: Any) -> set[str]:
    try:
        found = recognise(msgspec.json.decode(json.dumps(members), type=Record))
    except msgspec.ValidationError:
        return set()  # no record: whoever reads the file says so
    return {resource.ref for resource in found.resources} if isinstance(found, Resources) else set()


def record(source: str, name: str, request: Any, response: Any) -> dict[str, Any]:
    return {
        "eventVersion": "1.09",
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-west-1",
        "recipientAccountId": ACCOUNT,
        "userIdentity": {"type": "IAMUser", "accountId": ACCOUNT},
        "requestParameters": request,
        "responseElements": response,
    }


def arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:eu-west-1:{ACCOUNT}:{rest}"


RECORDS = {
    "listener-of-a-load-balancer": record(
        "elasticloadbalancing",
        "CreateListener",
        {"loadBalancerArn": arn("elasticloadbalancing", "loadbalancer/app/a/1")},
        {
            "listeners": [
                {
                    "listenerArn": arn("elasticloadbalancing", "listener/app/a/1/2"),
                    "loadBalancerArn": arn("elasticloadbalancing", "loadbalancer/app/a/1"),
                }
            ]
        },
    ),
    "attachment-of-a-gateway": record(
        "ec2",
        "CreateTransitGatewayVpcAttachment",
        {"CreateTransitGatewayVpcAttachmentRequest": {"TransitGatewayId": "tgw-1"}},
        {
            "CreateTransitGatewayVpcAttachmentResponse": {
                "transitGatewayVpcAttachment": {
                    "transitGatewayAttachmentId": "tgw-attach-1",
                    "transitGatewayId": "tgw-1",
                    "vpcId": "vpc-1",
                }
            }
        },
    ),
    "copy-of-a-snapshot": record(
        "rds",
        "CopyDBSnapshot",
        {
            "sourceDBSnapshotIdentifier": arn("rds", "snapshot:old"),
            "targetDBSnapshotIdentifier": "new",
        },
        {
            "dBSnapshotArn": arn("rds", "snapshot:new"),
            "dBSnapshotIdentifier": "new",
            "sourceDBSnapshotIdentifier": arn("rds", "snapshot:old"),
        },
    ),
    "service-on-a-cluster": record(
        "ecs",
        "CreateService",
        {"serviceName": "api", "cluster": "pos"},
        {
            "service": {
                "serviceArn": arn("ecs", "service/pos/api"),
                "clusterArn": arn("ecs", "cluster/pos"),
                "taskDefinition": arn("ecs", "task-definition/api:7"),
            }
        },
    ),
    "instances-with-a-profile": record(
        "ec2",
        "RunInstances",
        {"instancesSet": {"items": [{"imageId": "ami-1"}]}},
        {
            "instancesSet": {
                "items": [
                    {
                        "instanceId": "i-1",
                        "iamInstanceProfile": {"arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/p"},
                        "networkInterfaceSet": {"items": [{"networkInterfaceId": "eni-1"}]},
                    }
                ]
            }
        },
    ),
    "stage-of-a-rest-api": record(
        "apigateway",
        "CreateStage",
        {"restApiId": "abc", "createStageInput": {"stageName": "live", "deploymentId": "d"}},
        {"stageName": "live", "webAclArn": arn("wafv2", "regional/webacl/x/1")},
    ),
    "datastore-whose-arn-is-not-the-template-s": record(
        "healthlake",
        "CreateFHIRDatastore",
        {"datastoreName": "d"},
        {"datastoreArn": arn("healthlake", "datastore/0a"), "datastoreId": "0a"},
    ),
    "report-group-whose-arn-is-not-its-name": record(
        "codebuild",
        "CreateReportGroup",
        {"name": "r"},
        {"reportGroup": {"arn": arn("codebuild", "report-group/other"), "name": "r"}},
    ),
    "node-of-a-mesh-that-another-account-shares": record(
        "appmesh",
        "CreateVirtualNode",
        {"meshName": "m", "virtualNodeName": "n"},
        {
            "virtualNode": {
                "meshName": "m",
                "virtualNodeName": "n",
                "metadata": {
                    "arn": f"arn:aws:appmesh:eu-west-1:{OWNER}:mesh/m/virtualNode/n",
                    "meshOwner": OWNER,
                },
            }
        },
    ),
    "bucket": record("s3", "CreateBucket", {"bucketName": "receipts", "Host": "s3"}, None),
}


@pytest.mark.parametrize("members", RECORDS.values(), ids=RECORDS.keys())
def test_a_mutated_record_tells_the_right_arn_or_none(members: dict[str, Any]) -> None:
    right = refs(members)
    assert right

    for mutant in mutants(members):
        assert refs(mutant) <= right, mutant


def test_mutated_real_records_tell_the_right_arn_or_none() -> None:
    if not CORPUS.exists():
        pytest.skip("no folder of real CloudTrail records (../shared) beside the repository")
    rows = [json.loads(line)["record"] for line in CORPUS.read_text().splitlines()]
    wrong = [
        (row["eventSource"], row["eventName"], refs(mutant) - right)
        for row in rows
        for right in [refs(row)]
        for mutant in mutants(row)
        if not refs(mutant) <= right
    ]

    assert wrong == []


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["items", "instancesSet", "instanceId", "tag", "tagSet", "queueName"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(
    call=st.sampled_from([("ec2", "RunInstances"), ("sqs", "CreateQueue"), ("ec2", "CreateVpc")]),
    request=values,
    response=values,
)
def test_no_json_raises_or_yields_an_arn_of_another_service(
    call: tuple[str, str], request: Any, response: Any
) -> None:
    source, name = call

    for ref in refs(record(source, name, request, response)):
        assert ref.split(":")[2] == source


def test_no_row_fills_two_parts_of_an_arn_from_one_member() -> None:
    for source in lookup.sources():
        for rows in source.calls.values():
            for row in rows:
                parts = [part.split("}")[0] for part in (row.template or "").split("{")[1:]]
                told = [part for part in parts if part[0] in "<>"]
                assert len(told) == len(set(told)), row
