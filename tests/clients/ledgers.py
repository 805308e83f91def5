"""The ledgers under test, and doors to a DynamoDB that misbehaves on purpose."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Any

import boto3

from awsteward.clients.aws.door import Aws
from awsteward.clients.aws.refusals import Answer, Refusal
from awsteward.clients.aws.table import DynamoLedger
from awsteward.clients.ledger import Entry, State

REGION, TABLE = "eu-west-1", "steward"
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
ENTRY = Entry(
    event_id="e1",
    ref="arn:aws:s3:::logs",
    key="Owner",
    value="alice",
    origin="creator",
    assumed=True,
    raw=None,
    arn="arn:aws:s3:::logs",
    handle=None,
    type="AWS::S3::Bucket",
    account="111122223333",
    region=REGION,
    partition="aws",
    service="s3",
    at=NOON,
    state=State.INTENDED,
)


def make(session: boto3.Session, name: str = TABLE) -> str:
    """A table as it is deployed."""
    session.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def shared(door: Aws, table: str = TABLE, now: datetime = NOON) -> DynamoLedger:
    """One more process with a ledger in that table, at that time."""
    return DynamoLedger(door, table, REGION, lambda: now)


@dataclass
class Strict:
    """What DynamoDB has and moto has not: 4 MB in a transaction, tokens, isolation, stale reads."""

    door: Aws
    tokens: set[str] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)

    def call(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        if operation in ("GetItem", "Query", "Scan") and not params.get("ConsistentRead"):
            return {}
        with self.lock:
            return self._once(account, region, service, operation, params)

    def _once(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        token = params.get("ClientRequestToken")
        if token in self.tokens:
            return {}
        if len(repr(params)) > 4 << 20:
            return Refusal(code="ValidationException", message="over 4 MB")
        answer = self.door.call(account, region, service, operation, params)
        if token and not isinstance(answer, Refusal):
            self.tokens.add(token)
        return answer


Act = Callable[[Callable[[], Answer]], Answer]


@dataclass
class Meddling:
    """A door where calls of one operation go as *acts* say, one after another; then all is well."""

    door: Aws
    operation: str
    acts: list[Act]

    def call(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        def go() -> Answer:
            return self.door.call(account, region, service, operation, params)

        return self.acts.pop(0)(go) if self.acts and operation == self.operation else go()
