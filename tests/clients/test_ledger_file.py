"""What only the ledger in a file can be asked: reopening, locks, damage."""

from pathlib import Path

import pytest

from awsteward.clients.ledger import SqliteLedger
from awsteward.core.errors import ConfigError
from tests.clients.test_ledger import ENTRY


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
