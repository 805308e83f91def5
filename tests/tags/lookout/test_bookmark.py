"""A bookmark is kept whole, and never grows without end."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from awsteward.clients.sqlite_ledger import SqliteLedger
from awsteward.tags.lookout.bookmark import (
    LONGEST_SPAN,
    MOST_SEEN,
    Bookmark,
    keep,
    reached,
    read,
    spans,
)
from tests.tags.guard.estate import NOON
from tests.tags.lookout.history import MINUTE


def test_the_last_word_stands_and_each_name_has_its_own(tmp_path: Path) -> None:
    first, last = Bookmark(begin=NOON), Bookmark(begin=NOON, seen={"e1": NOON}, tries={"e2": 3})
    with SqliteLedger.open(tmp_path / "ledger.db") as ledger:
        keep(first, ledger, "apply 111122223333 eu-west-1", NOON)
        keep(last, ledger, "apply 111122223333 eu-west-1", NOON)

        assert read(ledger, "apply 111122223333 eu-west-1") == last
        assert read(ledger, "notify 111122223333 eu-west-1") is None


def test_of_too_many_the_newest_are_remembered(tmp_path: Path) -> None:
    seen = {f"e{n}": NOON + timedelta(seconds=n) for n in range(MOST_SEEN + 5)}
    with SqliteLedger.open(tmp_path / "ledger.db") as ledger:
        keep(Bookmark(begin=NOON, seen=seen), ledger, "x", NOON)

        kept = read(ledger, "x")

    assert kept is not None
    assert set(kept.seen) == set(list(seen)[5:])


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3)))
def test_spans_leave_no_gap_and_are_never_long(away: timedelta) -> None:
    found = list(spans(NOON - away, NOON))

    assert found[0].begin == NOON - away
    assert found[-1].end == NOON
    assert all(a.end == b.begin for a, b in pairwise(found))
    assert all(span.end - span.begin <= LONGEST_SPAN for span in found)


def test_only_what_may_still_come_late_is_read_again() -> None:
    assert reached(NOON, NOON) == NOON - 20 * MINUTE
    assert reached(NOON - 60 * MINUTE, NOON) == NOON - 60 * MINUTE
