import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import afresh, awsteward
from tests.cli.records import ALICE, bucket

READ_ONLY = {"eventName": "ListBuckets", "readOnly": True}


def trail(folder: Path, *records: dict[str, Any]) -> str:
    path = folder / "trail.json.gz"
    path.write_bytes(gzip.compress(json.dumps({"Records": records}).encode()))
    return str(path)


def test_a_line_of_json_for_each_resource_has_the_promised_shape(tmp_path: Path) -> None:
    done = awsteward(
        "tags", "replay", trail(tmp_path, bucket("logs")), "--format", "json", cwd=tmp_path
    )

    assert json.loads(done.out) == {
        "event_id": "e-1",
        "source": "s3.amazonaws.com",
        "name": "CreateBucket",
        "arn": "arn:aws:s3:::logs",
        "type": "AWS::S3::Bucket",
        "outcome": "would-tag",
        "missing": ["CreatedBy", "Owner", "CostCenter", "Environment"],
        "applied": {
            "CreatedBy": {"value": "alice", "from": "creator"},
            "Owner": {"value": "alice", "from": "creator"},
        },
        "why": "a person must say CostCenter, Environment",
    }
    assert done.code == 1
    assert "1 would-tag; a person's word is asked for on 1" in done.err


def test_events_that_create_nothing_are_counted_and_shown_only_on_demand(tmp_path: Path) -> None:
    path = trail(tmp_path, bucket("x", "e-2", **READ_ONLY), bucket("y", "e-3", errorCode="Denied"))

    quiet = awsteward("tags", "replay", path, "--format", "json", cwd=tmp_path)
    every = awsteward("tags", "replay", path, "--format", "json", "--all", cwd=tmp_path)

    assert quiet.out == ""
    assert quiet.code == every.code == 0
    assert "2 records, 0 created something" in quiet.err
    lines = [json.loads(line) for line in every.out.splitlines()]
    assert [line["outcome"] for line in lines] == ["ignored", "ignored"]
    assert lines[1]["why"] == "the call failed: Denied"


def test_a_broken_record_is_named_and_hides_no_other(tmp_path: Path) -> None:
    path = tmp_path / "trail.jsonl"
    path.write_text(f"{json.dumps(bucket('a'))}\n{{nonsense\n{json.dumps(bucket('b', 'e-2'))}\n")

    done = awsteward("tags", "replay", str(path), "--format", "json", cwd=tmp_path)

    assert [json.loads(line)["arn"] for line in done.out.splitlines()] == [
        "arn:aws:s3:::a",
        "arn:aws:s3:::b",
    ]
    assert f"{path}: record 1: " in done.err
    assert done.code == 1


def test_standard_input_is_read(tmp_path: Path) -> None:
    stdin = json.dumps(bucket("logs")).encode()

    done = afresh("tags", "replay", "-", "--format", "json", cwd=tmp_path, stdin=stdin)

    assert json.loads(done.out)["arn"] == "arn:aws:s3:::logs"


def test_an_event_with_every_required_tag_leaves_nothing_to_report(tmp_path: Path) -> None:
    (tmp_path / "awsteward.yaml").write_text("version: 1\ntags:\n  required: [CreatedBy]\n")
    given = {
        "bucketName": "logs",
        "createBucketConfiguration": {"tags": [{"key": "CreatedBy", "value": "x"}]},
    }
    path = trail(tmp_path, bucket("logs", requestParameters=given))

    done = awsteward("tags", "replay", path, "--format", "json", cwd=tmp_path)

    assert json.loads(done.out)["outcome"] == "compliant"
    assert done.code == 0


def test_without_a_url_the_message_is_printed(tmp_path: Path) -> None:
    done = awsteward("tags", "replay", trail(tmp_path, bucket("logs")), cwd=tmp_path)

    assert "would-tag arn:aws:s3:::logs" in done.out
    assert "== alice created 1 resource ==" in done.out


def test_names_cannot_play_with_the_terminal(tmp_path: Path) -> None:
    mallory = {**ALICE, "userName": "mal\x1b[31mlory\u202e"}

    done = awsteward(
        "tags", "replay", trail(tmp_path, bucket("logs", userIdentity=mallory)), cwd=tmp_path
    )

    assert "\x1b" not in done.out
    assert "\u202e" not in done.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(("no-such-file.json",), "no-such-file.json: no such file", id="no-file"),
        pytest.param((), "Missing argument", id="no-argument"),
        pytest.param(("-", "--format", "xml"), "xml", id="no-such-format"),
        pytest.param(("-", "--policy", "none.yaml"), "cannot read none.yaml", id="no-policy"),
        pytest.param(
            ("-", "--notify", "--slack-url", "http://example.com/x"), "Slack URL", id="open-http"
        ),
    ],
)
def test_a_users_mistake_ends_with_one_sentence_and_code_2(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    done = awsteward("tags", "replay", *words, cwd=tmp_path)

    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err


def test_a_policy_is_found_upward_and_its_mistakes_are_named(tmp_path: Path) -> None:
    (tmp_path / "awsteward.yaml").write_text("version: 1\ntags:\n  requierd: [Owner]\n")
    (tmp_path / "below").mkdir()

    done = awsteward("tags", "replay", "-", cwd=tmp_path / "below")

    assert done.code == 2
    assert "awsteward.yaml:3" in done.err
    assert "requierd" in done.err
