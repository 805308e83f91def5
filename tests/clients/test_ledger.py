import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from awsteward.clients.ledger import Ledger, Removal, State, Unanswered
from awsteward.clients.sqlite_ledger import SqliteLedger
from awsteward.core.errors import ConfigError
from tests.clients.ledgers import ENTRY, NOON, make, shared


@pytest.fixture(params=["sqlite", "dynamodb"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    """Every ledger keeps the same promises."""
    if request.param == "sqlite":
        with SqliteLedger.open(tmp_path / "a" / "ledger.db") as opened:
            yield opened
    else:
        make(request.getfixturevalue("session"))
        yield shared(request.getfixturevalue("door"))


def test_an_intent_stays_until_it_is_settled(ledger: Ledger) -> None:
    ledger.intend([ENTRY])
    assert ledger.intents("e1", ENTRY.ref) == (ENTRY,)

    ledger.settle([ENTRY], State.WRITTEN)

    assert ledger.intents("e1", ENTRY.ref) == ()
    assert ledger.written_since(NOON) == (replace(ENTRY, state=State.WRITTEN),)
    assert ledger.written_since(NOON + timedelta(microseconds=1)) == ()


def test_what_was_undone_is_not_undone_again(ledger: Ledger) -> None:
    ledger.intend([ENTRY])

    ledger.settle([ENTRY], State.UNDONE)

    assert ledger.written_since(NOON) == ()


def test_a_resource_is_told_of_once_per_event(ledger: Ledger) -> None:
    assert ledger.notice("e1", "r", "first")
    assert not ledger.notice("e1", "r", "second")
    assert ledger.untold() == (("e1", "r", "first"),)

    ledger.told([("e1", "r")], NOON)

    assert ledger.untold() == ()
    assert not ledger.notice("e1", "r", "third")


def test_a_letter_waits_until_it_is_sent_and_never_comes_back(ledger: Ledger) -> None:
    assert ledger.put("L2", "two", NOON)
    assert ledger.put("L1", "one", NOON)
    assert ledger.unsent() == (("L2", "two"), ("L1", "one"))

    ledger.sent("L2", NOON)

    assert ledger.unsent() == (("L1", "one"),)
    assert not ledger.put("L2", "two", NOON)
    assert ledger.unsent() == (("L1", "one"),)


def test_asking_again_changes_nothing(ledger: Ledger) -> None:
    ledger.ask("Q1", "whose?", NOON)
    ledger.ask("Q1", "other words", NOON)

    assert ledger.question("Q1") == "whose?"
    assert ledger.question("Q2") is None


def test_a_question_waits_until_it_is_answered_with_all_that_happened_to_it(
    ledger: Ledger,
) -> None:
    ledger.ask("Q2", "what for?", NOON + timedelta(hours=1))
    ledger.ask("Q1", "whose?", NOON, "ana")
    ledger.ask("Q1", "whose?", NOON + timedelta(days=9), "ben")
    ledger.remind("Q1", 2)
    ledger.snooze("Q2", NOON + timedelta(days=3), "ben")
    ledger.remind("Q3", 1)
    ledger.snooze("Q3", NOON, "nobody")

    first, second = ledger.waiting()
    ledger.answer("Q2", "tills", NOON)
    ledger.snooze("Q2", NOON, "ben")
    ledger.remind("Q2", 1)

    assert first == Unanswered(
        id="Q1", body="whose?", at=NOON, whom="ana", reminded=2, snoozed=None, snoozed_by=None
    )
    assert (second.id, second.whom, second.reminded) == ("Q2", "", 0)
    assert (second.snoozed, second.snoozed_by) == (NOON + timedelta(days=3), "ben")
    assert ledger.waiting() == (first,)


def test_what_fails_together_is_not_recorded_at_all(ledger: Ledger) -> None:
    def break_off() -> None:
        with ledger.together():
            ledger.ask("Q1", "whose?", NOON)
            raise KeyError

    with pytest.raises(KeyError):
        break_off()

    assert ledger.question("Q1") is None


def test_what_is_recorded_together_is_all_there(ledger: Ledger) -> None:
    with ledger.together():
        ledger.intend([ENTRY])
        assert ledger.notice("e1", "r", "first")
        assert not ledger.notice("e1", "r", "second")
        ledger.settle([ENTRY], State.WRITTEN)
        assert ledger.put("L1", "one", NOON)
        assert not ledger.put("L1", "other", NOON)

    assert ledger.intents("e1", ENTRY.ref) == ()
    assert ledger.written_since(NOON) == (replace(ENTRY, state=State.WRITTEN),)
    assert ledger.untold() == (("e1", "r", "first"),)
    assert ledger.unsent() == (("L1", "one"),)


def test_a_block_knows_what_was_kept_before_it(ledger: Ledger) -> None:
    ledger.notice("e1", "r", "first")
    ledger.put("L1", "one", NOON)

    with ledger.together():
        assert not ledger.notice("e1", "r", "second")
        assert not ledger.put("L1", "other", NOON)

    assert ledger.untold() == (("e1", "r", "first"),)
    assert ledger.unsent() == (("L1", "one"),)


def test_what_is_told_in_the_block_that_keeps_it_does_not_wait(ledger: Ledger) -> None:
    with ledger.together():
        ledger.notice("e1", "r", "first")
        ledger.told([("e1", "r")], NOON)
        ledger.put("L1", "one", NOON)
        ledger.sent("L1", NOON)

    assert (ledger.untold(), ledger.unsent()) == ((), ())
    assert not ledger.notice("e1", "r", "again")
    assert not ledger.put("L1", "one", NOON)


def test_an_answer_in_the_block_that_asks_leaves_the_question(ledger: Ledger) -> None:
    with ledger.together():
        ledger.answer("Q1", "nobody asked", NOON)
        ledger.ask("Q1", "whose?", NOON)
        ledger.answer("Q1", "mine", NOON)

    assert ledger.question("Q1") == "whose?"


def test_settling_what_was_never_intended_records_nothing(ledger: Ledger) -> None:
    other = replace(ENTRY, key="Team")
    ledger.intend([ENTRY])

    ledger.settle([other, ENTRY], State.UNDONE)

    assert ledger.undone("e1", ENTRY.ref) == {"Owner": "alice"}
    assert ledger.written_since(NOON) == ()


def test_what_was_undone_is_known_for_that_resource_alone(ledger: Ledger) -> None:
    near = replace(ENTRY, ref=ENTRY.ref + "#Owner", key="")
    ledger.intend([ENTRY, near])

    ledger.settle([near], State.UNDONE)

    assert ledger.undone("e1", near.ref) == {"": "alice"}
    assert ledger.undone("e1", ENTRY.ref) == {}
    assert ledger.intents("e1", ENTRY.ref) == (ENTRY,)


REMOVAL = Removal(
    event_id="u1", account=ENTRY.account, kind="AWS::S3::Bucket", ref=ENTRY.ref, key="Owner",
    value="alice", by="bob", at=NOON,
)  # fmt: skip


def test_what_is_ours_is_found_by_what_calls_on_tags_name(ledger: Ledger) -> None:
    other = replace(ENTRY, event_id="e2", ref="queue", arn=None, handle="https://sqs/1/logs")
    ledger.intend([ENTRY, other])
    assert ledger.ours(ENTRY.account, "logs") == ()

    ledger.settle([ENTRY, other], State.WRITTEN)

    ours = ledger.ours(ENTRY.account, "logs")
    assert [entry.event_id for entry in ours] == ["e1", "e2"]
    assert ledger.ours(ENTRY.account, "log") == ledger.ours("444455556666", "logs") == ()


def test_what_does_not_stand_any_more_is_not_ours(ledger: Ledger) -> None:
    ledger.intend([ENTRY])
    ledger.settle([ENTRY], State.WRITTEN)

    ledger.settle([ENTRY], State.ABANDONED)

    assert ledger.ours(ENTRY.account, "logs") == ()


def test_a_removal_is_kept_once_and_found_by_the_kind_of_resource(ledger: Ledger) -> None:
    later = replace(REMOVAL, event_id="u0", at=NOON + timedelta(hours=1))

    assert ledger.remove(later)
    assert ledger.remove(REMOVAL)
    assert not ledger.remove(replace(REMOVAL, by="somebody else"))

    assert ledger.removals(ENTRY.account, "AWS::S3::Bucket") == (REMOVAL, later)
    assert ledger.removals(ENTRY.account, "AWS::EC2::Volume") == ()
    assert ledger.removals("444455556666", "AWS::S3::Bucket") == ()


def test_all_removals_are_shown_and_a_forgotten_one_counts_no_more(ledger: Ledger) -> None:
    later = replace(REMOVAL, event_id="u0", at=NOON + timedelta(hours=1))
    other = replace(REMOVAL, account="444455556666")
    key = replace(REMOVAL, key="CostCenter")
    for one in (other, later, REMOVAL, key):
        ledger.remove(one)

    shown = ledger.all_removals()
    ledger.forget([REMOVAL, later, replace(REMOVAL, event_id="never")])

    assert shown == (key, REMOVAL, later, other)
    assert ledger.all_removals() == (key, other)
    assert ledger.removals(ENTRY.account, REMOVAL.kind) == (key,)
    assert ledger.remove(REMOVAL)


def test_what_is_forgotten_in_a_block_that_breaks_still_counts(ledger: Ledger) -> None:
    ledger.remove(REMOVAL)

    def break_off() -> None:
        with ledger.together():
            ledger.forget([REMOVAL])
            raise KeyError

    with pytest.raises(KeyError):
        break_off()

    assert ledger.all_removals() == (REMOVAL,)


def test_a_removal_in_a_block_that_breaks_is_not_kept(ledger: Ledger) -> None:
    def break_off() -> None:
        with ledger.together():
            assert ledger.remove(REMOVAL)
            assert not ledger.remove(REMOVAL)
            raise KeyError

    with pytest.raises(KeyError):
        break_off()

    assert ledger.removals(ENTRY.account, REMOVAL.kind) == ()


@pytest.mark.parametrize(
    "text",
    ["", "#", "a#b", "é 名前 🪣", "line\nbreak\ttab\0nul", "'\"\\%_{}", "null", "x" * 3000],
    ids=["empty", "hash", "hashes", "unicode", "controls", "quotes", "null", "long"],
)
def test_every_text_comes_back_as_it_was(ledger: Ledger, text: str) -> None:
    odd = replace(ENTRY, event_id=text, ref=text, key=text, value=text, raw=text, type=text)

    ledger.intend([odd])
    ledger.notice(text, text, text)
    ledger.put(text, text, NOON)
    taken = replace(REMOVAL, event_id=text, ref=text, key=text, value=text, kind=text, by=text)
    assert ledger.remove(taken)
    ledger.ask(text, text, NOON, text)

    assert ledger.removals(ENTRY.account, text) == ledger.all_removals() == (taken,)
    assert ledger.intents(text, text) == ledger.written_since(NOON) == (odd,)
    assert ledger.untold() == ((text, text, text),)
    assert ledger.unsent() == ((text, text),)
    assert ledger.question(text) == text
    ledger.told([(text, text)], NOON)
    ledger.sent(text, NOON)
    assert (ledger.untold(), ledger.unsent()) == ((), ())


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


def test_the_last_word_on_a_name_stands_until_it_is_wiped(ledger: Ledger) -> None:
    ledger.chalk("canary", "b", "old", NOON)
    with ledger.together():
        ledger.chalk("canary", "b", "new", NOON)
        ledger.chalk("canary", "a", "", NOON)
    ledger.chalk("guarded", "b", "other", NOON)
    assert ledger.slate("canary") == {"a": "", "b": "new"}

    ledger.wipe("canary", "b")
    ledger.wipe("canary", "never there")

    assert ledger.slate("canary") == {"a": ""}
    assert ledger.slate("guarded") == {"b": "other"}


def test_the_oldest_letter_that_waits_says_since_when(ledger: Ledger) -> None:
    assert ledger.unsent_since() is None

    ledger.put("L1", "one", NOON)
    assert ledger.unsent_since() == NOON

    ledger.sent("L1", NOON)
    assert ledger.unsent_since() is None


VERSION_1 = """
CREATE TABLE questions (id TEXT PRIMARY KEY, body TEXT NOT NULL, answer TEXT, answered TEXT);
CREATE TABLE letters (
  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, payload TEXT NOT NULL,
  at TEXT NOT NULL, sent TEXT);
INSERT INTO questions (id, body) VALUES ('Q1', 'whose?');
INSERT INTO letters (id, payload, at) VALUES ('L1', 'one', '2029-12-31T00:00:00.000000+00:00');
PRAGMA user_version = 1;
"""


def test_a_ledger_of_the_first_version_is_upgraded_and_keeps_what_it_held(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with closing(sqlite3.connect(path)) as old:
        old.executescript(VERSION_1)

    with SqliteLedger.open(path) as ledger:
        assert ledger.question("Q1") == "whose?"
        assert ledger.unsent() == (("L1", "one"),)
        assert ledger.waiting() == ()  # nobody knows when it was asked
        ledger.ask("Q2", "what for?", NOON)

    with SqliteLedger.open(path) as again:
        assert [each.id for each in again.waiting()] == ["Q2"]
