import tomllib
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsteward.tags.tell.console import Page, Search, name, place

EC2 = "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1"
ECR = "https://eu-west-1.console.aws.amazon.com/ecr/repositories/private/111122223333"
GO = "https://console.aws.amazon.com/go/view?arn="


def _at(
    arn: str | None, type_: str | None, partition: str = "aws", region: str = "eu-west-1"
) -> Page | Search | None:
    return place(arn=arn, type_=type_, region=region, account="111122223333", partition=partition)


@pytest.mark.parametrize(
    ("arn", "type_", "url"),
    [
        (
            "arn:aws:ec2:eu-west-1:111122223333:instance/i-0abc",
            "AWS::EC2::Instance",
            EC2 + "#InstanceDetails:instanceId=i-0abc",
        ),
        (
            "arn:aws:ecr:eu-west-1:111122223333:repository/pay/api",
            "AWS::ECR::Repository",
            ECR + "/pay%2Fapi?region=eu-west-1",
        ),
        (
            "arn:aws:sqs:eu-west-1:111122223333:orders",
            "AWS::SQS::Queue",
            GO + "arn%3Aaws%3Asqs%3Aeu-west-1%3A111122223333%3Aorders",
        ),
    ],
)
def test_a_resource_has_its_page(arn: str, type_: str, url: str) -> None:
    assert _at(arn, type_) == Page(url)


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws-us-gov", "us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
        ("aws-cn", "cn-north-1", "cn-north-1.console.amazonaws.cn"),
    ],
)
def test_other_partitions_have_consoles_of_their_own(
    partition: str, region: str, host: str
) -> None:
    page = _at(f"arn:{partition}:s3:::orders", "AWS::S3::Bucket", partition, region)
    search = _at(f"arn:{partition}:sqs:{region}:111122223333:q", None, partition, region)

    assert page == Page(f"https://{host}/s3/buckets/orders?region={region}")
    assert isinstance(search, Search)
    assert search.url.startswith(f"https://{host}/resource-groups/tag-editor/")


def test_where_the_console_is_not_known_there_is_no_link() -> None:
    assert _at("arn:aws-iso:s3:::x", "AWS::S3::Bucket", "aws-iso") is None
    assert _at("arn:aws:s3:::x", "AWS::S3::Bucket", region="evil.example/") is None


def test_what_has_no_arn_can_be_searched_for() -> None:
    assert isinstance(_at(None, None), Search)


@given(st.text(), st.sampled_from(["AWS::S3::Bucket", "AWS::Lambda::Function", None]))
def test_no_name_leaves_its_place_in_the_address(odd: str, type_: str | None) -> None:
    found = _at(f"arn:aws:s3:::{odd}", type_)

    assert found is not None
    assert not set("<>|` \"'\n") & set(found.url)
    assert found.url.isascii()


@pytest.mark.parametrize(
    ("arn", "short"),
    [
        ("arn:aws:s3:::orders", "orders"),
        ("arn:aws:dynamodb:eu-west-1:111122223333:table/orders", "orders"),
        ("arn:aws:logs:eu-west-1:111122223333:log-group:/pay/api", "pay/api"),
        ("arn:aws:apigateway:eu-west-1::/restapis/a1b2", "a1b2"),
        ("nothing", "nothing"),
    ],
)
def test_an_arn_has_a_short_name(arn: str, short: str) -> None:
    assert name(arn) == short


def test_every_template_can_be_filled() -> None:
    text = (files("awsteward.tags.tell") / "data" / "console.toml").read_text("utf-8")
    for type_ in tomllib.loads(text)["pages"]:
        assert isinstance(_at("arn:aws:x:eu-west-1:111122223333:thing/one", type_), Page)
