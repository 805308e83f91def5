import pytest

from awsteward.core.errors import ConfigError
from awsteward.tags.tell.question import (
    OpenKey,
    OpenQuestion,
    Ref,
    decode,
    encode,
    settle,
    short_id,
)

QUESTION = OpenQuestion(
    id="abcd2345",
    keys=(
        OpenKey(key="CostCenter", why="nothing says which", pattern="[0-9]{4}"),
        OpenKey(key="Environment", why="guarded", allowed=("prod", "dev")),
        OpenKey(key="Owner", why="nobody knows"),
    ),
    refs=(
        Ref(
            event_id="e",
            arn="arn:aws:s3:::orders",
            handle=None,
            type="AWS::S3::Bucket",
            account="111122223333",
            region="eu-west-1",
            partition="aws",
            service="s3",
        ),
    ),
    count=1,
)


def test_an_answer_gives_values_to_keys() -> None:
    values = settle(QUESTION, ["CostCenter=4711", "Owner=a=b"])

    assert values == {"CostCenter": "4711", "Owner": "a=b"}


@pytest.mark.parametrize(
    ("pair", "why"),
    [
        ("CostCenter", "is not Key=value"),
        ("Cost=1", "open are CostCenter, Environment, Owner"),
        ("CostCenter=47110", r"matches \[0-9\]\{4\}"),
        ("Environment=stage", "allowed is prod, dev"),
        ("Owner= ", "is empty"),
        ("Owner=…", "is empty"),
    ],
)
def test_an_answer_that_cannot_be_says_what_can(pair: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        settle(QUESTION, [pair])


def test_no_answer_at_all_says_what_is_asked() -> None:
    with pytest.raises(ConfigError, match="abcd2345 asks for CostCenter, Environment, Owner"):
        settle(QUESTION, [])


def test_two_answers_to_one_key_must_agree() -> None:
    assert settle(QUESTION, ["Owner=a", "Owner=a"]) == {"Owner": "a"}
    with pytest.raises(ConfigError, match="Owner is given twice"):
        settle(QUESTION, ["Owner=a", "Owner=b"])


def test_a_question_comes_out_of_the_ledger_as_it_went_in() -> None:
    assert decode(encode(QUESTION)) == QUESTION


def test_ids_are_short_stable_and_hard_to_mix_up() -> None:
    assert short_id("a", "b") == short_id("a", "b") != short_id("ab")
    assert not set("01" + short_id("x").upper()) & set(short_id("x"))
