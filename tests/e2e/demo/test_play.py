from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from awsteward.demo.cast import cast
from awsteward.demo.play import Played, play
from awsteward.demo.props import furnish
from awsteward.demo.prove import look
from awsteward.demo.stage import Stage, stage
from awsteward.demo.story import Aside, Scene, story

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def on() -> Iterator[Stage]:
    with stage() as running:
        yield running


@pytest.fixture(scope="module")
def played(on: Stage) -> Played:
    return play(story(), on, furnish(on), NOW)


def test_every_call_of_the_story_leaves_one_record(played: Played) -> None:
    assert len(played.records) == len(story())
    assert len({str(each["eventID"]) for each in played.records}) == len(story())


def test_the_story_spans_at_least_twelve_services_and_every_kind_of_start(
    played: Played, on: Stage
) -> None:
    tags = look(played.made, on)

    assert len({each.scene.service for each in played.made}) >= 12
    assert {} in tags
    assert {"owner": "joon"} in tags
    assert any(len(each) == 3 for each in tags)


def test_every_record_carries_its_callers_identity(played: Played) -> None:
    by_id = {each["eventID"]: each for each in played.records}
    callers = cast()
    for made in played.made:
        assert by_id[made.event_id]["userIdentity"] == callers[made.scene.who].identity


def test_one_call_fails_and_one_only_reads(played: Played) -> None:
    assert [each["errorCode"] for each in played.records if "errorCode" in each]
    assert [each["eventName"] for each in played.records if each["readOnly"]] == [
        "DescribeInstances"
    ]


def test_every_caller_has_a_part() -> None:
    callers = {scene.who for scene in story() if isinstance(scene, Scene | Aside)}

    assert len(callers) == 9
