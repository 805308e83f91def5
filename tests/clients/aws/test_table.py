"""What only the shared ledger can be asked: races, leases, trouble with the table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from awsteward.clients.aws.door import Aws
from awsteward.clients.aws.refusals import Answer, Refusal
from awsteward.clients.aws.table import DynamoLedger
from awsteward.core.errors import AccessError, ConfigError, RemoteError
from tests.clients.tables import NAME, REGION, table

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


@dataclass
class Meddling:
    """A door through which somebody else does something just before our transaction."""

    door: Aws
    meddle: list[Any] = field(default_factory=list)

    def call(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        if operation == "TransactWriteItems" and self.meddle:
            self.meddle.pop()()
        return self.door.call(account, region, service, operation, params)


@dataclass
class Refusing:
    """A door that never answers."""

    code: str

    def call(self, *_: Any) -> Answer:
        return Refusal(code=self.code, message="told to refuse")


def test_of_two_that_tell_at_once_one_is_heard_and_nothing_else_is_lost() -> None:
    with table() as other:
        door = Meddling(other.door, [lambda: other.notice("e1", "r", "theirs")])
        ours = DynamoLedger(door, NAME, REGION, lambda: NOON)

        with ours.together():
            ours.notice("e1", "r", "ours")
            ours.ask("Q1", "whose?")

        assert other.untold() == (("e1", "r", "theirs"),)
        assert other.question("Q1") == "whose?"


def test_who_comes_second_alone_is_told_so() -> None:
    with table() as other:
        door = Meddling(other.door, [lambda: other.notice("e1", "r", "theirs")])
        ours = DynamoLedger(door, NAME, REGION, lambda: NOON)

        assert not ours.notice("e1", "r", "ours")


def test_more_than_a_page_is_read_to_its_end() -> None:
    with table() as ledger:
        for number in range(12):
            ledger.notice("e", f"r{number:02}", "x" * 100_000)

        assert [ref for _, ref, _ in ledger.untold()] == [f"r{number:02}" for number in range(12)]


def test_an_event_is_remembered_by_account_and_id() -> None:
    with table() as ledger:
        ledger.see("111122223333", "e1")

        assert ledger.seen("111122223333", "e1")
        assert not ledger.seen("444455556666", "e1")
        assert not ledger.seen("111122223333", "e2")


def test_a_lease_is_held_by_one_until_it_ends_or_is_given_back() -> None:
    with table() as ledger:
        assert ledger.hold("tell", "a", NOON + timedelta(hours=1))
        assert not ledger.hold("tell", "b", NOON + timedelta(hours=1))
        assert ledger.hold("tell", "a", NOON - timedelta(hours=1))  # prolonged into the past
        assert ledger.hold("tell", "b", NOON + timedelta(hours=1))

        ledger.release("tell", "a")
        assert not ledger.hold("tell", "a", NOON + timedelta(hours=1))
        ledger.release("tell", "b")
        assert ledger.hold("tell", "a", NOON + timedelta(hours=1))


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("ResourceNotFoundException", ConfigError),
        ("AccessDeniedException", AccessError),
        ("ProvisionedThroughputExceededException", RemoteError),
        ("TransactionConflictException", RemoteError),
        ("InternalServerError", RemoteError),
    ],
)
def test_a_table_that_cannot_be_used_says_who_must_act(code: str, error: type[Exception]) -> None:
    ledger = DynamoLedger(Refusing(code), NAME, REGION, lambda: NOON)

    with pytest.raises(error):
        ledger.see("111122223333", "e1")
