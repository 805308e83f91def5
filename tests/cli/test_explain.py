import json
from pathlib import Path

from tests.cli.command import afresh, awsteward
from tests.cli.records import ALICE, bucket
from tests.tags.config.messages import call, changed, item


def test_each_record_is_one_element_of_the_promised_shape(tmp_path: Path) -> None:
    both = [bucket("logs"), bucket("x", "e-2", errorCode="Denied")]

    done = afresh(
        "tags", "explain", "-", "--format", "json", cwd=tmp_path, stdin=json.dumps(both).encode()
    )

    made, failed = json.loads(done.out)
    assert made == {
        "event_id": "e-1",
        "source": "s3.amazonaws.com",
        "name": "CreateBucket",
        "outcome": "created",
        "why": made["why"],
        "creator": {"kind": "person", "name": "alice", "arn": ALICE["arn"], "via": None},
        "resources": [
            {
                "arn": "arn:aws:s3:::logs",
                "type": "AWS::S3::Bucket",
                "account": "111122223333",
                "region": "eu-west-1",
                "tags": {},
            }
        ],
    }
    assert (failed["outcome"], failed["resources"]) == ("ignored", [])
    assert done.code == 0


def test_nothing_to_explain_is_an_empty_array(tmp_path: Path) -> None:
    done = awsteward("tags", "explain", "-", "--format", "json", cwd=tmp_path)

    assert json.loads(done.out) == []


def test_people_see_how_each_tag_is_decided(tmp_path: Path) -> None:
    stdin = json.dumps(bucket("logs")).encode()

    done = awsteward("tags", "explain", "-", cwd=tmp_path, stdin=stdin)

    assert "by alice (person)" in done.out
    assert "Owner: role — not looked at: needs `tags replay --read`" in done.out
    assert "=> would-tag: a person must say CostCenter, Environment" in done.out


def test_what_a_rule_of_aws_config_was_called_with_is_explained_like_a_record(
    tmp_path: Path,
) -> None:
    asked = json.dumps(call(changed(item(tags={"Owner": "orders"})))).encode()

    done = awsteward("tags", "explain", "-", "--format", "json", cwd=tmp_path, stdin=asked)

    (told,) = json.loads(done.out)
    assert (told["outcome"], told["creator"]["kind"]) == ("created", "unknown")
    assert told["resources"] == [
        {
            "arn": "arn:aws:s3:::orders", "type": "AWS::S3::Bucket", "account": "111122223333",
            "region": "eu-west-1", "tags": {"Owner": "orders"},
        }
    ]  # fmt: skip
    assert done.code == 0


def test_an_item_that_cannot_be_read_is_named_with_its_place(tmp_path: Path) -> None:
    asked = json.dumps(changed(item(tags=["Owner"]))).encode()

    done = awsteward("tags", "explain", "-", "--format", "json", cwd=tmp_path, stdin=asked)

    assert json.loads(done.out) == []
    assert "$.configurationItem.tags" in done.err
    assert done.code == 1
