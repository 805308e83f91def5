"""A few records as CloudTrail writes them, with made-up names."""

from typing import Any

ACCOUNT = "111122223333"
ALICE = {
    "type": "IAMUser",
    "arn": f"arn:aws:iam::{ACCOUNT}:user/alice",
    "accountId": ACCOUNT,
    "userName": "alice",
}


def bucket(name: str, event_id: str = "e-1", **changes: Any) -> dict[str, Any]:
    return {
        "eventVersion": "1.08",
        "userIdentity": ALICE,
        "eventTime": "2024-01-01T12:00:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": "CreateBucket",
        "awsRegion": "eu-west-1",
        "userAgent": "aws-cli/2.15",
        "requestParameters": {"bucketName": name, "Host": "s3.eu-west-1.amazonaws.com"},
        "responseElements": None,
        "eventID": event_id,
        "readOnly": False,
        "eventType": "AwsApiCall",
        "recipientAccountId": ACCOUNT,
        **changes,
    }
