"""What every ledger promises, wherever it lies."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awsteward.clients.ledger import Entry, Ledger, SqliteLedger, State
from tests.clients.tables import table

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


@pytest.fixture(params=["sqlite", "dynamodb"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    if request.param == "sqlite":
        with SqliteLedger.open(tmp_path / "a" / "ledger.db") as opened:
            yield opened
    else:
        with table() as shared:
            yield shared


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
    ledger.ask("Q1", "whose?")
    ledger.ask("Q1", "other words")

    assert ledger.question("Q1") == "whose?"
    assert ledger.question("Q2") is None


def test_what_fails_together_is_not_recorded_at_all(ledger: Ledger) -> None:
    def break_off() -> None:
        with ledger.together():
            ledger.ask("Q1", "whose?")
            raise KeyError

    with pytest.raises(KeyError):
        break_off()

    assert ledger.question("Q1") is None


def test_settling_what_was_never_intended_changes_nothing(ledger: Ledger) -> None:
    ledger.settle([ENTRY], State.WRITTEN)

    assert ledger.written_since(NOON) == ()


def test_what_is_recorded_together_is_all_there(ledger: Ledger) -> None:
    entries = [replace(ENTRY, ref=f"r{number:03}") for number in range(60)]

    with ledger.together():
        ledger.intend(entries)
        for entry in entries:
            assert ledger.notice("e1", entry.ref, entry.ref)
        ledger.settle(entries[:50], State.WRITTEN)

    assert len(ledger.written_since(NOON)) == 60
    assert len(ledger.intents("e1", "r059")) == 1
    assert [ref for _, ref, _ in ledger.untold()] == [entry.ref for entry in entries]


@pytest.mark.parametrize("text", ["", "#", "\n\0", "한국어 \U0001f600", "x" * 3000])
def test_any_text_is_kept_as_it_is(ledger: Ledger, text: str) -> None:
    entry = replace(ENTRY, event_id=text, ref=text, key=text, value=text, raw=text)

    ledger.intend([entry])
    ledger.notice(text, text, text)

    assert ledger.intents(text, text) == (entry,)
    assert ledger.untold() == ((text, text, text),)


# --- both alike ------------------------------------------------------------------------------

names = st.sampled_from(["a", "b"])
entries = st.builds(lambda e, r, k: replace(ENTRY, event_id=e, ref=r, key=k), names, names, names)
steps = st.one_of(
    st.tuples(st.just("intend"), st.lists(entries, max_size=3)),
    st.tuples(st.just("settle"), st.lists(entries, max_size=3), st.sampled_from(State)),
    st.tuples(st.just("notice"), names, names, names),
    st.tuples(st.just("told"), st.lists(st.tuples(names, names), max_size=3), st.just(NOON)),
    st.tuples(st.just("put"), names, names, st.just(NOON)),
    st.tuples(st.just("sent"), names, st.just(NOON)),
    st.tuples(st.just("ask"), names, names),
)


def shown(ledger: Ledger) -> object:
    writes = [(ledger.intents(e, r), ledger.undone(e, r)) for e in "ab" for r in "ab"]
    return (
        [(sorted(map(repr, intents)), undone) for intents, undone in writes],
        ledger.written_since(NOON), ledger.untold(), ledger.unsent(),
        ledger.question("a"), ledger.question("b"),
    )  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.lists(steps, max_size=4)), max_size=5))
def test_both_ledgers_come_to_the_same(blocks: list[tuple[bool, list[tuple[Any, ...]]]]) -> None:
    with (
        TemporaryDirectory() as folder,
        table() as shared,
        SqliteLedger.open(Path(folder) / "ledger.db") as local,
    ):
        for together, done in blocks:
            for ledger in (local, shared):
                with ledger.together() if together else nullcontext():
                    for name, *arguments in done:
                        getattr(ledger, name)(*arguments)

        assert shown(shared) == shown(local)
