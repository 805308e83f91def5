"""Events as EventBridge hands them to a queue."""

import json
from datetime import datetime
from typing import Any

from awsteward.clients.aws.queue import Message

ACCOUNT = "111122223333"
TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.9.2 terraform-provider-aws/5.58.0"


def record(
    name: str, at: datetime, *, agent: str = "aws-cli/2.17.9", **more: Any
) -> dict[str, Any]:
    """CloudTrail's record of ``s3 CreateBucket``."""
    return {
        "eventVersion": "1.10",
        "userIdentity": {
            "type": "IAMUser", "principalId": "AIDAEXAMPLE", "userName": "alice",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/alice", "accountId": ACCOUNT,
        },
        "eventTime": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": "s3.amazonaws.com",
        "eventName": "CreateBucket",
        "awsRegion": "eu-west-1",
        "userAgent": agent,
        "requestParameters": {"bucketName": name, "Host": "s3.eu-west-1.amazonaws.com"},
        "responseElements": None,
        "eventID": f"event-{name}",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "recipientAccountId": ACCOUNT,
        **more,
    }  # fmt: skip


def body(detail: dict[str, Any], **changed: str) -> str:
    """The record in EventBridge's envelope."""
    envelope = {
        "version": "0", "id": "e-1", "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.s3", "account": ACCOUNT, "time": detail["eventTime"],
        "region": "eu-west-1", "resources": [], "detail": detail,
    }  # fmt: skip
    return json.dumps({**envelope, **changed})


def message(text: str, *, number: int = 1, receives: int = 1) -> Message:
    """A message in our hands."""
    return Message(id=f"m{number}", receipt=f"r{number}", body=text, receives=receives)
