import json
import tracemalloc
from typing import Any

import msgspec
import pytest

from awsteward.tags.model.reading import Resource
from awsteward.tags.read.recognise import Nothing, Resources, Untold, recognise
from awsteward.tags.read.record import Record

ACCOUNT = "111122223333"
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"


def record(
    source: str,
    name: str,
    request: dict[str, Any] | None = None,
    response: dict[str, Any] | None = None,
    **more: Any,
) -> Record:
    members = {
        "eventVersion": "1.09",
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-west-1",
        "recipientAccountId": ACCOUNT,
        "requestParameters": request,
        "responseElements": response,
    }
    return msgspec.json.decode(json.dumps(members | more), type=Record)


def created(given: Record) -> tuple[Resource, ...]:
    found = recognise(given)
    assert isinstance(found, Resources), found
    return found.resources


def the_one(given: Record) -> Resource:
    (resource,) = created(given)
    return resource


def why_not(given: Record) -> str:
    found = recognise(given)
    assert isinstance(found, Untold), found
    return found.why


def why_nothing(given: Record) -> str:
    found = recognise(given)
    assert isinstance(found, Nothing), found
    return found.why


INSTANCES = {
    "instancesSet": {
        "items": [
            {
                "instanceId": "i-0aaaaaaaaaaaaaaa1",
                "iamInstanceProfile": {"arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/web"},
            },
            {"instanceId": "i-0aaaaaaaaaaaaaaa2"},
        ]
    }
}


def test_every_instance_of_one_call_is_a_resource_and_none_is_the_instance_profile() -> None:
    resources = created(record("ec2", "RunInstances", {}, INSTANCES))

    assert [resource.arn for resource in resources] == [
        f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-0aaaaaaaaaaaaaaa1",
        f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-0aaaaaaaaaaaaaaa2",
    ]
    assert {resource.type for resource in resources} == {"AWS::EC2::Instance"}
    assert {resource.service for resource in resources} == {"ec2"}


def test_tags_specified_for_volumes_are_not_the_instances() -> None:
    specs = [
        {"resourceType": "instance", "tags": [{"key": "Owner", "value": "pos"}]},
        {"resourceType": "volume", "tags": [{"key": "Disk", "value": "data"}]},
    ]
    request = {"tagSpecificationSet": {"items": specs}}

    resources = created(record("ec2", "RunInstances", request, INSTANCES))

    assert resources[0].tags == {"Owner": "pos"}


def test_tags_of_a_launch_template_show_in_the_response() -> None:
    item = {"instanceId": "i-0aaaaaaaaaaaaaaa1"}
    item["tagSet"] = {"items": [{"key": "Owner", "value": "kiosk"}]}  # type: ignore[assignment]
    response = {"instancesSet": {"items": [item]}}

    assert the_one(record("ec2", "RunInstances", {}, response)).tags == {"Owner": "kiosk"}


def test_the_second_dialect_of_ec2_has_objects_for_lists_counters_and_booleans() -> None:
    spec = {
        "ResourceType": "natgateway",
        "tag": 1,
        "Tag": {"Key": "Critical", "tag": 1, "Value": True},
    }
    request = {"CreateNatGatewayRequest": {"SubnetId": "subnet-1", "TagSpecification": spec}}
    response = {"CreateNatGatewayResponse": {"natGateway": {"natGatewayId": "nat-0bbb"}}}

    resource = the_one(record("ec2", "CreateNatGateway", request, response))

    assert resource.arn == f"arn:aws:ec2:eu-west-1:{ACCOUNT}:natgateway/nat-0bbb"
    assert resource.tags == {"Critical": "true"}


@pytest.mark.parametrize(
    ("source", "name", "request_", "response", "arn", "type_"),
    [
        pytest.param(
            "rds",
            "CreateDBInstance",
            {"dBInstanceIdentifier": "till"},
            {"dBInstanceArn": f"arn:aws:rds:eu-west-1:{ACCOUNT}:db:till"},
            f"arn:aws:rds:eu-west-1:{ACCOUNT}:db:till",
            "AWS::RDS::DBInstance",
            id="wrapper-dropped",
        ),
        pytest.param(
            "iam",
            "CreateRole",
            {"roleName": "pos"},
            {"role": {"arn": f"arn:aws:iam::{ACCOUNT}:role/pos", "roleId": "AROA"}},
            f"arn:aws:iam::{ACCOUNT}:role/pos",
            "AWS::IAM::Role",
            id="wrapper-kept",
        ),
        pytest.param(
            "apigateway",
            "CreateStage",
            {"restApiId": "abc123", "createStageInput": {"stageName": "live"}},
            {"stageName": "live", "deploymentId": "d1"},
            "arn:aws:apigateway:eu-west-1::/restapis/abc123/stages/live",
            "AWS::ApiGateway::Stage",
            id="input-wrapped-stage-of-a-rest-api",
        ),
        pytest.param(
            "apigateway",
            "CreateStage",
            {"apiId": "abc123", "stageName": "live"},
            {"stageName": "live"},
            "arn:aws:apigateway:eu-west-1::/apis/abc123/stages/live",
            "AWS::ApiGatewayV2::Stage",
            id="stage-of-an-http-api",
        ),
        pytest.param(
            "s3",
            "CreateBucket",
            {"bucketName": "receipts", "Host": "s3.eu-west-1.amazonaws.com"},
            None,
            "arn:aws:s3:::receipts",
            "AWS::S3::Bucket",
            id="no-response-at-all",
        ),
        pytest.param(
            "lambda",
            "CreateFunction20150331",
            {"functionName": "settle"},
            {"functionArn": f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:settle"},
            f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:settle",
            "AWS::Lambda::Function",
            id="dated-name",
        ),
        pytest.param(
            "oam",
            "CreateSink",
            {"Name": "all"},
            {"Arn": f"arn:aws:oam:eu-west-1:{ACCOUNT}:sink/0001", "Id": "0001"},
            f"arn:aws:oam:eu-west-1:{ACCOUNT}:sink/0001",
            "AWS::Oam::Sink",
            id="pascal-case-kept",
        ),
        pytest.param(
            "elasticloadbalancing",
            "CreateLoadBalancer",
            {"loadBalancerName": "old", "listeners": []},
            {"dNSName": "old-1.elb.amazonaws.com"},
            f"arn:aws:elasticloadbalancing:eu-west-1:{ACCOUNT}:loadbalancer/old",
            "AWS::ElasticLoadBalancing::LoadBalancer",
            id="classic-load-balancer",
        ),
        pytest.param(
            "elasticloadbalancing",
            "CreateLoadBalancer",
            {"name": "new", "type": "network"},
            {
                "loadBalancers": [
                    {
                        "loadBalancerName": "new",
                        "loadBalancerArn": "arn:aws:elasticloadbalancing:eu-west-1:"
                        f"{ACCOUNT}:loadbalancer/net/new/50dc",
                    }
                ]
            },
            f"arn:aws:elasticloadbalancing:eu-west-1:{ACCOUNT}:loadbalancer/net/new/50dc",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            id="second-generation-load-balancer",
        ),
        pytest.param(
            "route53",
            "CreateHostedZone",
            {"name": "example.com"},
            {"hostedZone": {"id": "/hostedzone/Z1D"}},
            "arn:aws:route53:::hostedzone/Z1D",
            "AWS::Route53::HostedZone",
            id="id-that-is-a-path",
        ),
        pytest.param(
            "ssm",
            "PutParameter",
            {"name": "/pos/tax", "type": "String"},
            {"version": 1},
            f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/pos/tax",
            "AWS::SSM::Parameter",
            id="name-that-is-a-path",
        ),
        pytest.param(
            "monitoring",
            "PutMetricAlarm",
            {"alarmName": "CPU high"},
            None,
            f"arn:aws:cloudwatch:eu-west-1:{ACCOUNT}:alarm:CPU high",
            "AWS::CloudWatch::Alarm",
            id="event-source-of-another-name",
        ),
        pytest.param(
            "guardduty",
            "CreateThreatIntelSet",
            {"detectorId": "d1", "name": "list"},
            {"threatIntelSetId": "t1"},
            f"arn:aws:guardduty:eu-west-1:{ACCOUNT}:detector/d1/threatintelset/t1",
            "AWS::GuardDuty::ThreatIntelSet",
            id="parent-from-the-request",
        ),
        pytest.param(
            "servicecatalog-appregistry",
            "CreateApplication",
            {"name": "till"},
            {
                "application": {
                    "applicationArn": f"arn:aws:servicecatalog:eu-west-1:{ACCOUNT}:/applications/0a"
                }
            },
            f"arn:aws:servicecatalog:eu-west-1:{ACCOUNT}:/applications/0a",
            "AWS::ServiceCatalogAppRegistry::Application",
            id="arn-under-its-other-name",
        ),
    ],
)
def test_the_arn_is_told_from_every_shape_of_record(
    source: str,
    name: str,
    request_: dict[str, Any],
    response: dict[str, Any] | None,
    arn: str,
    type_: str,
) -> None:
    resource = the_one(record(source, name, request_, response))

    assert (resource.arn, resource.type) == (arn, type_)


@pytest.mark.parametrize(
    ("source", "name", "request_", "tags"),
    [
        pytest.param(
            "sqs",
            "CreateQueue",
            {"queueName": "q", "tags": {"Owner": "a"}},
            {"Owner": "a"},
            id="map",
        ),
        pytest.param("sqs", "CreateQueue", {"queueName": "q"}, {}, id="none"),
        pytest.param("sqs", "CreateQueue", {"queueName": "q", "tags": HIDDEN}, None, id="hidden"),
        pytest.param(
            "monitoring",
            "PutMetricAlarm",
            {"alarmName": "q", "tags": [{"key": "Owner", "value": "a"}]},
            {"Owner": "a"},
            id="list-of-lower-case-pairs",
        ),
        pytest.param(
            "monitoring",
            "PutMetricAlarm",
            {"alarmName": "q", "tags": [{"key": HIDDEN, "value": HIDDEN}]},
            None,
            id="pairs-hidden",
        ),
        pytest.param(
            "s3",
            "CreateBucket",
            {
                "bucketName": "q",
                "CreateBucketConfiguration": {"Tags": {"Tag": {"Key": "On", "Value": False}}},
            },
            {"On": "false"},
            id="xml-turned-to-json",
        ),
        pytest.param(
            "ssm",
            "PutParameter",
            {"name": "q", "tags": {"Owner": "a", "Key2": "b"}},
            {"Owner": "a", "Key2": "b"},
            id="map-where-the-model-has-a-list",
        ),
        pytest.param(
            "ssm",
            "PutParameter",
            {"name": "q", "tags": [{"key": "Owner", "value": "***"}]},
            None,
            id="stars",
        ),
    ],
)
def test_tags_are_read_in_every_spelling_and_never_guessed(
    source: str, name: str, request_: dict[str, Any], tags: dict[str, str] | None
) -> None:
    assert the_one(record(source, name, request_, None)).tags == tags


def test_secrets_never_show_their_tags() -> None:
    arn = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:db-AbCdEf"

    assert (
        the_one(record("secretsmanager", "CreateSecret", {"name": "db"}, {"arn": arn})).tags is None
    )


def test_a_request_that_was_left_out_says_nothing_about_tags() -> None:
    arn = f"arn:aws:sns:eu-west-1:{ACCOUNT}:news"

    assert the_one(record("sns", "CreateTopic", None, {"topicArn": arn})).tags is None


def test_a_group_without_an_arn_in_the_event_is_known_by_its_name() -> None:
    resource = the_one(
        record("autoscaling", "CreateAutoScalingGroup", {"autoScalingGroupName": "web"})
    )

    assert (resource.arn, resource.handle) == (None, "web")


def test_a_placement_group_is_named_by_its_arn_and_tagged_by_its_id() -> None:
    group = {"groupName": "near", "groupId": "pg-1"}

    resource = the_one(record("ec2", "CreatePlacementGroup", {}, {"placementGroup": group}))

    assert resource.arn == f"arn:aws:ec2:eu-west-1:{ACCOUNT}:placement-group/near"
    assert resource.handle == "pg-1"


def test_lightsail_is_known_by_the_name_its_operations_tell() -> None:
    operations = [{"resourceName": "shop", "resourceType": "Instance"}]

    resource = the_one(record("lightsail", "CreateInstances", {}, {"operations": operations}))

    assert (resource.handle, resource.type) == ("shop", "AWS::Lightsail::Instance")


def test_a_replica_lies_where_its_arn_says() -> None:
    arn = f"arn:aws:kms:us-west-2:{ACCOUNT}:key/mrk-1"

    resource = the_one(record("kms", "ReplicateKey", {}, {"replicaKeyMetadata": {"arn": arn}}))

    assert resource.region == "us-west-2"


def test_a_global_service_is_tagged_from_its_home() -> None:
    response = {"role": {"arn": f"arn:aws-cn:iam::{ACCOUNT}:role/pos"}}

    resource = the_one(
        record("iam", "CreateRole", {"roleName": "pos"}, response, awsRegion="cn-northwest-1")
    )

    assert (resource.partition, resource.region) == ("aws-cn", "cn-north-1")


def test_made_arns_lie_in_the_partition_of_their_region() -> None:
    resource = the_one(record("sqs", "CreateQueue", {"queueName": "q"}, awsRegion="us-gov-west-1"))

    assert resource.arn == f"arn:aws-us-gov:sqs:us-gov-west-1:{ACCOUNT}:q"


def test_the_account_is_the_one_the_call_worked_on() -> None:
    caller = {"accountId": "444455556666", "type": "AssumedRole"}

    given = record("sqs", "CreateQueue", {"queueName": "q"}, userIdentity=caller)

    assert the_one(given).account == ACCOUNT


def test_old_records_name_the_callers_account_only() -> None:
    given = record(
        "sqs",
        "CreateQueue",
        {"queueName": "q"},
        recipientAccountId=None,
        userIdentity={"accountId": ACCOUNT},
    )

    assert the_one(given).arn == f"arn:aws:sqs:eu-west-1:{ACCOUNT}:q"


def test_a_failed_call_creates_nothing() -> None:
    given = record("sqs", "CreateQueue", {"queueName": "q"}, errorCode="AccessDenied")

    assert why_nothing(given) == "the call failed: AccessDenied"


def test_a_dry_run_creates_nothing() -> None:
    given = record("ec2", "RunInstances", {"dryRun": True}, errorCode="Client.DryRunOperation")

    assert why_nothing(given) == "the call failed: Client.DryRunOperation"


def test_a_dry_run_without_its_error_is_doubtful() -> None:
    given = record("sqs", "CreateQueue", {"queueName": "q", "dryRun": True})

    assert "dry run" in why_not(given)


def test_a_reading_call_creates_nothing() -> None:
    assert why_nothing(record("sqs", "CreateQueue", {"queueName": "q"}, readOnly=True))


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("s3", "PutObject"),
        ("logs", "CreateLogStream"),
        ("iam", "CreateAccessKey"),
        ("ec2", "DescribeInstances"),
        ("nowhere", "CreateThing"),
        ("kms", "CreateGrant"),
    ],
)
def test_calls_that_make_nothing_taggable_are_passed_over(source: str, name: str) -> None:
    assert why_nothing(record(source, name, {}, {})) == "creates nothing that can be tagged"


def test_a_console_only_creation_is_not_passed_over() -> None:
    given = record("sqlworkbench", "CreateConnection", {}, {"data": {"id": "arn:aws:x:::y"}})

    assert "AWS's SDKs have no CreateConnection" in why_not(given)


def test_an_asynchronous_creation_says_why_it_cannot_be_told() -> None:
    given = record(
        "servicediscovery", "CreateHttpNamespace", {"name": "shop"}, {"operationId": "op-1"}
    )

    assert why_not(given) == "the namespace's id is known only after the operation ends"


def test_an_account_is_told_by_the_service_event_after_it() -> None:
    status = {"accountId": "444455556666", "state": "SUCCEEDED"}
    given = record(
        "organizations",
        "CreateAccountResult",
        eventType="AwsServiceEvent",
        serviceEventDetails={"createAccountStatus": status},
    )

    resource = the_one(given)

    assert (resource.handle, resource.type) == ("444455556666", "AWS::Organizations::Account")


def test_an_account_that_failed_is_none() -> None:
    given = record(
        "organizations",
        "CreateAccountResult",
        eventType="AwsServiceEvent",
        serviceEventDetails={"createAccountStatus": {"state": "FAILED"}},
    )

    assert why_nothing(given) == "the creation ended FAILED"


def test_the_next_major_version_of_records_is_not_guessed_at() -> None:
    given = record("sqs", "CreateQueue", {"queueName": "q"}, eventVersion="2.0")

    assert "'2.0'" in why_not(given)


@pytest.mark.parametrize("missing", ["eventSource", "eventName"])
def test_a_record_that_does_not_name_its_call_is_said_so(missing: str) -> None:
    assert "does not name" in why_not(record("sqs", "CreateQueue", {}, **{missing: None}))


def test_an_arn_of_another_service_is_never_the_answer() -> None:
    response = {"topicArn": f"arn:aws:iam::{ACCOUNT}:role/news"}

    assert why_not(record("sns", "CreateTopic", {"name": "news"}, response))


def test_an_arn_that_the_caller_named_is_not_what_was_created() -> None:
    arn = f"arn:aws:sns:eu-west-1:{ACCOUNT}:news"

    assert why_not(record("sns", "CreateTopic", {"name": arn}, {"topicArn": arn}))


def test_a_name_asked_for_is_not_taken_for_the_arn_of_a_missing_response() -> None:
    assert why_not(record("sns", "CreateTopic", {"name": "news"}, None))


def test_hidden_names_make_no_arn() -> None:
    assert why_not(record("sqs", "CreateQueue", {"queueName": HIDDEN}))


def test_one_member_never_fills_two_parts_of_an_arn() -> None:
    request = {"configurationRecorder": {"name": "default"}}

    assert why_not(record("config", "PutConfigurationRecorder", request))


@pytest.mark.parametrize("body", [[], "text", 7, {"queueName": {"a": 1}}, {"queueName": [None]}])
def test_bodies_of_any_shape_are_survived(body: object) -> None:
    given = record("sqs", "CreateQueue", requestParameters=body)

    assert isinstance(recognise(given), Untold)


def test_deep_nesting_is_reported_not_raised() -> None:
    deep = msgspec.Raw(b'{"a":' * 100_000 + b"1" + b"}" * 100_000)
    given = msgspec.structs.replace(record("sqs", "CreateQueue"), request_parameters=deep)

    assert "cannot be read" in why_not(given)


@pytest.mark.parametrize("member", ["eventSource", "eventName", "awsRegion"])
def test_long_texts_do_not_fill_memory(member: str) -> None:
    recognise(record("sqs", "CreateQueue", {"queueName": "q"}))
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]

    for number in range(25):
        long: dict[str, Any] = {member: f"{number:065536}"}
        recognise(record("sqs", "CreateQueue", {"queueName": "q"}, **long))

    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 500_000


MADE = {"frobnicatorArn": f"arn:aws:nosuch:eu-west-1:{ACCOUNT}:frobnicator/f-1"}


def test_a_creation_by_a_service_that_is_newer_than_the_models_is_not_called_harmless() -> None:
    assert "nothing is known of nosuch" in why_not(record("nosuch", "CreateFrobnicator", {}, MADE))


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(record("nosuch", "CreateFrobnicator", {}, {"id": "f-1"}), id="no ARN"),
        pytest.param(record("nosuch", "DeleteFrobnicator", {}, MADE), id="no creation"),
        pytest.param(record("nosuch", "CreateFrobnicator", {}, MADE, errorCode="No"), id="failed"),
        pytest.param(record("nosuch", "CreateFrobnicator", {}, MADE, readOnly=True), id="reads"),
        pytest.param(record("kms", "CreateGrant", {}, MADE), id="a service that is known"),
    ],
)
def test_what_creates_nothing_taggable_is_ignored(given: Record) -> None:
    assert isinstance(recognise(given), Nothing)
