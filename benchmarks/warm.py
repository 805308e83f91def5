"""What both contenders of `warm_event.py` share: the event, an AWS from memory, the clock."""

import json
import resource
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import botocore.client

ACCOUNT = "111122223333"
UNCOUNTED = 5


def event(number: int) -> dict[str, Any]:
    """EventBridge's event of one more volume."""
    volume = f"vol-{number:017x}"
    detail = {
        "eventVersion": "1.10", "eventSource": "ec2.amazonaws.com", "eventName": "CreateVolume",
        "eventTime": "2026-01-05T12:00:00Z", "awsRegion": "us-east-1", "eventID": f"e-{number}",
        "userAgent": "aws-cli/2.17.9", "eventType": "AwsApiCall", "readOnly": False,
        "recipientAccountId": ACCOUNT,
        "requestParameters": {"size": "8", "zone": "us-east-1a", "volumeType": "gp3"},
        "responseElements": {
            "volumeId": volume, "size": "8", "zone": "us-east-1a", "status": "creating",
            "createTime": 1767614400000, "volumeType": "gp3", "tagSet": {}, "encrypted": False,
        },
        "userIdentity": {
            "type": "IAMUser", "userName": "alice", "accountId": ACCOUNT,
            "principalId": "AIDAEXAMPLE", "arn": f"arn:aws:iam::{ACCOUNT}:user/alice",
        },
    }  # fmt: skip
    return {
        "version": "0", "id": f"b-{number}", "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.ec2", "account": ACCOUNT, "time": "2026-01-05T12:00:00Z",
        "region": "us-east-1", "resources": [], "detail": detail,
    }  # fmt: skip


def measure(take: Callable[[dict[str, Any]], object], answer: Callable[..., Any]) -> None:
    """Take as many events as the command line says; tell the median of each one's CPU."""
    calls = Counter[str]()

    def made(_: object, operation: str, params: Mapping[str, Any]) -> Any:  # noqa: ANN401 - AWS's answers
        calls[operation] += 1
        return answer(operation, params)

    botocore.client.BaseClient._make_api_call = made  # noqa: SLF001 - below it, all is botocore's
    cost = []
    for number in range(UNCOUNTED + int(sys.argv[1])):
        given = event(number)
        began = time.process_time()
        take(given)
        cost.append(time.process_time() - began)
    each = {name: count // len(cost) for name, count in calls.items() if count >= len(cost)}
    told = {
        "ms": statistics.median(cost[UNCOUNTED:]) * 1e3,
        "kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "calls": ", ".join(f"{count} {name}" for name, count in each.items()),
    }
    sys.stderr.write(json.dumps(told) + "\n")
