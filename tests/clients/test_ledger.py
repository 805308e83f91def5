from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from awsteward.clients.ledger import Entry, SqliteLedger, State
from awsteward.core.errors import ConfigError

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
ENTRY = Entry(
    event_id="e1",
    ref="arn:aws:s3:::logs",
    key="Owner",
    value="alice",
    origin="creator",
    assumed=True,
    raw=None,
    arn="arn:aws:s3:::logs",
    handle=None,
    type="AWS::S3::Bucket",
    account="111122223333",
    region="eu-west-1",
    partition="aws",
    service="s3",
    at=NOON,
    state=State.INTENDED,
)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with SqliteLedger.open(tmp_path / "a" / "ledger.db") as opened:
        yield opened


def test_an_intent_stays_until_it_is_settled(ledger: SqliteLedger) -> None:
    ledger.intend([ENTRY])
    assert ledger.intents("e1", ENTRY.ref) == (ENTRY,)

    ledger.settle([ENTRY], State.WRITTEN)

    assert ledger.intents("e1", ENTRY.ref) == ()
    assert ledger.written_since(NOON) == (replace(ENTRY, state=State.WRITTEN),)
    assert ledger.written_since(NOON + timedelta(microseconds=1)) == ()


def test_what_was_undone_is_not_undone_again(ledger: SqliteLedger) -> None:
    ledger.intend([ENTRY])

    ledger.settle([ENTRY], State.UNDONE)

    assert ledger.written_since(NOON) == ()


def test_a_resource_is_told_of_once_per_event(ledger: SqliteLedger) -> None:
    assert ledger.notice("e1", "r", "first")
    assert not ledger.notice("e1", "r", "second")
    assert ledger.untold() == (("e1", "r", "first"),)

    ledger.told([("e1", "r")], NOON)

    assert ledger.untold() == ()
    assert not ledger.notice("e1", "r", "third")


def test_a_letter_waits_until_it_is_sent_and_never_comes_back(ledger: SqliteLedger) -> None:
    assert ledger.put("L2", "two", NOON)
    assert ledger.put("L1", "one", NOON)
    assert ledger.unsent() == (("L2", "two"), ("L1", "one"))

    ledger.sent("L2", NOON)

    assert ledger.unsent() == (("L1", "one"),)
    assert not ledger.put("L2", "two", NOON)
    assert ledger.unsent() == (("L1", "one"),)


def test_asking_again_changes_nothing(ledger: SqliteLedger) -> None:
    ledger.ask("Q1", "whose?")
    ledger.ask("Q1", "other words")

    assert ledger.question("Q1") == "whose?"
    assert ledger.question("Q2") is None


def test_what_fails_together_is_not_recorded_at_all(ledger: SqliteLedger) -> None:
    def break_off() -> None:
        with ledger.together():
            ledger.ask("Q1", "whose?")
            raise KeyError

    with pytest.raises(KeyError):
        break_off()

    assert ledger.question("Q1") is None


def test_everything_is_there_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with SqliteLedger.open(path) as ledger:
        ledger.intend([ENTRY])

    with SqliteLedger.open(path) as again:
        assert again.intents("e1", ENTRY.ref) == (ENTRY,)


def test_a_second_process_is_told_to_wait(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with SqliteLedger.open(path), pytest.raises(ConfigError, match="another awsteward"):  # noqa: SIM117  # the second must open while the first is held
        with SqliteLedger.open(path):
            pass


@pytest.mark.parametrize("content", [b"not a database, but long enough to look" * 99, b"\0" * 999])
def test_a_file_that_is_no_ledger_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(content)

    with pytest.raises(ConfigError, match=r"ledger\.db is not a ledger"), SqliteLedger.open(path):
        pass


def test_a_ledger_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with SqliteLedger.open(path) as ledger:
        ledger._db.execute("PRAGMA user_version = 99")  # noqa: SLF001  # as a newer one would leave it

    with pytest.raises(ConfigError, match="newer awsteward"), SqliteLedger.open(path):
        pass


def test_a_ledger_that_breaks_while_it_is_used_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"

    def use() -> None:
        with SqliteLedger.open(path) as ledger:
            ledger._db.execute("DROP TABLE questions")  # noqa: SLF001  as damage would leave it
            ledger.question("Q1")

    with pytest.raises(ConfigError, match=r"ledger\.db cannot be used"):
        use()
