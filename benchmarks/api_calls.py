"""How many calls to AWS a tagged resource costs, counted at the door.

    python benchmarks/api_calls.py

Records go through the guard as it runs on AWS, against an AWS in memory that counts. A minute has
passed since each call, or a quarter of an hour where Terraform made it. Everything is written and
told by the built-in policy, with a team map that knows the people. Evidence (a role's, an
account's, a group's tags) is counted apart: it is read once for all that share it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from awsteward.clients.aws.refusals import Answer, Refusal
from awsteward.tags.apply.attempt import Clock
from awsteward.tags.apply.hands import AwsHands
from awsteward.tags.guard.live import Guard, guard
from awsteward.tags.model.handled import Handled, Result
from awsteward.tags.policy.parse import parse
from awsteward.tags.read.reading import creations
from awsteward.tags.read.records import Broken, records

ACCOUNT, REGION = "111122223333", "eu-west-1"
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
QUARTER, MINUTE = timedelta(minutes=15), timedelta(minutes=1)
POLICY = """
version: 1
tags:
  required:
    CreatedBy: {}
    Owner: {}
    CostCenter: {}
  teams:
    payments:
      tags: {CostCenter: "4711"}
      people: [ana]
"""
ANA = {
    "type": "IAMUser", "userName": "ana", "accountId": ACCOUNT,
    "arn": f"arn:aws:iam::{ACCOUNT}:user/ana",
}  # fmt: skip
SCALING = {
    "type": "AssumedRole", "accountId": ACCOUNT, "invokedBy": "autoscaling.amazonaws.com",
    "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSServiceRoleForAutoScaling/AutoScaling",
    "sessionContext": {"sessionIssuer": {
        "type": "Role", "userName": "AWSServiceRoleForAutoScaling",
        "arn": f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/autoscaling.amazonaws.com/"
               "AWSServiceRoleForAutoScaling",
    }},
}  # fmt: skip
GROUP = {"Owner": "web", "CostCenter": "4712"}
FULL = {"CreatedBy": "ana", "Owner": "payments", "CostCenter": "4711"}
EVIDENCE = ("ListUserTags", "ListRoleTags", "ListTagsForResource", "autoscaling DescribeTags")
WRITES = ("TagQueue", "TagResource", "TagResources", "CreateTags", "PutBucketTagging")


@dataclass
class Memory:
    """An AWS of queues, buckets and instances that counts what it is asked."""

    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def call(
        self, _account: str, _region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        """Answer one call and remember it."""
        name = f"{service} {operation}" if service == "autoscaling" else operation
        self.calls.append(name)
        match name:
            case "DescribeInstances":
                return {
                    "Reservations": [{"Instances": list(map(_instance, params["InstanceIds"]))}]
                }
            case "DescribeTags":
                return {"Tags": list(self._listed(params["Filters"][0]["Values"]))}
            case "CreateTags":
                for each in params["Resources"]:
                    self._add(each, {tag["Key"]: tag["Value"] for tag in params["Tags"]})
                return {}
            case "TagResources":
                for each in params["ResourceARNList"]:
                    self._add(each.rpartition("/")[2], params["Tags"])
                return {"FailedResourcesMap": {}}
            case "autoscaling DescribeTags":
                return {"Tags": _pairs(GROUP)}
            case "ListQueueTags":
                return {"Tags": self.tags.get(params["QueueUrl"], {})}
            case "TagQueue":
                return self._add(params["QueueUrl"], params["Tags"])
            case "GetBucketTagging":
                return {"TagSet": _pairs(self.tags.get(params["Bucket"], {}))}
            case "TagResource":
                tags = {tag["Key"]: tag["Value"] for tag in params["Tags"]}
                return self._add(params["ResourceArn"].rpartition(":")[2], tags)
            case _:
                return Refusal(code="AccessDenied", message="")

    def _add(self, name: str, tags: Mapping[str, str]) -> Answer:
        self.tags.setdefault(name, {}).update(tags)
        return {}

    def _listed(self, names: Sequence[str]) -> Iterator[Mapping[str, str]]:
        for name in names:
            for pair in _pairs(self.tags.get(name, {})):
                yield {"ResourceId": name, **pair}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one scene cost."""

    scene: str
    tagged: int
    reads: int
    writes: int
    evidence: int

    @property
    def each(self) -> float:
        """Reads and writes for each tagged resource."""
        return (self.reads + self.writes) / max(1, self.tagged)


def main() -> None:
    """Count and print."""
    print(f"{'':42}{'tagged':>7}{'reads':>7}{'writes':>8}{'per resource':>14}{'evidence':>10}")
    for row in measured():
        print(
            f"{row.scene:42}{row.tagged:7}{row.reads:7}{row.writes:8}"
            f"{row.each:14.2f}{row.evidence:10}"
        )


def measured() -> tuple[Row, ...]:
    """Every scene, counted."""
    instances = [_launched(f"i-{n:017x}", SCALING, "AutoScaling") for n in range(20)]
    bare = {"bucketName": "receipts"}
    terraform = {"userAgent": "APN/1.0 HashiCorp/1.0 Terraform/1.9.0"}
    grouped = {f"i-{n:017x}": {"aws:autoscaling:groupName": "web"} for n in range(20)}
    owned = {"receipts": FULL}
    return (
        _row("a queue whose request has all tags", [_queue(tags=FULL)]),
        _row("a queue", [_queue()]),
        _row("a bucket", [_record("s3", "CreateBucket", bare, None, ANA)]),
        _row("an instance with a volume and an interface", [_launched("i-0", ANA, "ana")]),
        _row("20 instances of one Auto Scaling group", instances, grouped),
        _row(
            "a bucket by Terraform, looked at too early",
            [_record("s3", "CreateBucket", bare, None, ANA) | terraform],
        ),
        _row(
            "the same after the grace, tagged meanwhile",
            [_record("s3", "CreateBucket", bare, None, ANA) | terraform],
            owned,
            QUARTER,
        ),
        _row(
            "the same after the grace, not tagged",
            [_record("s3", "CreateBucket", bare, None, ANA) | terraform],
            {},
            QUARTER,
        ),
    )


def _row(
    scene: str,
    found: Sequence[Mapping[str, Any]],
    tags: Mapping[str, dict[str, str]] | None = None,
    age: timedelta = MINUTE,
) -> Row:
    door = Memory(tags={name: dict(held) for name, held in (tags or {}).items()})
    ends = list(_guarded(found, door, NOON + age))
    writes = [name for name in door.calls if name in WRITES]
    evidence = [name for name in door.calls if name in EVIDENCE]
    return Row(
        scene=scene,
        tagged=sum(end.result is Result.TAGGED for end in ends),
        reads=len(door.calls) - len(writes) - len(evidence),
        writes=len(writes),
        evidence=len(evidence),
    )


def _guarded(found: Sequence[Mapping[str, Any]], door: Memory, now: datetime) -> Iterator[Handled]:
    clock = Clock(now=lambda: now, sleep=lambda _: None, jitter=lambda: 0.0)
    with_ = Guard(
        policy=parse(POLICY, "awsteward.yaml"),
        hands=AwsHands(door=door, clock=clock),
        ledger=None,
        now=lambda: now,
        writing=True,
        believing=True,
    )
    text = json.dumps({"Records": list(found)}).encode()
    read = [
        one for batch in records("counted", [text]) if not isinstance(batch, Broken)
        for one in batch
    ]  # fmt: skip
    return guard(creations(read), with_)  # type: ignore[arg-type]  # all are told


def _queue(tags: Mapping[str, str] | None = None) -> dict[str, Any]:
    url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/refunds"
    asked = {"queueName": "refunds", **({"tags": tags} if tags else {})}
    return _record("sqs", "CreateQueue", asked, {"queueUrl": url}, ANA)


def _launched(name: str, who: Mapping[str, Any], by: str) -> dict[str, Any]:
    tags = [{"key": "aws:autoscaling:groupName", "value": "web"}] if who is SCALING else []
    asked = {"tagSpecificationSet": {"items": [{"resourceType": "instance", "tags": tags}]}}
    made = {"instancesSet": {"items": [{"instanceId": name}]}}
    return _record("ec2", "RunInstances", asked, made, who) | {"eventID": f"{by}-{name}"}


def _record(
    service: str,
    name: str,
    asked: Mapping[str, Any],
    made: Mapping[str, Any] | None,
    who: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "eventVersion": "1.08", "eventSource": f"{service}.amazonaws.com", "eventName": name,
        "eventTime": f"{NOON:%Y-%m-%dT%H:%M:%SZ}", "awsRegion": REGION, "eventID": f"e-{name}",
        "recipientAccountId": ACCOUNT, "requestParameters": asked, "responseElements": made,
        "userIdentity": who, "eventType": "AwsApiCall", "readOnly": False,
    }  # fmt: skip


def _instance(name: str) -> Mapping[str, Any]:
    number = name.removeprefix("i-")
    return {
        "InstanceId": name,
        "BlockDeviceMappings": [{"Ebs": {"VolumeId": f"vol-{number}", "AttachTime": NOON}}],
        "NetworkInterfaces": [
            {"NetworkInterfaceId": f"eni-{number}", "Attachment": {"AttachTime": NOON}}
        ],
    }


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


if __name__ == "__main__":
    main()
