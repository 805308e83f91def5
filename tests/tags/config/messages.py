"""AWS Config's messages, in the shapes that its developer guide shows."""

import json
from collections.abc import Mapping
from typing import Any

ACCOUNT = "111122223333"
REGION = "eu-west-1"
ARN = "arn:aws:s3:::orders"
RULE = "tagged"


def item(**changed: Any) -> dict[str, Any]:
    """A bucket, two minutes old and untagged."""
    return {
        "configuration": {"name": "orders"},
        "supplementaryConfiguration": {},
        "relationships": [],
        "tags": {},
        "configurationItemVersion": "1.3",
        "configurationItemCaptureTime": "2030-01-01T12:00:00.108Z",
        "configurationStateId": 1893499200108,
        "awsAccountId": ACCOUNT,
        "configurationItemStatus": "ResourceDiscovered",
        "resourceType": "AWS::S3::Bucket",
        "resourceId": "orders",
        "resourceName": "orders",
        "ARN": ARN,
        "awsRegion": REGION,
        "availabilityZone": "Regional",
        "configurationStateMd5Hash": "",
        "resourceCreationTime": "2030-01-01T11:58:00.000Z",
        **changed,
    }


def changed(told: Mapping[str, Any], change: str = "CREATE") -> dict[str, Any]:
    return {
        "configurationItemDiff": {"changedProperties": {}, "changeType": change},
        "configurationItem": told,
        "notificationCreationTime": "2030-01-01T12:00:01.017Z",
        "messageType": "ConfigurationItemChangeNotification",
        "recordVersion": "1.3",
    }


def oversized(**more: Any) -> dict[str, Any]:
    whole = item(**more)
    left_out = ("configuration", "supplementaryConfiguration", "relationships", "tags")
    summary = {key: value for key, value in whole.items() if key not in left_out}
    return {
        "configurationItemSummary": {"changeType": "UPDATE", **summary},
        "s3DeliverySummary": {"s3BucketLocation": "history/orders.json.gz"},
        "notificationCreationTime": "2030-01-01T12:00:01.017Z",
        "messageType": "OversizedConfigurationItemChangeNotification",
        "recordVersion": "1.0",
    }


SCHEDULED = {
    "awsAccountId": ACCOUNT,
    "notificationCreationTime": "2030-01-01T12:00:00.373Z",
    "messageType": "ScheduledNotification",
    "recordVersion": "1.0",
}


def call(message: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """What Lambda is called with."""
    return {
        "invokingEvent": json.dumps(message),
        "ruleParameters": "{}",
        "resultToken": "token-1",
        "eventLeftScope": False,
        "executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/config",
        "configRuleArn": f"arn:aws:config:{REGION}:{ACCOUNT}:config-rule/config-rule-1",
        "configRuleName": RULE,
        "configRuleId": "config-rule-1",
        "accountId": ACCOUNT,
        "version": "1.0",
        **more,
    }


def event(message: Mapping[str, Any], **more: str) -> str:
    """What EventBridge puts into the queue."""
    envelope = {
        "version": "0", "id": "e-1", "detail-type": "Config Configuration Item Change",
        "source": "aws.config", "account": ACCOUNT, "time": "2030-01-01T12:00:02Z",
        "region": REGION, "resources": [ARN], "detail": message,
    }  # fmt: skip
    return json.dumps({**envelope, **more})
