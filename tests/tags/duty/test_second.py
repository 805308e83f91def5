"""AWS Config as the second way to the same guard, through the same queue."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from awsteward.clients.sqlite_ledger import SqliteLedger
from awsteward.tags.duty.envelope import Refused, opened
from awsteward.tags.duty.settle import settle
from awsteward.tags.duty.turn import Done, Fate, Later, turn
from awsteward.tags.guard.live import Guard
from awsteward.tags.model.reading import Ignored
from awsteward.tags.policy.default import default
from awsteward.tags.read.items import Item
from tests.tags.config.messages import ARN, SCHEDULED, changed, event, item, oversized
from tests.tags.duty.events import body, message, record
from tests.tags.duty.test_turn import Box, Remembered
from tests.tags.guard.estate import Estate

MADE = datetime(2030, 1, 1, 11, 58, tzinfo=UTC)
MUCH_LATER = MADE + timedelta(hours=3)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with SqliteLedger.open(tmp_path / "ledger.db") as opened:
        yield opened


def guard_of(estate: Estate, ledger: SqliteLedger, now: datetime = MUCH_LATER) -> Guard:
    return Guard(
        policy=default(), hands=estate, ledger=ledger, now=lambda: now, writing=True,
        believing=True,
    )  # fmt: skip


def taken(text: str, with_: Guard, seen: Remembered) -> Fate:
    ((told, found),) = list(turn([message(text)], with_, seen, 10))
    settle([(told, found)], Box(), seen)
    return found


@pytest.mark.parametrize("told", [changed(item()), oversized(changeType="CREATE")])
def test_a_resource_that_only_config_tells_of_is_asked_about_once(
    told: dict[str, object], ledger: SqliteLedger
) -> None:
    with_, seen = guard_of(Estate({ARN: {}}), ledger), Remembered()

    found = [taken(event(told), with_, seen) for _ in range(2)]

    assert all(isinstance(each, Done) for each in found)
    ((_, ref, notice),) = ledger.untold()
    assert ref == ARN
    assert json.loads(notice)["who"]["kind"] == "nobody"


def test_what_cloudtrail_told_of_is_not_told_of_again(ledger: SqliteLedger) -> None:
    with_, seen = guard_of(Estate({ARN: {}}, denied=frozenset({ARN})), ledger), Remembered()

    taken(body(record("orders", MADE)), with_, seen)
    told = ledger.untold()
    found = taken(event(changed(item())), with_, seen)

    assert isinstance(found, Done)
    assert [end.why for end in found.ends if isinstance(end, Ignored)] == [
        "CloudTrail has told of it"
    ]
    assert ledger.untold() == told


def test_what_was_well_and_is_not_any_more_is_told_of(ledger: SqliteLedger) -> None:
    estate, seen = Estate({ARN: {"Owner": "a", "CreatedBy": "b", "CostCenter": "c"}}), Remembered()
    estate.tags[ARN]["Environment"] = "test"
    with_ = guard_of(estate, ledger)
    taken(body(record("orders", MADE)), with_, seen)
    assert ledger.untold() == ()

    estate.tags[ARN].clear()
    taken(event(changed(item())), with_, seen)

    assert [ref for _, ref, _ in ledger.untold()] == [ARN]


def test_cloudtrail_has_a_head_start_and_the_slowest_tool_its_time(ledger: SqliteLedger) -> None:
    estate = Estate({ARN: {}})
    slow = replace(default(), grace=replace(default().grace, other_tools=timedelta(hours=2)))
    early = replace(guard_of(estate, ledger, MADE + timedelta(hours=1)), policy=slow)

    first = taken(event(changed(item())), early, Remembered())
    then = taken(event(changed(item())), replace(early, now=lambda: MUCH_LATER), Remembered())

    assert isinstance(first, Later)
    assert 0 < first.delay_s <= 900
    assert isinstance(then, Done)


def test_what_its_maker_tagged_meanwhile_is_left_alone(ledger: SqliteLedger) -> None:
    estate = Estate({ARN: {"Owner": "orders", "CreatedBy": "x", "CostCenter": "1"}})
    tagged = {**estate.tags[ARN]}

    found = taken(event(changed(item())), guard_of(estate, ledger), Remembered())

    assert isinstance(found, Done)
    assert estate.tags[ARN] == tagged


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param(event(changed(item()), source="aws.s3"), "not from AWS Config", id="source"),
        pytest.param(event(changed(item()), source="my.app"), "not from AWS", id="another's"),
        pytest.param(event(changed(item()), account="444455556666"), "another acc", id="account"),
        pytest.param(event(SCHEDULED), "not an item", id="no item"),
        pytest.param(event(changed(item(tags=3))), "tags", id="unreadable"),
    ],
)
def test_what_config_did_not_send_is_refused(text: str, why: str) -> None:
    found = opened(text)

    assert isinstance(found, Refused)
    assert why in found.why


def test_an_item_that_config_sent_is_taken() -> None:
    assert isinstance(opened(event(changed(item()))), Item)
