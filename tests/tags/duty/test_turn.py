import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsteward.clients.aws.queue import LONGEST_DELAY_S, Message
from awsteward.clients.ledger import State
from awsteward.clients.sqlite_ledger import SqliteLedger
from awsteward.clients.sqlite_reins import SqliteReins
from awsteward.core.errors import RemoteError
from awsteward.tags.duty.settle import settle
from awsteward.tags.duty.turn import Again, Done, Fate, Later, Lost, pause_s, turn
from awsteward.tags.guard.hold import OnDuty
from awsteward.tags.guard.live import Guard
from awsteward.tags.model.outcome import Trouble
from awsteward.tags.policy.default import default
from awsteward.tags.policy.enforcement import Enforcement, Promoting
from awsteward.tags.policy.model import Slack
from tests.tags.duty.events import ACCOUNT, TERRAFORM, body, message, record
from tests.tags.guard.estate import NOON, Estate

LAST = 10
REF = "arn:aws:s3:::logs"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with SqliteLedger.open(tmp_path / "ledger.db") as opened:
        yield opened


@dataclass
class Remembered:
    events: set[tuple[str, str]] = field(default_factory=set)

    def seen(self, account: str, event_id: str) -> bool:
        return (account, event_id) in self.events

    def see(self, account: str, event_id: str) -> None:
        self.events.add((account, event_id))


@dataclass
class Box:
    """Where messages end up; what *jams* names cannot be done."""

    sent: list[tuple[str, str, object]] = field(default_factory=list)
    jams: frozenset[str] = frozenset()

    def later(self, message: Message, delay_s: int) -> None:
        self._put("later", message, delay_s)

    def back(self, message: Message, hidden_s: int) -> None:
        self._put("back", message, hidden_s)

    def bury(self, message: Message, why: str) -> None:
        self._put("bury", message, why)

    def _put(self, how: str, message: Message, what: object) -> None:
        if how in self.jams:
            raise RemoteError("told to jam")
        self.sent.append((how, message.id, what))


def guard_of(estate: Estate, ledger: SqliteLedger) -> Guard:
    return Guard(
        policy=default(), hands=estate, ledger=ledger, now=lambda: NOON, writing=True,
        believing=True,
    )  # fmt: skip


def fate(text: str, with_: Guard, receives: int = 1) -> Fate:
    ((_, found),) = turn([message(text, receives=receives)], with_, None, LAST)
    return found


def test_a_new_bucket_is_tagged_and_its_event_is_done(ledger: SqliteLedger) -> None:
    estate = Estate({REF: {}})

    found = fate(body(record("logs", NOON)), guard_of(estate, ledger))

    assert isinstance(found, Done)
    assert estate.tags[REF] == {"CreatedBy": "alice", "Owner": "alice"}
    assert len(ledger.untold()) == 1


def test_the_same_event_twice_in_one_turn_is_written_once(ledger: SqliteLedger) -> None:
    estate = Estate({REF: {}})
    text = body(record("logs", NOON))

    fates = turn([message(text, number=n) for n in (1, 2)], guard_of(estate, ledger), None, LAST)

    assert [type(found) for _, found in fates] == [Done, Done]
    assert estate.writes == 1


def test_what_was_taken_to_its_end_is_not_looked_at_again(ledger: SqliteLedger) -> None:
    nowhere = Estate({})
    seen = Remembered({(ACCOUNT, "event-logs")})

    fates = turn([message(body(record("logs", NOON)))], guard_of(nowhere, ledger), seen, LAST)

    assert [found for _, found in fates if isinstance(found, Done)]


def test_terraform_gets_its_time_and_then_the_bucket_is_tagged(ledger: SqliteLedger) -> None:
    estate = Estate({REF: {}})
    text = body(record("logs", NOON, agent=TERRAFORM))
    with_ = guard_of(estate, ledger)

    early = fate(text, with_)
    untouched = dict(estate.tags[REF])
    late = fate(text, replace(with_, now=lambda: NOON + timedelta(hours=2)))

    assert isinstance(early, Later)
    assert 0 < early.delay_s <= LONGEST_DELAY_S
    assert untouched == {}
    assert isinstance(late, Done)
    assert estate.tags[REF] == {"CreatedBy": "alice", "Owner": "alice"}


def test_tags_that_terraform_adds_meanwhile_settle_it(ledger: SqliteLedger) -> None:
    tags = {"CreatedBy": "t", "Owner": "t", "CostCenter": "t", "Environment": "dev"}
    estate = Estate({REF: tags})
    made = record("logs", NOON - timedelta(minutes=11), agent=TERRAFORM)

    found = fate(body(made), guard_of(estate, ledger))

    assert isinstance(found, Done)
    assert estate.writes == 0
    assert ledger.untold() == ()


def test_aws_is_not_asked_while_terraform_may_still_tag(ledger: SqliteLedger) -> None:
    estate = Estate({}, trouble={REF: Trouble.DENIED})

    found = fate(body(record("logs", NOON, agent=TERRAFORM)), guard_of(estate, ledger))

    assert isinstance(found, Later)


def test_tags_set_during_the_grace_need_no_event_the_next_look_finds_them(
    ledger: SqliteLedger,
) -> None:
    estate = Estate({REF: {}})
    text = body(record("logs", NOON, agent=TERRAFORM))
    with_ = guard_of(estate, ledger)

    early = fate(text, with_)
    estate.tags[REF] = {"CreatedBy": "t", "Owner": "t", "CostCenter": "t", "Environment": "dev"}
    late = fate(text, replace(with_, now=lambda: NOON + timedelta(hours=2)))

    assert isinstance(early, Later)
    assert isinstance(late, Done)
    assert estate.writes == 0
    assert ledger.untold() == ()


@pytest.mark.parametrize(
    "trouble", [Trouble.THROTTLED, Trouble.REMOTE, Trouble.NOT_YET, Trouble.DENIED]
)
def test_a_failure_that_may_pass_comes_again_and_is_told_only_at_last(
    ledger: SqliteLedger, trouble: Trouble
) -> None:
    estate = Estate({REF: {}}, trouble={REF: trouble})
    text = body(record("logs", NOON))

    early = fate(text, guard_of(estate, ledger))
    quiet = ledger.untold()
    last = fate(text, guard_of(estate, ledger), receives=LAST)

    assert isinstance(early, Again)
    assert quiet == ()
    assert isinstance(last, Lost)
    assert last.why == "told to fail"
    assert len(ledger.untold()) == 1


def test_what_is_still_being_made_gets_the_time_that_its_kind_takes(ledger: SqliteLedger) -> None:
    ref = f"arn:aws:elasticache:eu-west-1:{ACCOUNT}:cluster:sessions"
    made = record(
        "x", NOON, eventSource="elasticache.amazonaws.com", eventName="CreateCacheCluster",
        responseElements={"cacheClusterId": "sessions", "aRN": ref},
    )  # fmt: skip
    estate = Estate({ref: {}}, trouble={ref: Trouble.NOT_YET})

    found = fate(body(made), guard_of(estate, ledger))

    assert isinstance(found, Again)
    assert found.pause_s == 180


def test_what_is_gone_or_refused_for_good_is_done_at_once(ledger: SqliteLedger) -> None:
    for trouble in (Trouble.GONE, Trouble.REFUSED):
        estate = Estate({REF: {}}, trouble={REF: trouble})

        assert isinstance(fate(body(record("logs", NOON)), guard_of(estate, ledger)), Done)


def test_what_a_person_took_back_is_done_and_does_not_wait_for_ever(ledger: SqliteLedger) -> None:
    estate = Estate({REF: {"CostCenter": "1", "Environment": "dev"}})
    text = body(record("logs", NOON))
    fate(text, guard_of(estate, ledger))
    ledger.settle(ledger.written_since(NOON - timedelta(days=1)), State.UNDONE)
    for key in ("CreatedBy", "Owner"):
        del estate.tags[REF][key]

    found = fate(text, guard_of(estate, ledger))

    assert isinstance(found, Done)
    assert set(estate.tags[REF]) == {"CostCenter", "Environment"}


def test_what_finds_no_room_in_this_hour_is_looked_at_again(ledger: SqliteLedger) -> None:
    estate = Estate({REF: {}})
    rules = Enforcement(promotion=Promoting.WAIVED, writes_per_hour=1)
    hold = OnDuty(
        reins=SqliteReins.of(ledger), rules=rules, manner=Slack(), outbox=None, now=lambda: NOON
    )

    found = fate(body(record("logs", NOON)), replace(guard_of(estate, ledger), hold=hold), LAST)

    assert isinstance(found, Later)
    assert found.delay_s == LONGEST_DELAY_S
    assert estate.tags == {REF: {}}
    assert ledger.untold() == ()


def test_one_bad_message_does_not_hold_up_the_others(ledger: SqliteLedger) -> None:
    estate = Estate({REF: {}})
    texts = (
        "no json",
        body(record("logs", NOON)),
        body(record("logs", NOON, eventName="ListBuckets")),
    )
    messages = [message(text, number=n) for n, text in enumerate(texts)]

    fates = [found for _, found in turn(messages, guard_of(estate, ledger), None, LAST)]

    assert [type(found) for found in fates] == [Lost, Done, Done]
    assert set(estate.tags[REF]) == {"CreatedBy", "Owner"}


@given(st.integers(1, 10**6))
def test_pauses_grow_and_stay_within_bounds(receives: int) -> None:
    assert 15 <= pause_s(receives) <= pause_s(receives + 1) <= 300


# --- what is done to the queue ---------------------------------------------------------------


def settled(text: str, estate: Estate, ledger: SqliteLedger, box: Box, seen: Remembered) -> bool:
    """True where the message leaves the queue."""
    fates = list(turn([message(text)], guard_of(estate, ledger), seen, LAST))
    return not settle(fates, box, seen)


def test_a_done_event_leaves_the_queue_and_is_remembered(ledger: SqliteLedger) -> None:
    box, seen = Box(), Remembered()

    gone = settled(body(record("logs", NOON)), Estate({REF: {}}), ledger, box, seen)

    assert gone
    assert box.sent == []
    assert (ACCOUNT, "event-logs") in seen.events


def test_a_waiting_event_is_sent_again_and_not_remembered(ledger: SqliteLedger) -> None:
    box, seen = Box(), Remembered()

    gone = settled(
        body(record("logs", NOON, agent=TERRAFORM)), Estate({REF: {}}), ledger, box, seen
    )

    assert gone
    assert [(how, which) for how, which, _ in box.sent] == [("later", "m1")]
    assert (ACCOUNT, "event-logs") not in seen.events


def test_a_failed_event_stays_and_is_hidden_for_a_while(ledger: SqliteLedger) -> None:
    box, seen = Box(), Remembered()
    estate = Estate({REF: {}}, trouble={REF: Trouble.THROTTLED})

    gone = settled(body(record("logs", NOON)), estate, ledger, box, seen)

    assert not gone
    assert box.sent == [("back", "m1", 15)]


def test_poison_is_buried_with_its_reason(ledger: SqliteLedger) -> None:
    box = Box()

    gone = settled(json.dumps({"hello": 1}), Estate({}), ledger, box, Remembered())

    assert gone
    ((how, which, why),) = box.sent
    assert (how, which) == ("bury", "m1")
    assert "no event of EventBridge" in str(why)


def test_what_cannot_be_sent_elsewhere_stays_in_the_queue(ledger: SqliteLedger) -> None:
    box = Box(jams=frozenset({"bury"}))

    assert not settled("no json", Estate({}), ledger, box, Remembered())
