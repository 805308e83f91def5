from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from awsteward.clients.sqlite_ledger import SqliteLedger
from awsteward.tags.duty.heartbeat import heartbeat
from awsteward.tags.guard.live import Guard, guard
from awsteward.tags.policy.default import default
from tests.tags.guard.estate import NOON, Estate, made


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with SqliteLedger.open(tmp_path / "ledger.db") as opened:
        yield opened


def test_a_beat_tells_how_long_notices_and_letters_have_waited(ledger: SqliteLedger) -> None:
    with_ = Guard(
        policy=default(), hands=Estate({"arn:aws:s3:::logs": {}}), ledger=ledger,
        now=lambda: NOON, writing=True,
    )  # fmt: skip
    list(guard([made("logs")], with_))  # an hour before noon
    ledger.put("L1", "letter", NOON)

    beat = heartbeat("table", ledger, NOON + timedelta(minutes=1))

    assert (beat["Heartbeat"], beat["Table"]) == (1.0, "table")
    assert (beat["OldestUntold"], beat["OldestUnsent"]) == (3660.0, 60.0)


def test_the_heart_beats_where_nobody_is_told(ledger: SqliteLedger) -> None:
    for beat in (heartbeat("table", None, NOON), heartbeat("table", ledger, NOON)):
        assert (beat["Heartbeat"], beat["OldestUntold"], beat["OldestUnsent"]) == (1.0, 0.0, 0.0)
