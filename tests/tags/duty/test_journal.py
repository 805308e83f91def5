import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from awsteward.clients.sqlite_ledger import SqliteLedger
from awsteward.tags.duty.journal import figures, lines, spelled
from awsteward.tags.duty.settings import Mode
from awsteward.tags.duty.turn import turn
from awsteward.tags.guard.live import Guard
from awsteward.tags.policy.default import default
from tests.tags.duty.events import body, message, record
from tests.tags.guard.estate import NOON, Estate

HOSTILE = 'logs\n{"outcome":"tagged"}\u2028'


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with SqliteLedger.open(tmp_path / "ledger.db") as opened:
        yield opened


def guard_of(estate: Estate, ledger: SqliteLedger) -> Guard:
    return Guard(policy=default(), hands=estate, ledger=ledger, now=lambda: NOON, writing=True)


def test_every_message_is_told_of_with_its_outcome_and_reason(ledger: SqliteLedger) -> None:
    made = record("logs", NOON - timedelta(seconds=4))
    texts = (body(made), body({**made, "eventName": "ListBuckets"}), "no json")
    messages = [message(text, number=n) for n, text in enumerate(texts)]

    turned = tuple(turn(messages, guard_of(Estate({"arn:aws:s3:::logs": {}}), ledger), None, 10))
    told = list(lines(turned, NOON))

    assert [(each["fate"], each.get("outcome")) for each in told] == [
        ("done", "tagged"), ("done", "ignored"), ("lost", None),
    ]  # fmt: skip
    assert told[0]["applied"] == {"CreatedBy": "creator", "Owner": "creator"}
    assert told[0]["age_s"] == 4.0
    assert "no event of EventBridge" in str(told[2]["reason"])


def test_the_figures_count_what_the_lines_say(ledger: SqliteLedger) -> None:
    made = record("logs", NOON - timedelta(seconds=4))
    messages = [message(body(made)), message("no json", number=2)]

    turned = tuple(turn(messages, guard_of(Estate({"arn:aws:s3:::logs": {}}), ledger), None, 10))
    told = figures(turned, Mode.ENFORCE, NOON)

    assert (told["Messages"], told["Tagged"], told["Lost"]) == (2, 1, 1)
    assert told["AgeWhenTagged"] == [4.0]
    described = told["_aws"]["CloudWatchMetrics"][0]["Metrics"]  # type: ignore[index]  # nested JSON
    assert {each["Name"] for each in described} <= told.keys()


def test_no_name_can_begin_a_line_of_its_own(ledger: SqliteLedger) -> None:
    made = record(HOSTILE, NOON, eventID=HOSTILE)

    turned = tuple(
        turn(
            [message(body(made))],
            guard_of(Estate({f"arn:aws:s3:::{HOSTILE}": {}}), ledger),
            None,
            10,
        )
    )
    text = "".join(spelled(each) + "\n" for each in lines(turned, NOON))

    assert len(text.splitlines()) == 1
    assert json.loads(text)["event_id"] == HOSTILE
