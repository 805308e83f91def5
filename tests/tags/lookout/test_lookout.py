"""One region: nothing lost, nothing done twice, whatever comes late or ends early."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from awsteward.clients.aws.refusals import Refusal
from awsteward.core.errors import RemoteError
from awsteward.tags.model.outcome import Trouble
from awsteward.tags.model.reading import Ignored
from awsteward.tags.policy.model import Grace
from tests.tags.lookout.history import MINUTE, Scene

TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.9.0 (+https://www.terraform.io)"


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_what_is_read_again_is_done_once(scene: Scene) -> None:
    scene.makes("logs", "e1", ago=2 * MINUTE)

    lookout = scene.run()
    for _ in range(3):
        lookout.look()
        scene.time.now += MINUTE
    scene.run().look()

    assert scene.estate.tags["arn:aws:s3:::logs"]["CreatedBy"] == "alice"
    assert scene.estate.writes == 1
    assert scene.results() == [("logs", "tagged")]
    assert scene.tally.records == scene.tally.events == 1


@pytest.mark.parametrize("restart", [False, True])
def test_an_event_that_is_shown_late_is_found(scene: Scene, *, restart: bool) -> None:
    scene.makes("late", "e1", ago=2 * MINUTE, late=17 * MINUTE)

    lookout = scene.run()
    for _ in range(17):
        lookout.look()
        scene.time.now += MINUTE
        lookout = scene.run() if restart else lookout
    lookout.look()

    assert scene.results() == [("late", "tagged")]


def test_pages_are_followed_to_their_end(scene: Scene) -> None:
    for n in range(5):
        scene.makes(f"b{n}", f"e{n}", ago=(2 + n) * MINUTE)

    scene.run().look()

    assert {name for name, _ in scene.results()} == {"b0", "b1", "b2", "b3", "b4"}
    first, second, third = scene.history.asked
    assert {**first, "NextToken": "2"} == second
    assert {**first, "NextToken": "4"} == third
    assert first["LookupAttributes"] == [{"AttributeKey": "ReadOnly", "AttributeValue": "false"}]


def test_a_long_absence_is_made_up_for_hour_by_hour(scene: Scene) -> None:
    scene.run().look()
    scene.time.now += timedelta(hours=5)
    scene.makes("old", "e1", ago=timedelta(hours=4, minutes=30))

    scene.history.asked.clear()
    scene.run().look()

    asked = scene.history.asked
    assert len(asked) == 6  # five hours and what may have come late before them
    assert all(b["StartTime"] == a["EndTime"] for a, b in pairwise(asked))
    assert scene.results() == [("old", "tagged")]


def test_its_maker_has_time_to_tag_it_and_a_restart_does_not_forget_it(scene: Scene) -> None:
    scene.policy = replace(scene.policy, grace=Grace(other_tools=30 * MINUTE))
    scene.makes("slow", "e1", userAgent=TERRAFORM)

    scene.run().look()
    assert scene.shown == []
    scene.time.now += 25 * MINUTE
    scene.run().look()
    assert scene.shown == []
    scene.time.now += 5 * MINUTE
    scene.run().look()

    assert [name for name, _ in scene.results()] == ["slow"]


def test_told_to_stop_it_ends_between_two_pages_and_goes_on_there(scene: Scene) -> None:
    for n in range(5):
        scene.makes(f"b{n}", f"e{n}", ago=(30 + n) * MINUTE)
    scene.history.before = lambda: setattr(scene, "stopped", len(scene.history.asked) == 1)

    scene.run().look()
    done = len(scene.results())
    scene.history.before = lambda: None
    scene.stopped = False
    scene.run().look()

    assert done == 4
    assert sorted(name for name, _ in scene.results()) == ["b0", "b1", "b2", "b3", "b4"]
    assert scene.estate.writes == 5


def test_what_lies_before_the_bookmark_is_not_remembered_for_ever(scene: Scene) -> None:
    scene.makes("logs", "e1", ago=2 * MINUTE)
    lookout = scene.run()
    lookout.look()
    assert list(lookout.bookmark.seen) == ["e1"]

    scene.time.now += timedelta(hours=2)
    lookout.look()

    assert lookout.bookmark.seen == {}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(dies=st.lists(st.integers(1, 4), max_size=3), size=st.integers(1, 4))
def test_killed_anywhere_it_loses_nothing_and_tells_nothing_twice(
    tmp_path_factory: pytest.TempPathFactory, dies: list[int], size: int
) -> None:
    scene = Scene(tmp_path_factory.mktemp("killed"))
    scene.history.size = size
    names = [f"b{n}" for n in range(5)]
    for n, name in enumerate(names):
        scene.makes(name, f"e{n}", ago=(2 + 14 * n) * MINUTE)

    for kill in dies:
        scene.estate.dies_after = scene.estate.writes + kill
        try:
            scene.run().look()
        except KeyboardInterrupt:
            continue
    scene.estate.dies_after = None
    scene.run().look()

    assert all(scene.estate.tags[f"arn:aws:s3:::{name}"]["CreatedBy"] == "alice" for name in names)
    assert sorted(scene.notices()) == [f"arn:aws:s3:::{name}" for name in names]


def test_a_failure_that_may_pass_is_tried_again_later(scene: Scene) -> None:
    scene.makes("busy", "e1", ago=2 * MINUTE)
    scene.estate.trouble["arn:aws:s3:::busy"] = Trouble.THROTTLED

    scene.run().look()
    assert scene.notices() == []
    scene.estate.trouble.clear()
    scene.time.now += MINUTE
    scene.run().look()

    assert scene.results() == [("busy", "failed"), ("busy", "tagged")]
    assert scene.tally.ends == {"tagged": 1}


@pytest.mark.parametrize("restart", [False, True])
def test_what_failed_too_often_is_told_of_and_left(scene: Scene, *, restart: bool) -> None:
    scene.last = 3
    scene.makes("shut", "e1", ago=2 * MINUTE)
    scene.estate.trouble["arn:aws:s3:::shut"] = Trouble.DENIED

    lookout = scene.run()
    for _ in range(5):
        lookout.look()
        scene.time.now += 6 * MINUTE
        lookout = scene.run() if restart else lookout

    assert scene.notices() == ["arn:aws:s3:::shut (failed)"]
    assert scene.tally.troubles == {Trouble.DENIED: 1}
    assert lookout.waiting == {}


def test_what_cannot_be_read_is_said_once_and_hides_nothing(scene: Scene) -> None:
    scene.makes("fine", "e1", ago=2 * MINUTE)
    at = scene.time.now - 3 * MINUTE
    scene.history.events.append((at, at, "e2", "{nonsense"))

    lookout = scene.run()
    lookout.look()
    lookout.look()

    assert len(scene.broken) == 1
    assert scene.broken[0].file == "event history of eu-west-1"
    assert scene.results() == [("fine", "tagged")]


def test_who_takes_our_tags_away_is_heard(scene: Scene) -> None:
    scene.makes("logs", "e1", ago=2 * MINUTE)
    scene.run().look()
    scene.time.now += 2 * MINUTE
    scene.history.happened("logs", "e2", eventName="DeleteBucketTagging")

    scene.run().look()

    end = scene.shown[-1]
    assert isinstance(end, Ignored)
    assert end.why.startswith("took away what was ours: ")


def test_an_error_in_the_middle_leaves_the_rest_for_the_next_look(scene: Scene) -> None:
    for n in range(4):
        scene.makes(f"b{n}", f"e{n}", ago=(2 + n) * MINUTE)
    wrong = Refusal(code="InvalidNextTokenException", message="old")
    scene.history.before = lambda: scene.history.refusals.extend(
        [wrong] if len(scene.history.asked) == 1 else []
    )

    lookout = scene.run()
    with pytest.raises(RemoteError, match="event history of eu-west-1: InvalidNextToken"):
        lookout.look()
    lookout.look()

    assert len(scene.results()) == len(set(scene.results())) == 4


def test_without_a_ledger_what_waits_is_said_as_it_stands(scene: Scene) -> None:
    scene.policy = replace(scene.policy, grace=Grace(other_tools=30 * MINUTE))
    scene.writing = scene.keeping = False
    scene.makes("young", "e1", userAgent=TERRAFORM)

    lookout = scene.run()
    lookout.look()
    lookout.leave()

    assert scene.results() == [("young", "pending")]
    assert scene.tally.ends == {"pending": 1}
