from datetime import UTC, datetime
from pathlib import Path

from awsteward.clients.sqlite_ledger import SqliteLedger
from tests.cli.command import afresh, awsteward


def test_a_question_rests_and_the_ledger_knows_who_said_so(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.db"
    with SqliteLedger.open(ledger) as books:
        books.ask("q1", "{}", datetime(2030, 1, 1, tzinfo=UTC))

    words = ("tags", "snooze", "q1", "--until", "3d", "--by", "ana", "--ledger", str(ledger))
    done = awsteward(*words, cwd=tmp_path)

    assert done.code == 0
    assert "q1 rests until" in done.err
    with SqliteLedger.open(ledger) as books:
        (asked,) = books.waiting()
        assert asked.snoozed_by == "ana"
        assert asked.snoozed is not None


def test_a_url_for_a_route_is_no_argument(tmp_path: Path) -> None:
    words = ("tags", "replay", "-", "--notify", "--slack", "pay=https://hooks.example.com/secret")
    done = afresh(*words, cwd=tmp_path, env={"SLACK_URL": "https://hooks.example.com/usual"})

    assert done.code == 2
    assert "AWSTEWARD_SLACKS" in done.err
    assert "secret/" not in done.err
    assert "hooks.example.com" not in done.err
