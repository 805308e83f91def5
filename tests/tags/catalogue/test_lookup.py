import pytest

from awsteward.tags.catalogue import lookup


@pytest.mark.parametrize(
    ("source", "name", "operation"),
    [
        ("ec2.amazonaws.com", "RunInstances", "RunInstances"),
        ("lambda.amazonaws.com", "CreateFunction20150331", "CreateFunction"),
        ("cloudfront.amazonaws.com", "CreateDistribution2020_05_31", "CreateDistribution"),
        ("monitoring.amazonaws.com", "PutMetricAlarm", "PutMetricAlarm"),
        ("sqs.amazonaws.com.cn", "CreateQueue", "CreateQueue"),
    ],
)
def test_a_creating_call_is_found_under_the_names_records_use(
    source: str, name: str, operation: str
) -> None:
    call = lookup.find(source, name)

    assert call is not None
    assert call.operation == operation


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("ec2.amazonaws.com", "DescribeInstances"),
        ("ec2.amazonaws.com", "CreateTags"),
        ("s3.amazonaws.com", "PutBucketTagging"),
        ("rds.amazonaws.com", "AddTagsToResource"),
        ("../../types", "CreateQueue"),
        ("", ""),
    ],
)
def test_other_calls_are_not(source: str, name: str) -> None:
    assert lookup.find(source, name) is None


def test_services_that_share_a_call_are_tried_with_the_arn_in_the_response_first() -> None:
    call = lookup.find("elasticloadbalancing.amazonaws.com", "CreateLoadBalancer")

    assert call is not None
    assert [row.service for row in call.rows] == ["elbv2", "elb"]


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("eu-west-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("somewhere", "aws"),
    ],
)
def test_a_region_lies_in_its_partition(region: str, partition: str) -> None:
    assert lookup.partition(region) == partition


def test_a_service_without_regions_has_a_home_in_each_partition() -> None:
    homes = [lookup.home("iam", partition) for partition in ("aws", "aws-us-gov")]

    assert homes == ["us-east-1", "us-gov-west-1"]
    assert lookup.home("sqs", "aws") is None


def test_a_sources_creating_calls_can_be_listed_for_a_pattern() -> None:
    assert lookup.names("sqs.amazonaws.com") == {"CreateQueue"}
