"""Records look like AWS's: each case restates what a published record of that call shows."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.model import ServiceModel

from awsteward.demo.recorder.principal import Principal
from awsteward.demo.recorder.record import Call, Stamp, record
from awsteward.demo.recorder.values import Json, instant, read_xml_text, singular

WHO = Principal(identity={"type": "IAMUser", "userName": "ana"}, user_agent="x", address="::1")
STAMP = Stamp(at=datetime(2026, 1, 5, 19, 37, 48, tzinfo=UTC), event_id="e", request_id="r")


@cache
def model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


def recorded(
    service: str,
    operation: str,
    params: Mapping[str, Any],
    answer: Mapping[str, Any] | None = None,
    error: str | None = None,
) -> Any:
    call = Call(
        operation=model(service).operation_model(operation),
        params=params,
        answer=answer or {},
        error_code=error,
        error_message="no" if error else None,
        region="eu-west-1",
    )
    return record(call, WHO, "111122223333", STAMP)


@pytest.mark.parametrize(
    ("service", "operation", "source", "name"),
    [
        pytest.param("s3", "CreateBucket", "s3", "CreateBucket", id="plain"),
        pytest.param("lambda", "CreateFunction", "lambda", "CreateFunction20150331", id="dated"),
        pytest.param("lambda", "AddPermission", "lambda", "AddPermission20150331v2", id="v2"),
        pytest.param(
            "cloudfront",
            "CreateDistribution",
            "cloudfront",
            "CreateDistribution2020_05_31",
            id="underscored",
        ),
        pytest.param("cloudwatch", "PutMetricAlarm", "monitoring", "PutMetricAlarm", id="signing"),
        pytest.param("mq", "CreateBroker", "amazonmq", "CreateBroker", id="exception"),
        pytest.param("neptune", "CreateDBCluster", "rds", "CreateDBCluster", id="shared"),
        pytest.param(
            "elbv2", "CreateLoadBalancer", "elasticloadbalancing", "CreateLoadBalancer", id="elb"
        ),
    ],
)
def test_source_and_name_are_cloudtrails(
    service: str, operation: str, source: str, name: str
) -> None:
    made = recorded(service, operation, {})

    assert (made["eventSource"], made["eventName"]) == (f"{source}.amazonaws.com", name)


def test_only_the_first_letter_of_a_member_is_lowered_and_map_keys_are_data() -> None:
    made = recorded("sqs", "CreateQueue", {"QueueName": "q", "tags": {"Owner": "ana"}})

    assert made["requestParameters"] == {"queueName": "q", "tags": {"Owner": "ana"}}


def test_some_services_keep_capitals() -> None:
    made = recorded("oam", "CreateSink", {"Name": "s"}, {"Arn": "arn:s", "Name": "s"})

    assert made["requestParameters"] == {"Name": "s"}
    assert made["responseElements"] == {"Arn": "arn:s", "Name": "s"}


def test_older_ec2_calls_put_lists_into_items() -> None:
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Owner", "Value": "ana"}]}]
    made = recorded(
        "ec2",
        "RunInstances",
        {"ImageId": "ami-1", "MinCount": 1, "MaxCount": 1, "TagSpecifications": tags},
        {"Instances": [{"InstanceId": "i-1", "Tags": []}]},
    )

    assert made["requestParameters"] == {
        "tagSpecificationSet": {
            "items": [{"resourceType": "instance", "tags": [{"key": "Owner", "value": "ana"}]}]
        },
        "instancesSet": {"items": [{"imageId": "ami-1", "minCount": 1, "maxCount": 1}]},
    }
    assert made["responseElements"] == {
        "instancesSet": {"items": [{"instanceId": "i-1", "tagSet": {}}]}
    }


def test_newer_ec2_calls_are_xml_turned_into_json() -> None:
    tags = [{"ResourceType": "natgateway", "Tags": [{"Key": "Live", "Value": "true"}]}]
    made = recorded(
        "ec2",
        "CreateNatGateway",
        {"SubnetId": "subnet-1", "TagSpecifications": tags},
        {"NatGateway": {"NatGatewayId": "nat-1"}},
    )

    assert made["requestParameters"]["CreateNatGatewayRequest"] == {
        "SubnetId": "subnet-1",
        "TagSpecification": {
            "ResourceType": "natgateway",
            "tag": 1,
            "Tag": {"Key": "Live", "Value": True, "tag": 1},
        },
    }
    response = made["responseElements"]["CreateNatGatewayResponse"]
    assert response["natGateway"] == {"natGatewayId": "nat-1"}


def test_rds_drops_the_wrapper_of_its_response_and_iam_keeps_it() -> None:
    database = recorded("rds", "CreateDBInstance", {}, {"DBInstance": {"DBInstanceArn": "arn:d"}})
    role = recorded("iam", "CreateRole", {}, {"Role": {"Arn": "arn:r"}})

    assert database["responseElements"] == {"dBInstanceArn": "arn:d"}
    assert role["responseElements"] == {"role": {"arn": "arn:r"}}


def test_api_gateway_wraps_what_is_not_in_the_path() -> None:
    made = recorded(
        "apigateway", "CreateStage", {"restApiId": "a", "stageName": "s", "deploymentId": "d"}
    )

    assert made["requestParameters"] == {
        "restApiId": "a",
        "createStageInput": {"stageName": "s", "deploymentId": "d"},
    }


def test_s3_tells_the_bucket_by_name_and_never_answers() -> None:
    where = {"LocationConstraint": "eu-west-1"}
    made = recorded(
        "s3",
        "CreateBucket",
        {"Bucket": "b", "CreateBucketConfiguration": where, "ACL": "private"},
        {"Location": "/b"},
    )

    assert made["requestParameters"] == {
        "bucketName": "b",
        "Host": "b.s3.eu-west-1.amazonaws.com",
        "x-amz-acl": "private",
        "CreateBucketConfiguration": where | {"xmlns": "http://s3.amazonaws.com/doc/2006-03-01/"},
    }
    assert made["responseElements"] is None


def test_a_single_s3_tag_is_an_object_and_the_text_true_a_boolean() -> None:
    one = {"TagSet": [{"Key": "a", "Value": "true"}]}
    made = recorded("s3", "PutBucketTagging", {"Bucket": "b", "Tagging": one})

    tagging = made["requestParameters"]["Tagging"]
    assert tagging["TagSet"] == {"Tag": {"Key": "a", "Value": True}}
    assert made["requestParameters"]["tagging"] == ""


@pytest.mark.parametrize(
    ("service", "operation", "params", "shown"),
    [
        pytest.param(
            "secretsmanager",
            "CreateSecret",
            {"Name": "s", "SecretString": "x", "Tags": [{"Key": "a", "Value": "b"}]},
            {"name": "s"},
            id="tags-never-shown",
        ),
        pytest.param(
            "rolesanywhere",
            "CreateProfile",
            {"name": "p", "tags": [{"key": "a", "value": "b"}]},
            {
                "name": "p",
                "tags": [
                    {
                        "key": "HIDDEN_DUE_TO_SECURITY_REASONS",
                        "value": "HIDDEN_DUE_TO_SECURITY_REASONS",
                    }
                ],
            },
            id="tags-hidden",
        ),
        pytest.param(
            "lambda",
            "CreateFunction",
            {"FunctionName": "f", "Code": {"ZipFile": b"z"}, "Environment": {"Variables": {}}},
            {"functionName": "f", "code": {}, "environment": {}},
            id="code-and-environment-emptied",
        ),
    ],
)
def test_secrets_stay_out_of_records(
    service: str, operation: str, params: dict[str, Any], shown: dict[str, Json]
) -> None:
    assert recorded(service, operation, params)["requestParameters"] == shown


def test_a_failed_call_has_an_error_and_no_response() -> None:
    made = recorded("ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16"}, error="VpcLimitExceeded")

    assert made["errorCode"] == "Client.VpcLimitExceeded"
    assert made["responseElements"] is None


def test_a_reading_call_is_marked_and_its_answer_left_out() -> None:
    made = recorded("sqs", "ListQueues", {}, {"QueueUrls": ["u"]})

    assert (made["readOnly"], made["responseElements"]) == (True, None)


def test_global_services_record_in_one_region() -> None:
    assert recorded("iam", "CreateRole", {})["awsRegion"] == "us-east-1"


def test_times_are_spelled_as_aws_does() -> None:
    assert instant(STAMP.at) == "Jan 5, 2026 7:37:48 PM"


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False), ("True", "True")])
def test_xml_text_becomes_a_boolean_only_where_xml_says_so(text: str, value: object) -> None:
    assert read_xml_text(text) == value


@pytest.mark.parametrize(("many", "one"), [("SubnetIds", "SubnetId"), ("Policies", "Policy")])
def test_singular(many: str, one: str) -> None:
    assert singular(many) == one
