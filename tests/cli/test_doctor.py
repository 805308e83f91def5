"""How `awsteward doctor` tells what it found."""

import json

import pytest

from awsteward.cli.doctor import told
from awsteward.clients.slack import Closed
from awsteward.doctor.verdict import Check, Fine, Unclear, Wrong
from awsteward.doctor.walk import walk
from tests.doctor.world import HEALTHY, Canned, Hook, asked

CHECKS = (
    Check("trail", Fine("main records calls that change things")),
    Check("dead letters", Wrong("3\n\x1b[2Jdead letters", ("awsteward deploy redrive",))),
    Check("cost tags", Unclear("not allowed to look: allow ce:ListCostAllocationTags")),
)


def test_each_link_is_a_line_with_a_word_and_its_command_beneath(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = told(iter(CHECKS), "text", "AWS_REGION=eu-west-1 ")

    said = capsys.readouterr()
    assert code == 1
    assert said.out.splitlines() == [
        "fine   trail               main records calls that change things",
        "WRONG  dead letters        3; \N{REPLACEMENT CHARACTER}[2Jdead letters",
        "                           mend: AWS_REGION=eu-west-1 awsteward deploy redrive",
        "?      cost tags           not allowed to look: allow ce:ListCostAllocationTags",
    ]
    assert said.err == "1 fine, 1 wrong, 1 could not be told\n"


def test_what_could_not_be_told_is_no_finding() -> None:
    assert told(iter((CHECKS[0], CHECKS[2])), "text") == 0


def test_json_holds_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    told(iter(CHECKS), "json")

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["verdict"] for line in lines] == ["fine", "wrong", "unclear"]
    assert lines[1]["mend"] == ["awsteward deploy redrive"]


def test_a_whole_walk_ends_with_what_it_found(capsys: pytest.CaptureFixture[str]) -> None:
    code = told(walk(asked(Canned(HEALTHY), Hook(Closed("no_service: gone")))), "text")

    out = capsys.readouterr().out
    assert code == 1
    assert [line.split()[1] for line in out.splitlines() if line.startswith("WRONG")] == ["slack"]
    assert "aws ssm put-parameter --name /steward/slack" in out
