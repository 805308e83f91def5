"""The guard's own handler, warm, for `warm_event.py`."""

import json
import os
from collections.abc import Mapping
from typing import Any

from warm import measure

os.environ |= {
    "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWSTEWARD_TABLE": "steward", "AWSTEWARD_MODE": "enforce",
    "AWSTEWARD_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/111122223333/live",
    "AWSTEWARD_DEAD_LETTERS_URL": "https://sqs.us-east-1.amazonaws.com/111122223333/dead",
}  # fmt: skip
ANSWERS: dict[str, Any] = {
    "GetCallerIdentity": {
        "Account": "111122223333",
        "UserId": "AIDAEXAMPLE",
        "Arn": "arn:aws:sts::111122223333:assumed-role/take/take",
    },
    "DescribeTags": {"Tags": []},
    "UpdateItem": {"Attributes": {"n": {"N": "1"}}},
}
PROMOTED = [
    {
        "account": {"S": "111122223333"}, "type": {"S": "AWS::EC2::Volume"}, "key": {"S": name},
        "since": {"S": "2026-01-01T00:00:00+00:00"}, "at": {"S": "2026-01-08T00:00:00+00:00"},
        "promoted_by": {"S": "ana"}, "digest": {"S": "d"},
    }
    for name in ("CreatedBy", "Owner")
]  # fmt: skip
"""The table of a guard that has been on duty for a while: what it writes was accepted."""


def main() -> None:
    """One message at a time, as SQS hands it over."""
    from awsteward.tags import handler  # noqa: PLC0415 - after the environment

    def take(event: dict[str, Any]) -> None:
        told = {
            "messageId": event["id"], "receiptHandle": "r", "body": json.dumps(event),
            "attributes": {"ApproximateReceiveCount": "1"},
        }  # fmt: skip
        answer = handler.take({"Records": [told]}, None)
        if answer["batchItemFailures"]:
            raise SystemExit("the event was not taken")

    measure(take, answer)


def answer(operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """AWS's answer, from memory."""
    if operation != "Query":
        return ANSWERS.get(operation, {})
    cells = params["ExpressionAttributeValues"][":pk"] == {"S": "cells"}
    return {"Items": PROMOTED if cells else []}


if __name__ == "__main__":
    main()
