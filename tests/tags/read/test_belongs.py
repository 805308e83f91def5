"""What a record's request says of the resource that a new one belongs to."""

import json
from typing import Any

import msgspec
import pytest

from awsteward.tags.apply.evidence import named_services
from awsteward.tags.model.reading import Created
from awsteward.tags.read.belongs import table
from awsteward.tags.read.reading import reading
from awsteward.tags.read.record import Record

ACCOUNT, REGION = "111122223333", "eu-west-1"
EC2 = f"arn:aws:ec2:{REGION}:{ACCOUNT}"
RDS = f"arn:aws:rds:{REGION}:{ACCOUNT}"


def parents(event: str, asked: dict[str, Any], made: dict[str, Any]) -> set[str | None]:
    source, _, name = event.partition("/")
    record = {
        "eventVersion": "1.08", "eventSource": f"{source}.amazonaws.com", "eventName": name,
        "eventTime": "2026-05-04T12:00:00Z", "awsRegion": REGION, "eventID": "e-1",
        "recipientAccountId": ACCOUNT, "requestParameters": asked, "responseElements": made,
        "userIdentity": {"type": "IAMUser", "userName": "ana", "accountId": ACCOUNT},
    }  # fmt: skip
    told = reading(msgspec.json.decode(json.dumps(record), type=Record))
    assert isinstance(told, Created), told
    return {resource.parent for resource in told.resources}


IMAGE, SNAPSHOT = {"imageId": "ami-2"}, {"snapshotId": "snap-2"}


@pytest.mark.parametrize(
    ("event", "asked", "made", "parent"),
    [
        pytest.param(
            "ec2/CreateImage", {"instanceId": "i-1"}, IMAGE, f"{EC2}:instance/i-1", id="image"
        ),
        pytest.param(
            "ec2/CopyImage",
            {"sourceRegion": "us-west-2", "sourceImageId": "ami-1"},
            IMAGE,
            "arn:aws:ec2:us-west-2::image/ami-1",
            id="copied-image",
        ),
        pytest.param(
            "ec2/RegisterImage",
            {"blockDeviceMapping": {"items": [{"ebs": {"snapshotId": "snap-1"}}]}},
            IMAGE,
            f"arn:aws:ec2:{REGION}::snapshot/snap-1",
            id="registered-image",
        ),
        pytest.param(
            "ec2/CreateSnapshot", {"volumeId": "vol-1"}, SNAPSHOT, f"{EC2}:volume/vol-1",
            id="snapshot",
        ),
        pytest.param(
            "ec2/CreateVolume",
            {"snapshotId": "snap-1"},
            {"volumeId": "vol-2"},
            f"arn:aws:ec2:{REGION}::snapshot/snap-1",
            id="volume-from-a-snapshot",
        ),
        pytest.param("ec2/CreateVolume", {"size": "8"}, {"volumeId": "vol-2"}, None, id="volume"),
        pytest.param(
            "rds/CreateDBSnapshot",
            {"dBInstanceIdentifier": "orders", "dBSnapshotIdentifier": "s"},
            {"dBSnapshotArn": f"{RDS}:snapshot:s"},
            f"{RDS}:db:orders",
            id="database-snapshot",
        ),
        pytest.param(
            "rds/CopyDBSnapshot",
            {"sourceDBSnapshotIdentifier": f"{RDS}:snapshot:a"},
            {"dBSnapshotArn": f"{RDS}:snapshot:b"},
            f"{RDS}:snapshot:a",
            id="named-by-its-arn",
        ),
        pytest.param(
            "rds/CopyDBSnapshot",
            {"sourceDBSnapshotIdentifier": f"arn:aws:rds:{REGION}:444455556666:snapshot:a"},
            {"dBSnapshotArn": f"{RDS}:snapshot:b"},
            None,
            id="another-account's",
        ),
        pytest.param(
            "ec2/CreateSnapshot", {"volumeId": "vol-1/../*"}, SNAPSHOT, None, id="no-name"
        ),
        pytest.param("ec2/CreateSnapshot", {"volumeId": {"a": 1}}, SNAPSHOT, None, id="no-text"),
    ],
)  # fmt: skip
def test_a_copy_belongs_to_what_it_was_made_from(
    event: str, asked: dict[str, Any], made: dict[str, Any], parent: str | None
) -> None:
    assert parents(event, asked, made) == {parent}


def test_the_rights_to_read_every_named_parent_are_asked_for() -> None:
    named = {row.arn.split(":")[2] for rows in table().values() for row in rows}

    assert named == set(named_services())


def test_every_row_has_its_source() -> None:
    assert all(row.source.startswith("https://") for rows in table().values() for row in rows)
