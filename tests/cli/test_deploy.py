"""`deploy template`: what CloudFormation gets, and what is said when it cannot be made."""

import json
from pathlib import Path

from tests.cli.command import afresh, awsteward


def test_the_template_is_printed_alone_and_the_same_in_every_process(tmp_path: Path) -> None:
    call = ("deploy", "template", "--services", "sqs,s3,lambda", "--format", "json")

    first, second = (
        afresh(*call, cwd=tmp_path, env={"PYTHONHASHSEED": seed}) for seed in ("1", "2")
    )

    assert (first.code, first.err) == (0, "")
    assert json.loads(first.out)["Resources"]["Take"]["Properties"]["Runtime"] == "python3.13"
    assert first.out == second.out


def test_the_nearest_policy_says_which_keys_may_be_written(tmp_path: Path) -> None:
    (tmp_path / "awsteward.yaml").write_text(
        "version: 1\ntags: {required: {Squad: {from: [creator]}}}\n", "utf-8"
    )

    done = awsteward("deploy", "template", "--services", "sqs", cwd=tmp_path)

    assert done.code == 0, done.err
    assert "Squad" in done.out
    assert "CostCenter" not in done.out


def test_an_unknown_service_names_the_nearest_and_ends_with_2(tmp_path: Path) -> None:
    done = awsteward("deploy", "template", "--services", "sqs,dynamodbb", cwd=tmp_path)

    assert (done.code, done.out) == (2, "")
    assert "'dynamodbb' is not known; the nearest that is known is 'dynamodb'" in done.err


def test_a_runtime_that_is_not_pythons_is_refused(tmp_path: Path) -> None:
    done = awsteward("deploy", "template", "--runtime", "nodejs22.x", cwd=tmp_path)

    assert (done.code, done.out) == (2, "")
    assert "--runtime" in done.err
