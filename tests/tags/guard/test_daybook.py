"""What a day's letter says, from what the guard did: through the ledger and back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from awsteward.clients.sqlite_ledger import SqliteLedger
from awsteward.tags.guard.daybook import closed, sum_up, taken_back
from awsteward.tags.guard.live import Guard, guard
from awsteward.tags.guard.post import seal
from awsteward.tags.model.outcome import Trouble
from awsteward.tags.policy.daily import NINE
from awsteward.tags.policy.default import default
from awsteward.tags.policy.model import Language, Slack, Team
from awsteward.tags.policy.patterns import Globs
from tests.tags.guard.estate import NOON, Estate, made

NAMES = ("a", "b", "c", "d")
TOMORROW = NOON + timedelta(days=1)


def ref(name: str) -> str:
    return f"arn:aws:s3:::{name}"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with SqliteLedger.open(tmp_path / "ledger.db") as opened:
        yield opened


def guard_of(ledger: SqliteLedger, estate: Estate, *, writing: bool = True) -> Guard:
    shop = Team(name="Shop", people=Globs(("alice",)))
    return Guard(
        policy=replace(default(), teams=(shop,)), hands=estate, ledger=ledger,
        now=lambda: NOON, writing=writing,
    )  # fmt: skip


def summed_up(ledger: SqliteLedger, now: datetime = TOMORROW) -> str:
    """The letter that is then kept, or nothing."""
    known = {letter_id for letter_id, _ in ledger.unsent()}
    sum_up(ledger, NINE, Language.ENGLISH, now)
    new = [payload for letter_id, payload in ledger.unsent() if letter_id not in known]
    return new[0] if new else ""


def test_the_day_tells_what_was_done_denied_and_what_failed(ledger: SqliteLedger) -> None:
    estate = Estate(
        {ref(name): {} for name in NAMES},
        denied=frozenset({ref("b")}),
        trouble={ref("c"): Trouble.REFUSED},
    )
    list(guard([made("a", "b", "c")], guard_of(ledger, estate)))
    list(guard([made("d", event="e2")], guard_of(ledger, estate, writing=False)))

    told = summed_up(ledger)

    assert "*2 tags written · 2 tags would have been written" in told
    assert "1 resource failed · 1 resource denied" in told
    assert "`Shop`" in told
    assert "`111122223333`" in told


def test_what_was_written_after_all_is_no_longer_what_would_be(ledger: SqliteLedger) -> None:
    estate = Estate({ref("a"): {}})
    list(guard([made("a")], guard_of(ledger, estate, writing=False)))
    list(guard([made("a")], guard_of(ledger, estate)))

    told = summed_up(ledger)

    assert "2 tags written" in told
    assert "would have been" not in told


def test_what_was_taken_back_counts_for_the_team_it_was_made_by(ledger: SqliteLedger) -> None:
    list(guard([made("a")], guard_of(ledger, Estate({ref("a"): {}}))))
    entries = ledger.written_since(NOON - timedelta(days=1))
    for entry in entries:  # one undo for each
        taken_back([entry], ledger, NOON)

    assert "`Shop`: 2 tags written · 2 tags taken back" in summed_up(ledger)


def test_a_question_is_named_until_it_is_answered(ledger: SqliteLedger) -> None:
    list(guard([made("a")], guard_of(ledger, Estate({ref("a"): {}}))))
    seal(ledger, Slack(), NOON, ledger.untold())
    (asked,) = ledger.slate("open")

    first = summed_up(ledger)
    closed(asked, ledger)
    second = summed_up(ledger, TOMORROW + timedelta(days=1))

    assert "1 question is still open" in first
    assert asked in first
    assert second == ""


def test_there_is_one_letter_a_day_whatever_was_lost_meanwhile(ledger: SqliteLedger) -> None:
    list(guard([made("a")], guard_of(ledger, Estate({ref("a"): {}}))))
    assert summed_up(ledger)

    again = summed_up(ledger, TOMORROW + timedelta(hours=3))
    ledger.wipe("summed up", "last")  # as if killed before it was noted
    once_more = summed_up(ledger, TOMORROW + timedelta(hours=3))

    assert (again, once_more) == ("", "")


def test_what_happens_after_the_hour_is_told_the_next_day(ledger: SqliteLedger) -> None:
    list(guard([made("a")], guard_of(ledger, Estate({ref("a"): {}}))))

    same_day = summed_up(ledger, NOON)
    next_day = summed_up(ledger)
    the_day_after = summed_up(ledger, TOMORROW + timedelta(days=1))

    assert same_day == ""
    assert "2 tags written" in next_day
    assert the_day_after == ""


def test_what_is_asked_after_the_hour_is_the_next_days(ledger: SqliteLedger) -> None:
    list(guard([made("a")], guard_of(ledger, Estate({ref("a"): {}}))))
    seal(ledger, Slack(), TOMORROW, ledger.untold())

    assert "still open" not in summed_up(ledger, TOMORROW + timedelta(hours=1))
    assert "still open" in summed_up(ledger, TOMORROW + timedelta(days=1))


def test_what_happens_on_the_stroke_of_the_hour_is_told_once(ledger: SqliteLedger) -> None:
    list(guard([made("a")], guard_of(ledger, Estate({ref("a"): {}}))))
    stroke = TOMORROW.replace(hour=9, minute=0)
    taken_back(list(ledger.written_since(NOON)), ledger, stroke)

    told = [summed_up(ledger, stroke + n * timedelta(days=1)) for n in range(3)]

    assert ["taken back" in each for each in told] == [False, True, False]


def test_switched_off_nothing_is_summed_up(ledger: SqliteLedger) -> None:
    list(guard([made("a")], guard_of(ledger, Estate({ref("a"): {}}))))

    assert sum_up(ledger, None, Language.ENGLISH, TOMORROW) is None
    assert ledger.unsent() == ()
