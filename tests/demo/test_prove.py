"""The proof must fail when the story does not hold."""

from typing import Any

import pytest

from awsteward.demo.outcome import Outcome
from awsteward.demo.play import Made, Played
from awsteward.demo.prove import Proven
from awsteward.demo.replay import Replayed
from awsteward.demo.story import Scene

OWNER = {"Owner": "team-kiosk"}
SCENE = Scene(who="mina", what="a queue", service="sqs", make=lambda *_: "q", ends_with=OWNER)
LINE: dict[str, Any] = {
    "event_id": "e",
    "name": "CreateQueue",
    "outcome": "tagged",
    "arn": "arn:aws:sqs:eu-west-1:111122223333:q",
    "missing": ["Owner"],
    "applied": {"Owner": {"value": "team-kiosk", "from": "team"}},
    "why": "",
}


def proven(before: dict[str, str], after: dict[str, str], line: Any = LINE) -> Proven:
    made = Made(scene=SCENE, name="q", event_id="e")
    return Proven(made=made, line=line, before=before, after=after)


def test_a_tag_that_the_service_confirms_is_proven() -> None:
    assert proven({"Name": "q"}, {"Name": "q"} | OWNER).problem is None


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        pytest.param({}, {}, "should", id="not-tagged"),
        pytest.param({}, {"Owner": "mina"}, "should", id="wrong-value"),
        pytest.param({}, OWNER | {"CostCenter": "X"}, "should", id="guessed-one-more"),
        pytest.param({"Name": "q"}, OWNER, "lost", id="lost-a-tag"),
        pytest.param({"Name": "q"}, OWNER | {"Name": "z"}, "lost", id="changed-a-tag"),
    ],
)
def test_whatever_the_guard_claims_the_service_decides(
    before: dict[str, str], after: dict[str, str], why: str
) -> None:
    assert why in (proven(before, after).problem or "")


def test_a_resource_that_the_guard_passes_over_in_silence_is_a_problem() -> None:
    assert proven({}, OWNER, line=None).problem == "the guard did not mention it"


def test_a_claim_that_the_service_does_not_confirm_is_a_problem() -> None:
    claim = LINE | {"applied": {"Note": {"value": "x", "from": "constant"}}}

    assert "does not show it" in (proven({}, OWNER, line=claim).problem or "")


def outcome(lines: tuple[Any, ...], messages: tuple[Any, ...], refused: tuple[str, ...]) -> Outcome:
    return Outcome(
        played=Played(made=(Made(scene=SCENE, name="q", event_id="e"),), records=()),
        replayed=Replayed(lines),
        proven=(proven({}, OWNER),),
        messages=messages,
        refused=refused,
    )


def test_the_story_holds_when_all_is_confirmed_and_somebody_was_told() -> None:
    assert outcome((LINE,), ({"text": "hi"},), ()).problems == ()


@pytest.mark.parametrize(
    ("lines", "messages", "refused", "why"),
    [
        pytest.param((LINE,), (), (), "no message", id="nobody-was-told"),
        pytest.param((LINE,), ({},), ("too long",), "too long", id="slack-would-refuse"),
        pytest.param((LINE | {"event_id": "x"},), ({},), (), "created nothing", id="failed-call"),
    ],
)
def test_the_story_does_not_hold(
    lines: tuple[Any, ...], messages: tuple[Any, ...], refused: tuple[str, ...], why: str
) -> None:
    assert why in outcome(lines, messages, refused).problems[0]
