"""The demo as a stranger starts it: the command, its exit code, and what it prints."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest


def awsteward(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 (our own command; no shell)
        [sys.executable, "-m", "awsteward", *args],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def demo() -> subprocess.CompletedProcess[str]:
    return awsteward("demo", "--format", "json", AWS_PROFILE="no-such-profile")


@pytest.fixture(scope="module")
def document(demo: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(demo.stdout)


def test_the_story_holds(demo: subprocess.CompletedProcess[str], document: Any) -> None:
    assert (demo.returncode, document["holds"], document["problems"]) == (0, True, [])
    assert demo.stderr == ""


def test_it_spans_at_least_twelve_services_each_asked_for_its_own_word(document: Any) -> None:
    assert document["services"] >= 12
    assert all(each["proven"] for each in document["resources"])


def test_nothing_a_person_set_was_touched(document: Any) -> None:
    for each in document["resources"]:
        assert each["tags_before"].items() <= each["tags_now"].items()


def test_children_carry_their_parents_tags(document: Any) -> None:
    by_name = {each["what"]: each["tags_now"] for each in document["resources"]}
    parent = {key: by_name["EC2 instance"][key] for key in ("Owner", "CostCenter", "CreatedBy")}

    assert by_name["└ its volume"] == parent


def test_values_come_from_everywhere_a_value_may_come_from(document: Any) -> None:
    origins = {
        filled["from"] for each in document["resources"] for filled in each["applied"].values()
    }

    assert origins >= {"creator", "team", "role", "parent"}


def test_people_were_told_and_asked(document: Any) -> None:
    told = json.dumps(document["messages"])

    assert len(document["messages"]) >= 5
    assert "awsteward tags answer" in told


def test_in_a_pipe_it_is_plain_text() -> None:
    told = awsteward("demo", NO_COLOR="1").stdout

    assert "\x1b" not in told
    assert "The story holds." in told
