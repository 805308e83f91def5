"""Answers and undo against moto's own S3 and SQS, with the real door, hands and ledger."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest

from awsteward.clients.aws.door import Boto
from awsteward.clients.slack import Posted, Taken
from awsteward.clients.sqlite_ledger import SqliteLedger
from awsteward.core.errors import ConfigError
from awsteward.tags.apply.attempt import Clock
from awsteward.tags.apply.hands import AwsHands
from awsteward.tags.guard.answer import Answering, answer, carry_out
from awsteward.tags.guard.live import Guard, guard
from awsteward.tags.guard.post import post
from awsteward.tags.guard.undo import Undoing, Undone, undo
from awsteward.tags.model.handled import Result
from awsteward.tags.model.outcome import Written
from awsteward.tags.model.reading import Created
from awsteward.tags.policy.default import default
from awsteward.tags.policy.model import Slack
from awsteward.tags.tell.question import OpenKey, OpenQuestion, Ref, encode
from tests.tags.guard.estate import made

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Channel:
    """A Slack that takes everything."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def post(self, payload: bytes) -> Posted:
        self.messages.append(payload.decode())
        return Taken()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with SqliteLedger.open(tmp_path / "ledger.db") as opened:
        yield opened


@pytest.fixture
def channel(session: boto3.Session, door: Boto, clock: Clock, ledger: SqliteLedger) -> Channel:
    """The channel, after the guard has found and tagged a new bucket."""
    s3 = session.client("s3")
    s3.create_bucket(
        Bucket="receipts", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    hands = AwsHands(door=door, clock=clock)
    with_ = Guard(policy=default(), hands=hands, ledger=ledger, now=clock.now, writing=True)
    (end,) = guard([_ours(made("receipts"), clock)], with_)
    assert end.result is Result.TAGGED
    channel = Channel()
    post(ledger, channel, Slack(), clock.now)
    return channel


def _ours(created: Created, clock: Clock) -> Created:
    """The same in moto's account, an hour ago."""
    event = replace(created.event, account="123456789012", at=clock.now() - timedelta(hours=1))
    return Created(event, tuple(replace(r, account="123456789012") for r in created.resources))


def tags(session: boto3.Session) -> dict[str, str]:
    try:
        found = session.client("s3").get_bucket_tagging(Bucket="receipts")["TagSet"]
    except session.client("s3").exceptions.ClientError:
        return {}
    return {tag["Key"]: tag["Value"] for tag in found}


def question_in(channel: Channel) -> str:
    (message,) = channel.messages
    return message.partition("awsteward tags answer ")[2].split()[0]


def test_an_answer_settles_its_question(
    session: boto3.Session, door: Boto, clock: Clock, ledger: SqliteLedger, channel: Channel
) -> None:
    planned = answer(question_in(channel), ["CostCenter=4711", "Environment=dev"], ledger)

    list(carry_out(planned, Answering(door=door, ledger=ledger, clock=clock)))

    assert tags(session) == {
        "CreatedBy": "alice",
        "Owner": "alice",
        "CostCenter": "4711",
        "Environment": "dev",
    }


def test_an_answer_never_overwrites_what_somebody_set_meanwhile(
    session: boto3.Session, door: Boto, clock: Clock, ledger: SqliteLedger, channel: Channel
) -> None:
    planned = answer(question_in(channel), ["CostCenter=4711"], ledger)
    theirs = [{"Key": "CostCenter", "Value": "9"}]
    session.client("s3").put_bucket_tagging(Bucket="receipts", Tagging={"TagSet": theirs})

    list(carry_out(planned, Answering(door=door, ledger=ledger, clock=clock)))

    assert tags(session)["CostCenter"] == "9"


def test_an_answer_given_twice_is_still_ours_to_undo(
    session: boto3.Session, door: Boto, clock: Clock, ledger: SqliteLedger, channel: Channel
) -> None:
    with_ = Answering(door=door, ledger=ledger, clock=clock)
    planned = answer(question_in(channel), ["CostCenter=4711"], ledger)

    first, again = (list(carry_out(planned, with_)) for _ in range(2))
    taken_back(door, clock, ledger)

    assert isinstance(first[0][1], Written)
    assert isinstance(again[0][1], Written)
    assert [write.key for write in again[0][1].left] == ["CostCenter"]
    assert tags(session) == {}


def test_an_answer_that_the_service_would_bend_out_of_the_policy_is_refused(
    ledger: SqliteLedger,
) -> None:
    key = OpenKey(key="CostCenter", why="", allowed=("R&D", "ops"))
    ref = Ref(
        event_id="e", arn="arn:aws:s3:::receipts", handle=None, type=None,
        account="123456789012", region="eu-west-1", partition="aws", service="s3",
    )  # fmt: skip
    ledger.ask("q", encode(OpenQuestion(id="q", keys=(key,), refs=(ref,), count=1)), LONG_AGO)

    with pytest.raises(ConfigError, match="s3 can only hold"):
        answer("q", ["CostCenter=R&D"], ledger)


def test_a_question_nobody_asked_is_a_users_mistake(ledger: SqliteLedger) -> None:
    with pytest.raises(ConfigError, match="no question nonesuch"):
        answer("nonesuch", ["Owner=x"], ledger)


def taken_back(
    door: Boto, clock: Clock, ledger: SqliteLedger, *, writing: bool = True
) -> list[Undone]:
    with_ = Undoing(door=door, ledger=ledger, clock=clock, writing=writing)
    return list(undo(LONG_AGO, with_))


@pytest.mark.usefixtures("channel")
def test_undo_takes_back_what_we_wrote_and_leaves_what_others_did(
    session: boto3.Session, door: Boto, clock: Clock, ledger: SqliteLedger
) -> None:
    theirs = [{"Key": "Owner", "Value": "ledger"}, {"Key": "CreatedBy", "Value": "alice"}]
    session.client("s3").put_bucket_tagging(Bucket="receipts", Tagging={"TagSet": theirs})

    lines = taken_back(door, clock, ledger)

    assert tags(session) == {"Owner": "ledger"}
    assert {line.key: line.left for line in lines} == {
        "CreatedBy": None,
        "Owner": "somebody changed it to 'ledger'",
    }
    assert taken_back(door, clock, ledger) == []


@pytest.mark.usefixtures("channel")
def test_what_was_taken_back_is_not_written_again(
    session: boto3.Session, door: Boto, clock: Clock, ledger: SqliteLedger
) -> None:
    taken_back(door, clock, ledger)
    with_ = Guard(
        policy=default(), hands=AwsHands(door=door, clock=clock), ledger=ledger, now=clock.now,
        writing=True,
    )  # fmt: skip

    (end,) = guard([_ours(made("receipts"), clock)], with_)

    assert tags(session) == {}
    assert end.result is Result.PENDING
    assert "taken back before, so not written again: CreatedBy, Owner" in end.why


@pytest.mark.usefixtures("channel")
def test_undo_without_apply_changes_nothing(
    session: boto3.Session, door: Boto, clock: Clock, ledger: SqliteLedger
) -> None:
    before = tags(session)

    lines = taken_back(door, clock, ledger, writing=False)

    assert tags(session) == before
    assert [line.left for line in lines] == [None, None]
    assert len(taken_back(door, clock, ledger)) == 2


def test_everything_is_told_once(clock: Clock, ledger: SqliteLedger, channel: Channel) -> None:
    post(ledger, channel, Slack(), clock.now)

    assert len(channel.messages) == 1
    assert json.loads(channel.messages[0])["text"].startswith("alice")
