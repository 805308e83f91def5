"""Every store of the reins keeps the same promises."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from awsteward.clients.aws.dynamo.reins import DynamoReins
from awsteward.clients.reins import (
    Cell,
    Fault,
    Known,
    Observation,
    Promotion,
    Pulled,
    Reins,
    Stop,
    Trip,
)
from awsteward.clients.sqlite_ledger import SqliteLedger
from awsteward.clients.sqlite_reins import SqliteReins
from tests.clients.ledgers import NOON, REGION, TABLE, make

CELL = Cell(account="111122223333", type="AWS::S3::Bucket", key="Owner")
OTHER = replace(CELL, key="CreatedBy")
SEEN = Observation(
    cell=CELL, event_id="e1", ref="arn:aws:s3:::logs", value="alice", origin="creator", at=NOON
)
LATER = NOON + timedelta(hours=1)
ACCEPTED = Promotion(by="ana", at=LATER, digest="d1")


@pytest.fixture(params=["sqlite", "dynamodb"])
def reins(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Reins]:
    if request.param == "sqlite":
        with SqliteLedger.open(tmp_path / "ledger.db") as opened:
            yield SqliteReins.of(opened)
    else:
        make(request.getfixturevalue("session"))
        yield DynamoReins.of(request.getfixturevalue("door"), TABLE, REGION, lambda: NOON)


def test_what_would_have_been_written_is_kept_by_cell_oldest_first(reins: Reins) -> None:
    old = replace(SEEN, event_id="e0", at=NOON - timedelta(days=1))

    reins.observe([SEEN, old, replace(SEEN, cell=OTHER)])

    assert reins.observed(CELL) == (old, SEEN)
    assert [each.cell for each in reins.cells()] == [OTHER, CELL]


def test_the_first_observation_of_an_event_stands(reins: Reins) -> None:
    again = replace(SEEN, value="ben", at=LATER)

    reins.observe([SEEN, again])
    reins.observe([again])

    assert reins.observed(CELL) == (SEEN,)
    assert reins.known([CELL, OTHER, CELL]) == (Known(cell=CELL, since=NOON),)


def test_a_promotion_holds_until_it_is_taken_back(reins: Reins) -> None:
    reins.observe([SEEN])

    reins.promote([CELL, OTHER], ACCEPTED)
    promoted = reins.cells()
    reins.demote([CELL, OTHER], LATER)

    assert promoted == (Known(cell=CELL, since=NOON, promotion=ACCEPTED),)
    assert reins.cells() == (Known(cell=CELL, since=LATER),)


def test_many_observations_fit(reins: Reins) -> None:
    reins.observe(replace(SEEN, event_id=f"e{n}") for n in range(103))

    assert len(reins.observed(CELL)) == 103


@pytest.mark.parametrize("text", ["", "#", "é 名前 🪣", "line\nbreak\0", "x" * 3000])
def test_every_text_comes_back(reins: Reins, text: str) -> None:
    odd = Observation(
        cell=Cell(account=text, type=text, key=text),
        event_id=text, ref=text, value=text, origin=text, at=NOON,
    )  # fmt: skip

    reins.observe([odd])

    assert reins.observed(odd.cell) == (odd,)
    assert reins.cells() == (Known(cell=odd.cell, since=NOON),)


def test_no_brake_is_on_at_first(reins: Reins) -> None:
    assert reins.pulled() == Pulled()


def test_a_stop_holds_until_somebody_resumes(reins: Reins) -> None:
    stop = Stop(why="wrong owners", by="ana", at=NOON)

    reins.stop(replace(stop, why="first"))
    reins.stop(stop)
    pulled = reins.pulled()
    reins.resume(LATER)

    assert pulled == Pulled(stop=stop)
    assert reins.pulled() == Pulled()


def test_a_breaker_opens_once_and_again_after_it_was_closed(reins: Reins) -> None:
    trip = Trip(account="111122223333", why="50 denials", at=NOON)

    assert reins.trip(trip)
    assert not reins.trip(replace(trip, why="51 denials"))
    assert reins.pulled() == Pulled(trips=(trip,))

    reins.resume(LATER)

    assert reins.pulled() == Pulled(closed={trip.account: LATER})
    assert reins.trip(trip)


def test_faults_are_counted_after_a_moment_by_account_and_kind(reins: Reins) -> None:
    reins.count("1", Fault.DENIAL, 2, NOON)
    reins.count("1", Fault.DENIAL, 3, LATER)
    reins.count("1", Fault.DENIAL, 4, LATER)
    reins.count("1", Fault.REMOVAL, 10, LATER)
    reins.count("2", Fault.DENIAL, 20, LATER)

    assert reins.counted("1", Fault.DENIAL, NOON - timedelta(seconds=1)) == 9
    assert reins.counted("1", Fault.DENIAL, NOON) == 7
    assert reins.counted("3", Fault.DENIAL, NOON) == 0


def test_an_hour_has_no_more_room_than_it_has(reins: Reins) -> None:
    taken = [reins.take(NOON, wanted, 10) for wanted in (4, 4, 4, 4)]

    assert taken == [4, 4, 2, 0]
    assert reins.take(LATER, 4, 10) == 4
