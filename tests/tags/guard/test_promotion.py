from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from awsteward.clients.reins import Cell, Observation
from awsteward.clients.sqlite_ledger import SqliteLedger
from awsteward.clients.sqlite_reins import SqliteReins
from awsteward.core.errors import ConfigError
from awsteward.tags.guard.promotion import OBSERVED, Wanted, accepted, demoted, shown, spelled
from awsteward.tags.policy.patterns import Globs
from tests.tags.guard.estate import NOON

OWNER = Cell(account="111122223333", type="AWS::S3::Bucket", key="Owner")
QUEUE = replace(OWNER, type="AWS::SQS::Queue")
SEEN = Observation(
    cell=OWNER, event_id="e1", ref="arn:aws:s3:::logs", value="alice", origin="creator", at=NOON
)
WEEK = NOON + OBSERVED
ALL = Wanted()


@pytest.fixture
def reins(tmp_path: Path) -> Iterator[SqliteReins]:
    with SqliteLedger.open(tmp_path / "ledger.db") as opened:
        yield SqliteReins.of(opened)


def promoted(reins: SqliteReins) -> list[Cell]:
    return [known.cell for known in reins.cells() if known.promotion]


def digest(reins: SqliteReins, wanted: Wanted = ALL) -> str:
    found = shown(reins, wanted, WEEK).digest
    assert found is not None
    return found


def test_an_accepted_diff_of_seven_observed_days_promotes_its_cells(reins: SqliteReins) -> None:
    reins.observe([SEEN])

    accepted(reins, ALL, digest(reins), "ana", WEEK)

    (known,) = reins.cells()
    assert known.promotion is not None
    assert (known.promotion.by, known.promotion.at) == ("ana", WEEK)


def test_before_seven_days_there_is_no_digest_and_the_reason_is_said(reins: SqliteReins) -> None:
    reins.observe([SEEN])
    early = WEEK - timedelta(hours=2)

    (candidate,) = shown(reins, ALL, early).candidates

    assert shown(reins, ALL, early).digest is None
    assert candidate.obstacle == "needs 2 h more to be observed for seven days"
    with pytest.raises(ConfigError, match=r"Owner on AWS::S3::Bucket in 1+2+3+ needs 2 h more"):
        accepted(reins, ALL, f"{'0' * 16}-{early:%Y%m%dT%H%M%SZ}", "ana", WEEK)
    assert promoted(reins) == []


def test_what_comes_while_a_person_reads_does_not_make_the_digest_stale(
    reins: SqliteReins,
) -> None:
    reins.observe([SEEN])
    read = digest(reins)
    reins.observe([replace(SEEN, event_id="e2", at=WEEK + timedelta(minutes=1))])

    accepted(reins, ALL, read, "ana", WEEK + timedelta(hours=1))

    assert promoted(reins) == [OWNER]


def test_another_diff_than_the_accepted_one_is_refused(reins: SqliteReins) -> None:
    reins.observe([SEEN])
    read = digest(reins)
    reins.observe([replace(SEEN, event_id="e2", value="mallory", at=NOON + timedelta(days=1))])

    with pytest.raises(ConfigError, match="is not the digest"):
        accepted(reins, ALL, read, "ana", WEEK)
    assert promoted(reins) == []


def test_nobody_accepts_what_will_only_be_seen_in_seven_days(reins: SqliteReins) -> None:
    reins.observe([SEEN])
    made_up = digest(reins)

    with pytest.raises(ConfigError, match="still to come"):
        accepted(reins, ALL, made_up, "ana", NOON)
    assert promoted(reins) == []


def test_only_what_was_shown_is_accepted(reins: SqliteReins) -> None:
    reins.observe([SEEN, replace(SEEN, cell=QUEUE)])
    queues = Wanted(types=Globs(("AWS::SQS::*",)))
    read = digest(reins, queues)

    with pytest.raises(ConfigError, match="same --account"):
        accepted(reins, ALL, read, "ana", WEEK)
    accepted(reins, queues, read, "ana", WEEK)

    assert promoted(reins) == [QUEUE]


def test_a_young_cell_does_not_hold_up_the_old_ones(reins: SqliteReins) -> None:
    reins.observe([SEEN, replace(SEEN, cell=QUEUE, at=WEEK - timedelta(days=1))])

    accepted(reins, ALL, digest(reins), "ana", WEEK)

    assert promoted(reins) == [OWNER]


def test_what_was_taken_back_is_observed_for_another_seven_days(reins: SqliteReins) -> None:
    reins.observe([SEEN])
    accepted(reins, ALL, digest(reins), "ana", WEEK)

    taken_back = demoted(reins, ALL, WEEK)
    (candidate,) = shown(reins, ALL, WEEK + timedelta(days=1)).candidates

    assert taken_back == (OWNER,)
    assert promoted(reins) == []
    assert (candidate.left, candidate.writes) == (timedelta(days=6), ())


def test_nothing_observed_lately_is_nothing_to_accept(reins: SqliteReins) -> None:
    reins.observe([SEEN])
    reins.demote([OWNER], NOON + timedelta(days=1))

    (candidate,) = shown(reins, ALL, WEEK + timedelta(days=1)).candidates

    assert "nothing to accept" in str(candidate.obstacle)


@pytest.mark.parametrize(
    "text", ["", "abc", f"{'0' * 16}-20309999T000000Z", f"{'0' * 16}-20990101T000000Z"]
)
def test_what_is_no_digest_is_refused(reins: SqliteReins, text: str) -> None:
    reins.observe([SEEN])

    with pytest.raises(ConfigError):
        accepted(reins, ALL, text, "ana", WEEK)


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (timedelta(0), "1 h"), (timedelta(hours=1, seconds=1), "2 h"),
        (timedelta(days=3), "3 d"), (timedelta(days=3, hours=2), "3 d 2 h"),
    ],
)  # fmt: skip
def test_times_are_spelled_in_days_and_hours(time: timedelta, words: str) -> None:
    assert spelled(time) == words
