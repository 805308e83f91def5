"""What can be pressed under a question: whatever a policy allows, Slack takes the message."""

import json
import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block as SdkBlock

from awsteward.core import slack
from awsteward.tags.model.plan import Ask
from awsteward.tags.policy.model import Language
from awsteward.tags.tell.controls import mark
from awsteward.tags.tell.digest import digests
from awsteward.tags.tell.layout import Manner
from awsteward.tags.tell.letter import Letter, letters
from awsteward.tags.tell.wording import wording
from tests.clients.workspace import flaw
from tests.tags.tell.test_letter import HOUR, told

WIDE = "\U0001d538"
_PIECES = [*"ab 9é가<>&`*'\"\n\t\\", WIDE, "\u202e", "\u200b", "<!channel>"]


def hostile(key: str, chance: random.Random) -> Ask:
    """A key in which everything is somebody's idea."""

    def words() -> str:
        return "".join(chance.choices(_PIECES, k=4)) * chance.choice([0, 1, 2, 9, 60])

    def maybe() -> str | None:
        return chance.choice([None, words()])

    allowed = [f"{n}{words()}"[:256] for n in range(chance.choice([0, 1, 4, 20, 25]))]
    return Ask(
        key=f"{key}{words()}"[:128], why=words(), allowed=tuple(allowed),
        pattern=chance.choice([None, None, "[a-z]+"]), suggestion=maybe(),
    )  # fmt: skip


def asking(*questions: tuple[Ask, ...], language: Language = Language.ENGLISH) -> list[Letter]:
    manner = Manner(
        words=wording(language), links=True, asking=True, pressing=True, whom=["U0123ABCD"]
    )
    notices = [told(n, asks=asks) for n, asks in enumerate(questions)]
    return list(letters(digests(notices, HOUR), manner))


def controls(*asks: Ask) -> list[Any]:
    """What can be pressed or filled in, in the order it stands there."""
    (letter,) = asking(asks)
    assert_taken(letter)
    blocks: Any = letter.payload["blocks"]
    return [
        element
        for block in blocks if block["type"] in slack.CONTROLS
        for element in block.get("elements", [block.get("element")])
    ]  # fmt: skip


def assert_taken(letter: Letter) -> None:
    sent = msgspec.json.encode(letter.payload)
    payload = json.loads(sent)
    assert len(sent) <= 13_000
    assert flaw(payload["blocks"]) is None
    for block in SdkBlock.parse_all(payload["blocks"]):
        block.validate_json()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 6), st.integers(1, 9), st.sampled_from(Language))
def test_whatever_is_asked_slack_takes_the_letter_and_every_question_stands_in_one(
    seed: int, many: int, most: int, language: Language
) -> None:
    chance = random.Random(seed)  # noqa: S311 (a choice, not a secret)
    asked = [
        tuple(hostile(f"{n}-{k}", chance) for k in range(chance.randint(1, most)))
        for n in range(many)
    ]

    made = asking(*asked, language=language)

    for letter in made:
        assert_taken(letter)
        shown = json.dumps(letter.payload)
        assert all(mark(question.id) in shown for question in letter.questions)
    assert sum(len(letter.questions) for letter in made) == len(asked)


def long_values(key: int, letter: str) -> tuple[str, ...]:
    return tuple(f"{key}{n:02}{letter * 34}" for n in range(20))


def test_menus_that_take_too_much_give_way_to_fields() -> None:
    asks = [Ask(key=f"K{n}", why="so", allowed=long_values(n, "x")) for n in range(8)]

    kinds = [each["type"] for each in controls(*asks)]

    assert kinds == ["plain_text_input"] * 8 + ["button"]


def test_where_fields_take_too_much_as_well_the_command_line_remains() -> None:
    asks = [Ask(key=f"K{n}", why="so", allowed=long_values(n, WIDE)) for n in range(8)]

    assert controls(*asks) == []


def test_menus_stay_where_there_is_room() -> None:
    values = tuple(f"team-{n}" for n in range(20))

    kinds = [each["type"] for each in controls(*(Ask(key=k, why="", allowed=values) for k in "ab"))]

    assert kinds == ["static_select", "static_select", "button"]


@pytest.mark.parametrize("value", [" prod", "prod ", "a  b", "pr\u200bod", "a\tb", "x" * 38])
def test_a_value_that_would_not_be_shown_as_it_is_is_written_and_not_chosen(value: str) -> None:
    found = controls(Ask(key="Stage", why="so", allowed=("test", value)))

    assert [each["type"] for each in found] == ["plain_text_input", "button"]


@pytest.mark.parametrize(
    ("suggestion", "shown"),
    [("ana", True), ("a" * 256, True), (WIDE * 129, False), ("a\nb", False), (" a", False)],
)
def test_a_suggestion_stands_in_its_field_where_that_shows_it_whole(
    suggestion: str, *, shown: bool
) -> None:
    field, _ = controls(Ask(key="Owner", why="so", suggestion=suggestion))

    assert field.get("initial_value") == (suggestion if shown else None)


def test_questions_of_eight_keys_each_stay_within_fifty_blocks() -> None:
    asked = [tuple(Ask(key=f"{n}-{k}", why="so") for k in range(8)) for n in range(8)]

    for letter in asking(*asked):
        assert_taken(letter)
