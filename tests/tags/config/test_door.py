"""AWS's own shapes: what the fakes beside this take for granted, asked of botocore and moto."""

from datetime import UTC, datetime

import boto3

from awsteward.clients.aws.door import Boto
from awsteward.tags.config.ask import Book
from awsteward.tags.config.evaluation import evaluation
from awsteward.tags.config.put import put
from awsteward.tags.read.items import Item
from tests.tags.config.test_evaluation import NOW, POLICY, read

REGION = "eu-west-1"
MOTOS = "123456789012"


def book(session: boto3.Session) -> Book:
    return Book(door=Boto(session=session), account=MOTOS, region=REGION)


def test_an_evaluation_has_the_shape_that_aws_config_takes(session: boto3.Session) -> None:
    told = [evaluation(read(), POLICY, NOW)]

    put(told, book(session), "TESTMODE", is_test=True, sleep=lambda _: None)


def test_a_big_items_tags_are_found_in_its_history(session: boto3.Session) -> None:
    s3 = session.client("s3")
    s3.create_bucket(Bucket="orders", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_tagging(
        Bucket="orders", Tagging={"TagSet": [{"Key": "Owner", "Value": "orders"}]}
    )

    found = book(session).whole(read(awsAccountId=MOTOS))

    assert isinstance(found, Item), found
    assert (found.id, found.tags) == ("orders", {"Owner": "orders"})
    assert found.captured <= datetime.now(UTC)
