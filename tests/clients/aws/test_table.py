"""The shared ledger: other processes between our steps, DynamoDB's limits, and its refusals."""

import random
import string
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Thread
from typing import Any

import boto3
import pytest

from awsteward.clients.aws.door import Boto
from awsteward.clients.aws.refusals import Answer, Refusal
from awsteward.clients.aws.table import DynamoLedger
from awsteward.clients.ledger import Lease, Ledger, Seen, State
from awsteward.core.errors import AccessError, ConfigError, RemoteError, StewardError
from tests.clients.ledgers import ENTRY, NOON, TABLE, Meddling, Strict, make, shared

CONFLICT = Refusal(
    code="TransactionCanceledException",
    message="Transaction cancelled, please refer cancellation reasons for specific reasons "
    "[TransactionConflict, None]",
)
LOST = Refusal(code="ReadTimeoutError", message="Read timeout on endpoint URL")
SLOW = Refusal(code="ThrottlingException", message="Rate exceeded")
CLEAN = string.ascii_letters + string.digits


@pytest.fixture
def aws(session: boto3.Session) -> Strict:
    make(session)
    return Strict(Boto(session=session))


def rows(session: boto3.Session) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = session.client("dynamodb").scan(TableName=TABLE)["Items"]
    return found


# --- others at work ---------------------------------------------------------------------------


def test_of_two_at_once_one_keeps_the_notice(aws: Strict) -> None:
    def other_first(go: Callable[[], Answer]) -> Answer:
        assert shared(aws).notice("e1", "r", "theirs")
        return go()

    ours = shared(Meddling(aws, "TransactWriteItems", [other_first]))

    assert not ours.notice("e1", "r", "ours")
    assert ours.untold() == (("e1", "r", "theirs"),)


def test_of_many_threads_one_keeps_the_notice(aws: Strict) -> None:
    kept: list[bool] = []
    each = [
        Thread(target=lambda: kept.append(shared(aws).notice("e1", "r", "told"))) for _ in range(4)
    ]

    for thread in each:
        thread.start()
    for thread in each:
        thread.join()

    assert sorted(kept) == [False, False, False, True]
    assert shared(aws).untold() == (("e1", "r", "told"),)


def test_whoever_is_first_by_a_hair_costs_a_block_only_what_is_theirs(aws: Strict) -> None:
    ours, theirs = shared(aws), shared(aws)
    ours.intend([ENTRY])

    with ours.together():
        ours.settle([ENTRY, replace(ENTRY, key="never intended")], State.WRITTEN)
        assert ours.notice("e1", "r1", "ours")
        assert ours.notice("e1", "r2", "ours")
        ours.put("L1", "ours", NOON)
        theirs.notice("e1", "r1", "theirs")
        theirs.put("L1", "theirs", NOON)

    assert ours.untold() == (("e1", "r1", "theirs"), ("e1", "r2", "ours"))
    assert ours.unsent() == (("L1", "theirs"),)
    assert [entry.state for entry in ours.written_since(NOON)] == [State.WRITTEN]


def test_a_notice_that_was_told_of_meanwhile_stays_told(aws: Strict) -> None:
    ours, theirs = shared(aws), shared(aws)

    with ours.together():
        ours.notice("e1", "r", "ours")
        theirs.notice("e1", "r", "theirs")
        theirs.told([("e1", "r")], NOON)

    assert ours.untold() == ()


def test_who_is_in_the_way_for_a_moment_is_waited_out(aws: Strict) -> None:
    ours = shared(Meddling(aws, "TransactWriteItems", [lambda _: CONFLICT] * 2))

    assert ours.notice("e1", "r", "told")
    assert ours.untold() == (("e1", "r", "told"),)


def test_who_stays_in_the_way_is_for_the_caller_to_wait_out(aws: Strict) -> None:
    ours = shared(Meddling(aws, "TransactWriteItems", [lambda _: CONFLICT] * 3))

    with pytest.raises(RemoteError, match="TransactionConflict"):
        ours.notice("e1", "r", "told")


def test_an_answer_lost_on_its_way_is_asked_for_again(aws: Strict) -> None:
    def lose(go: Callable[[], Answer]) -> Answer:
        go()
        return LOST

    ours = shared(Meddling(aws, "TransactWriteItems", [lose]))

    assert ours.notice("e1", "r", "told")
    assert ours.untold() == (("e1", "r", "told"),)


def test_a_block_inside_a_block_is_refused(aws: Strict) -> None:
    ours = shared(aws)

    with ours.together(), pytest.raises(RuntimeError, match="inside a block"):  # noqa: SIM117  the second must open inside the first
        with ours.together():
            pass


# --- much -------------------------------------------------------------------------------------


def test_a_block_of_250_changes_is_recorded_whole_and_in_order(aws: Strict) -> None:
    ours = shared(aws)

    with ours.together():
        for number in range(125):
            ours.notice(f"e{number}", "r", "told")

    assert [event_id for event_id, _, _ in ours.untold()] == [f"e{n}" for n in range(125)]


def test_a_kill_between_two_hundreds_keeps_letters_and_lets_notices_wait(aws: Strict) -> None:
    notices = [(f"e{number}", "r") for number in range(120)]
    before = shared(aws)
    with before.together():
        for event_id, ref in notices:
            before.notice(event_id, ref, "told")
    ours = shared(Meddling(aws, "TransactWriteItems", [lambda go: go(), lambda _: SLOW]))

    def seal() -> None:
        with ours.together():
            ours.put("L1", "one", NOON)
            ours.ask("Q1", "whose?", NOON)
            ours.told(notices, NOON)

    with pytest.raises(RemoteError, match="Rate exceeded"):
        seal()
    assert ours.unsent() == (("L1", "one"),)
    assert len(ours.untold()) == 120 - 96

    seal()

    assert (ours.unsent(), ours.untold()) == ((("L1", "one"),), ())


def test_a_mark_is_never_parted_from_its_notice(aws: Strict) -> None:
    ours = shared(Meddling(aws, "TransactWriteItems", [lambda go: go(), lambda _: SLOW]))

    def record() -> None:
        with ours.together():
            ours.chalk("kind", "n", "w", NOON)  # so that the 100th change would be a mark alone
            for number in range(60):
                ours.notice(f"e{number}", "r", "told")

    with pytest.raises(RemoteError):
        record()

    waiting = {event_id for event_id, _, _ in ours.untold()}
    assert waiting == {f"e{n}" for n in range(60) if not ours.notice(f"e{n}", "r", "again")}


def test_a_block_of_many_megabytes_is_cut_into_what_dynamodb_takes(aws: Strict) -> None:
    ours = shared(aws)

    with ours.together():
        for number in range(20):
            ours.put(f"L{number}", "x" * 300_000, NOON)

    assert len(ours.unsent()) == 20


def test_more_than_a_page_is_read_whole(aws: Strict, session: boto3.Session) -> None:
    ours = shared(aws)
    for number in range(12):
        ours.notice(f"e{number}", "r", "x" * 100_000)
    ours.intend([ENTRY, replace(ENTRY, event_id="~", ref="~")])

    page = session.client("dynamodb").scan(TableName=TABLE)

    assert "LastEvaluatedKey" in page
    assert len(ours.untold()) == 12
    assert len(ours.written_since(NOON)) == 2


def test_a_text_too_long_for_an_item_comes_back_whole(aws: Strict) -> None:
    ours = shared(aws)
    long = "".join(random.Random(1).choices(CLEAN, k=450_000)) + "é"  # noqa: S311  no secret

    ours.notice("e1", "r", long)
    ours.put("L1", long, NOON)

    assert ours.untold() == (("e1", "r", long),)
    assert ours.unsent() == (("L1", long),)


# --- refusals ---------------------------------------------------------------------------------

USES: dict[str, Callable[[DynamoLedger], object]] = {
    "GetItem": lambda ledger: ledger.question("Q1"),
    "Query": lambda ledger: ledger.untold(),
    "Scan": lambda ledger: ledger.written_since(NOON),
    "PutItem": lambda ledger: ledger.see("111122223333", "e1"),
    "DeleteItem": lambda ledger: ledger.release("tell", "us"),
    "TransactWriteItems": lambda ledger: ledger.notice("e1", "r", "told"),
}


@pytest.mark.parametrize("operation", USES)
@pytest.mark.parametrize(
    ("code", "stops_as", "says"),
    [
        ("ThrottlingException", RemoteError, "ThrottlingException"),
        ("ProvisionedThroughputExceededException", RemoteError, "Provisioned"),
        ("TransactionConflictException", RemoteError, "TransactionConflictException"),
        ("TransactionInProgressException", RemoteError, "TransactionInProgressException"),
        ("ConnectTimeoutError", RemoteError, "ConnectTimeoutError"),
        ("AccessDeniedException", AccessError, "dynamodb:{}"),
        ("ResourceNotFoundException", ConfigError, "no DynamoDB table 'steward' in eu-west-1"),
    ],
)
def test_a_refusal_stops_as_what_it_is(
    operation: str, code: str, stops_as: type[StewardError], says: str, aws: Strict
) -> None:
    door = Meddling(aws, operation, [lambda _: Refusal(code=code, message="said AWS")] * 9)

    with pytest.raises(stops_as, match=says.format(operation)):
        USES[operation](shared(door))


def test_a_table_that_is_not_there_is_named(session: boto3.Session) -> None:
    ledger = shared(Boto(session=session), "no-such-table")

    with pytest.raises(ConfigError, match="no-such-table"):
        ledger.untold()


def test_a_transaction_cancelled_by_throttling_leaves_nothing_out(aws: Strict) -> None:
    mixed = Refusal(
        code="TransactionCanceledException",
        message="Transaction cancelled [ConditionalCheckFailed, ThrottlingError]",
    )
    ours = shared(Meddling(aws, "TransactWriteItems", [lambda _: mixed]))

    with pytest.raises(RemoteError, match="ThrottlingError"):
        ours.notice("e1", "r", "told")


# --- how long ---------------------------------------------------------------------------------


def test_what_waits_never_expires_and_the_rest_does(aws: Strict, session: boto3.Session) -> None:
    ours = shared(aws)
    ours.intend([ENTRY])
    ours.notice("e1", "r", "told")
    ours.put("unsent", "one", NOON)
    ours.put("taken", "two", NOON)
    ours.sent("taken", NOON)
    ours.see("111122223333", "e1")

    days = {
        row["pk"]["S"]: (int(row["expires"]["N"]) - NOON.timestamp()) / 86400
        for row in rows(session)
        if "expires" in row
    }

    assert days == {
        "write#e1": 400,
        "ours#111122223333#logs": 400,
        "notice#e1": 400,
        "letter#taken": 90,
        "seen#e1": 14,
    }


# --- events and leases ------------------------------------------------------------------------


def test_an_event_is_seen_in_its_account_alone(aws: Strict) -> None:
    ledger: Seen = shared(aws)
    assert not ledger.seen("111122223333", "e1")

    ledger.see("111122223333", "e1")
    ledger.see("111122223333", "e1")

    assert shared(aws).seen("111122223333", "e1")
    assert not ledger.seen("444455556666", "e1")


def test_a_lease_is_one_holders_until_it_expires(aws: Strict) -> None:
    ours: Lease = shared(aws)
    later = NOON + timedelta(minutes=5)

    assert ours.hold("tell", "us", later)
    assert ours.hold("tell", "us", later)
    assert ours.hold("sweep", "them", later)
    assert not shared(aws, now=later - timedelta(microseconds=1)).hold("tell", "them", later)
    assert shared(aws, now=later).hold("tell", "them", later + timedelta(minutes=5))
    assert not shared(aws, now=later).hold("tell", "us", later + timedelta(minutes=5))


def test_only_its_holder_gives_a_lease_back(aws: Strict) -> None:
    ledger = shared(aws)
    later = NOON + timedelta(minutes=5)
    ledger.hold("tell", "us", later)

    ledger.release("tell", "them")
    assert not ledger.hold("tell", "them", later)
    ledger.release("tell", "us")

    assert ledger.hold("tell", "them", later)
    ledger.release("never held", "us")


def test_it_is_a_ledger(aws: Strict) -> None:
    ledger: Ledger = shared(aws)

    assert ledger.untold() == ()
