"""Runs c7n-trailcreator's loader on a local archive; for an environment of its own.

The loader reads through S3 Select and has no way to read files, so its S3 client is replaced by
one that unpacks local files and applies the loader's own filter and projection, with the JSON
library that the loader uses. Everything after that is the loader's own.
"""

import gzip
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from c7n_trailcreator import trailcreator

IDS = {
    ("ec2", "RunInstances"): "responseElements.instancesSet.items[].instanceId",
    ("ec2", "CreateVolume"): "responseElements.volumeId",
    ("ec2", "CreateSecurityGroup"): "responseElements.groupId",
    ("s3", "CreateBucket"): "requestParameters.bucketName",
    ("lambda", "CreateFunction20150331"): "responseElements.functionArn",
    ("rds", "CreateDBInstance"): "responseElements.dBInstanceArn",
    ("dynamodb", "CreateTable"): "responseElements.tableDescription.tableArn",
    ("sqs", "CreateQueue"): "responseElements.queueUrl",
    ("sns", "CreateTopic"): "responseElements.topicArn",
    ("iam", "CreateRole"): "responseElements.role.arn",
    ("logs", "CreateLogGroup"): "requestParameters.logGroupName",
    ("kms", "CreateKey"): "responseElements.keyMetadata.arn",
    ("ecr", "CreateRepository"): "responseElements.repository.repositoryArn",
    ("secretsmanager", "CreateSecret"): "responseElements.arn",
    ("elasticloadbalancing", "CreateLoadBalancer"): "responseElements.loadBalancers[].dNSName",
    ("ecs", "CreateService"): "responseElements.service.serviceArn",
}  # fmt: skip


class LocalS3:
    """An S3 client whose buckets are folders."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def client(self, *_: object, **__: object) -> "LocalS3":
        """A session makes clients; this one is its own."""
        return self

    def get_paginator(self, _: str) -> "LocalS3":
        """So with paginators."""
        return self

    def paginate(self, **_: object) -> Iterator[Mapping[str, Any]]:
        """All objects on one page."""
        files = sorted(self.folder.glob("*.gz"))
        yield {"Contents": [{"Key": file.name, "Size": file.stat().st_size} for file in files]}

    def select_object_content(self, **asked: str) -> Mapping[str, Any]:
        """S3 Select, for the one query that the loader makes."""
        names = frozenset(re.findall(r"'([^']+)'", asked["Expression"]))
        text = gzip.decompress((self.folder / asked["Key"]).read_bytes())
        rows = (
            json.dumps(_projected(record)).encode()
            for record in json.loads(text)["Records"]
            if record.get("errorCode") is None and record["eventName"] in names
        )
        return {"Payload": [{"Records": {"Payload": b"\n".join(rows) + b"\n"}}]}


def _projected(record: Mapping[str, Any]) -> Mapping[str, Any]:
    who = record["userIdentity"]
    return {
        "region": record["awsRegion"],
        "accountId": record["recipientAccountId"],
        **{
            name: record[name]
            for name in ("eventTime", "eventName", "eventSource", "userAgent", "sourceIPAddress")
        },
        "userType": who.get("type"),
        "userArn": who.get("arn"),
        "userName": who.get("userName"),
        "invokedBy": who.get("invokedBy"),
        "requestParameters": record["requestParameters"],
        "responseElements": record["responseElements"],
    }


trailcreator.resource_map = {
    (f"{service}.amazonaws.com", event): [{"resource": {"resource": service}, "ids": ids}]
    for (service, event), ids in IDS.items()
}
with tempfile.TemporaryDirectory() as scratch:
    trailcreator.process_bucket(
        lambda: LocalS3(Path(sys.argv[1])), "bucket", "", str(Path(scratch) / "owners.db")
    )
