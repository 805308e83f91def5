"""Whatever is done to them, both ledgers show the same."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count, product
from pathlib import Path

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from awsteward.clients.aws.door import Boto
from awsteward.clients.ledger import Ledger, Removal, State
from awsteward.clients.sqlite_ledger import SqliteLedger
from tests.clients.ledgers import ENTRY, NOON, make, shared

NAMES = ("", "a", "a#b")
names = st.sampled_from(NAMES)
moments = st.sampled_from([NOON, NOON + timedelta(hours=1)])
entries = st.builds(
    lambda event, ref, key, value, at: replace(
        ENTRY, event_id=event, ref=ref, key=key, value=value, at=at
    ),
    *(names, names, names, st.text(max_size=3), moments),
)
removals = st.builds(
    lambda event, kind, ref, at: Removal(
        event_id=event, account=ENTRY.account, kind=kind, ref=ref, key="k", value="v", by="b", at=at
    ),
    *(names, names, names, moments),
)
many = st.lists(entries, max_size=4)
steps = st.one_of(
    st.tuples(st.just("intend"), many),
    st.tuples(st.just("settle"), many, st.sampled_from(State)),
    st.tuples(st.just("notice"), names, names, st.text(max_size=3)),
    st.tuples(st.just("told"), st.lists(st.tuples(names, names), max_size=3), moments),
    st.tuples(st.just("put"), names, st.text(max_size=3), moments),
    st.tuples(st.just("sent"), names, moments),
    st.tuples(st.just("remove"), removals),
    st.tuples(st.just("forget"), st.lists(removals, max_size=2)),
    st.tuples(st.just("ask"), names, st.text(max_size=3), moments, names),
    st.tuples(st.just("remind"), names, st.integers(0, 3)),
    st.tuples(st.just("snooze"), names, moments, names),
    st.tuples(st.just("answer"), names, st.text(max_size=3), moments),
)
Step = tuple[object, ...]
blocks = st.tuples(st.lists(steps, max_size=6), st.sampled_from(["alone", "together", "broken"]))


class BrokenOffError(Exception):
    """What goes wrong inside a block."""


def done(ledger: Ledger, block: Sequence[Step], manner: str) -> list[object]:
    """What the ledger answers to each step."""
    if manner == "alone":
        return [getattr(ledger, str(name))(*args) for name, *args in block]
    answers: list[object] = []
    with suppress(BrokenOffError), ledger.together():
        answers += done(ledger, block, "alone")
        if manner == "broken":
            raise BrokenOffError
    return answers


def shown(ledger: Ledger) -> Iterator[object]:
    """All that can be seen of a ledger."""
    for event_id, ref in product(NAMES, NAMES):
        yield ledger.intents(event_id, ref)
        yield dict(ledger.undone(event_id, ref))
    for moment in (NOON, NOON + timedelta(minutes=1)):
        found = ledger.written_since(moment)
        yield [(e.at, e.ref, e.key) for e in found]
        yield set(found)  # of one time, resource and key there is no order among events
    yield ledger.ours(ENTRY.account, "logs")
    yield [ledger.removals(ENTRY.account, kind) for kind in NAMES]
    yield ledger.all_removals()
    yield ledger.untold()
    yield ledger.unsent()
    yield [ledger.question(name) for name in NAMES]
    yield ledger.waiting()


@pytest.fixture
def numbers() -> Iterator[int]:
    return count()


@given(blocks=st.lists(blocks, max_size=5))
@settings(
    max_examples=12,
    deadline=None,  # moto copies its tables for every transaction
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # each example has its own table
)
def test_both_ledgers_answer_and_show_the_same(
    blocks: list[tuple[list[Step], str]],
    numbers: Iterator[int],
    session: boto3.Session,
    tmp_path: Path,
) -> None:
    name = f"table-{next(numbers)}"
    dynamo = shared(Boto(session=session), make(session, name))
    with SqliteLedger.open(tmp_path / name) as sqlite:
        for block, manner in blocks:
            assert done(dynamo, block, manner) == done(sqlite, block, manner)

        assert list(shown(dynamo)) == list(shown(sqlite))
    session.client("dynamodb").delete_table(TableName=name)
