"""A table as the template makes it, on an emulator in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count

import boto3
from moto import mock_aws

from awsteward.clients.aws.door import Boto
from awsteward.clients.aws.table import DynamoLedger

REGION = "eu-west-1"
NAME = "ledger"


@contextmanager
def table() -> Iterator[DynamoLedger]:
    with mock_aws():
        session = boto3.Session(region_name=REGION)
        made(session)
        seconds = count()

        def now() -> datetime:
            return datetime(2030, 1, 1, 12, tzinfo=UTC) + timedelta(seconds=next(seconds))

        yield DynamoLedger(Boto(session=session), NAME, REGION, now)


def made(session: boto3.Session) -> None:
    session.client("dynamodb").create_table(
        TableName=NAME,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
    )
