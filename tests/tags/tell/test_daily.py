import json
from datetime import timedelta

import pytest

from awsteward.core.slack import LIMITS, paragraphs
from awsteward.tags.policy.daily import NINE
from awsteward.tags.policy.model import Language
from awsteward.tags.tell.daily import MOST_QUESTIONS, Deed, Done, Open, compose, counted
from tests.tags.guard.estate import NOON

PERIOD = NINE.period(NOON)


def done(deed: Deed, *, account: str = "111122223333", team: str = "", n: int = 1) -> Done:
    return Done(
        event_id=f"e{n}", ref=f"r{n}", account=account, team=team, deed=deed,
        tags=0 if deed in (Deed.FAILED, Deed.DENIED) else 2, at=NOON,
    )  # fmt: skip


def asked(n: int, *, ago: timedelta = timedelta(hours=1)) -> Open:
    return Open(id=f"q{n}", keys=("Owner",), resources=n, asked=NOON - ago)


def lines(done: list[Done], open_: list[Open], language: Language = Language.ENGLISH) -> list[str]:
    letter = compose(done, open_, PERIOD, language)
    assert letter is not None
    blocks = json.loads(json.dumps(letter["blocks"]))
    return ["".join(span.text for span in each.spans) for each in paragraphs(blocks)]


def test_a_day_is_told_by_account_and_team() -> None:
    told = lines(
        [
            *(done(deed, team="Shop", n=n) for n, deed in enumerate(Deed)),
            done(Deed.DID),
            done(Deed.DENIED, account="444455556666"),
        ],
        [],
    )

    whole = "2 tags would have been written · 2 tags taken back · 1 resource failed"
    assert told[1] == f"4 tags written · {whole} · 2 resources denied"
    assert told[3:] == [
        "Account 111122223333",
        f"Shop: 2 tags written · {whole} · 1 resource denied",
        "no team: 2 tags written",
        "Account 444455556666",
        "no team: 1 resource denied",
        "awsteward · message summary-2030-01-01",
    ]


def test_the_oldest_question_comes_first() -> None:
    told = lines([], [asked(1), asked(2, ago=timedelta(days=3))])

    assert "Nothing new" in told
    assert [line[:2] for line in told if "Owner" in line] == ["q2", "q1"]


def test_a_day_without_anything_has_no_letter() -> None:
    assert compose([], [], PERIOD, Language.ENGLISH) is None


@pytest.mark.parametrize("language", Language)
def test_a_huge_day_fits_into_one_message_and_says_what_is_left_out(language: Language) -> None:
    many = [
        done(Deed.DID, account=f"{n:012}", team=f"team {m} " + "x" * 60)
        for n in range(200)
        for m in range(9)
    ]
    questions = [asked(n) for n in range(500)]

    letter = compose(many, questions, PERIOD, language)
    assert letter is not None

    blocks = letter["blocks"]
    assert isinstance(blocks, list)
    assert len(blocks) <= LIMITS["message"]["blocks"]
    assert len(json.dumps(letter, ensure_ascii=False).encode()) <= LIMITS["message"]["bytes"]
    text = json.dumps(letter, ensure_ascii=False)
    assert str(500 - MOST_QUESTIONS) in text


def test_failures_are_counted_by_resource_and_all_else_by_tag() -> None:
    counts = counted([done(Deed.DID), done(Deed.FAILED, n=2), done(Deed.FAILED, n=3)])

    assert counts == {"111122223333": {"": {Deed.DID: 2, Deed.FAILED: 2}}}


def test_a_summary_calls_upon_nobody_so_it_is_in_nobodys_measure() -> None:
    letter = compose(
        [done(Deed.DID, team="<@U012ABCDEF> <!here>")], [asked(1)], PERIOD, Language.ENGLISH
    )

    said = json.dumps(letter).replace("<!date^", "")
    assert "U012ABCDEF" in said
    assert "<@" not in said
    assert "<!" not in said
