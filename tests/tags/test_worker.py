"""The worker at a real queue, table and buckets of an emulator in this process."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from awsteward.clients.aws.door import Boto
from awsteward.clients.aws.queue import Message, Queue
from awsteward.clients.aws.table import DynamoLedger
from awsteward.clients.slack import Posted, Taken
from awsteward.core.errors import RemoteError
from awsteward.tags import handler
from awsteward.tags.apply.attempt import Clock
from awsteward.tags.duty import watch
from awsteward.tags.duty.settings import Mode, settings
from awsteward.tags.duty.setup import Duty
from awsteward.tags.guard.guarded import Scan, keep
from awsteward.tags.guard.promotion import OBSERVED, Wanted, accepted, shown
from awsteward.tags.policy.default import default
from awsteward.tags.policy.enforcement import Enforcement, Promoting
from awsteward.tags.policy.model import Slack as Manner
from awsteward.tags.policy.patterns import Globs
from awsteward.tags.read.conditions import Guarding
from awsteward.tags.worker import LEASE, Worker
from tests.clients.ledgers import REGION, TABLE, make
from tests.tags.duty.events import body, message, record

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
ACCOUNT = "123456789012"  # the emulator's


@dataclass
class Heard:
    """A Slack that takes everything, after the waits that it is due."""

    messages: list[str] = field(default_factory=list)
    wait: Callable[[float], None] = lambda _: None
    meanwhile: Callable[[], None] = lambda: None

    def reached(self, wait: Callable[[float], None]) -> "Heard":
        self.wait = wait
        return self

    def post(self, payload: bytes) -> Posted:
        self.wait(1.0)
        self.meanwhile()
        self.messages.append(payload.decode())
        return Taken()


@dataclass
class Scene:
    """An account with a queue, and what the worker at it said and told."""

    session: boto3.Session
    duty: Duty
    slack: Heard
    log: list[dict[str, Any]]

    def client(self, service: str) -> Any:
        make: Any = self.session.client  # the stubs want a literal name
        return make(service)

    def bucket(self, name: str, at: datetime = NOW - timedelta(hours=2)) -> None:
        place = {"LocationConstraint": REGION}
        self.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=place)
        told = body({**record(name, at), "recipientAccountId": ACCOUNT}, account=ACCOUNT)
        self.send(told)

    def send(self, text: str) -> None:
        self.client("sqs").send_message(QueueUrl=self.duty.queue.url, MessageBody=text)

    def tags(self, name: str) -> dict[str, str]:
        found = self.client("s3").get_bucket_tagging(Bucket=name)["TagSet"]
        return {tag["Key"]: tag["Value"] for tag in found}

    def work(self, rounds: int = 2) -> None:
        left = iter(range(rounds * 2))
        self.worker(lambda: next(left, None) is None).run()

    def worker(self, stopping: Callable[[], bool]) -> Worker:
        return Worker(
            name="w1", duty=self.duty, slack=self.slack.reached, stopping=stopping,
            say=lambda line: self.log.append(json.loads(line)), poll_s=0,
        )  # fmt: skip


@pytest.fixture
def scene(session: boto3.Session, door: Boto) -> Scene:
    make(session)
    sqs = session.client("sqs")
    live, dead = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("live", "dead"))
    environment = {
        "AWS_REGION": REGION, "AWSTEWARD_TABLE": TABLE, "AWSTEWARD_QUEUE_URL": live,
        "AWSTEWARD_DEAD_LETTERS_URL": dead, "AWSTEWARD_MODE": "enforce",
    }  # fmt: skip
    clock = Clock(now=lambda: NOW, sleep=lambda _: None, jitter=lambda: 0.5)
    duty = Duty(
        settings=settings(environment),
        policy=replace(
            default(), slack=Manner(window=timedelta(minutes=1)),
            enforcement=Enforcement(promotion=Promoting.WAIVED),
        ),
        door=door,
        queue=Queue(door=door, region=REGION, url=live, dead_letters=dead),
        ledger=DynamoLedger(door, TABLE, REGION, clock.now),
        clock=clock,
    )  # fmt: skip
    return Scene(session, duty, Heard(), [])


def test_what_is_created_is_tagged_told_of_once_and_off_the_queue(scene: Scene) -> None:
    scene.bucket("orders")

    scene.work()
    later = replace(scene.duty.clock, now=lambda: NOW + timedelta(minutes=2))
    scene.duty = replace(scene.duty, clock=later)
    scene.work()
    scene.work()

    assert scene.tags("orders") == {"CreatedBy": "alice", "Owner": "alice"}
    assert len(scene.slack.messages) == 1
    assert "orders" in scene.slack.messages[0]
    assert scene.duty.queue.receive(0) == ()
    assert [line["outcome"] for line in scene.log if "outcome" in line] == ["tagged"]


def test_a_window_is_told_of_when_it_is_over(scene: Scene) -> None:
    scene.bucket("orders", at=NOW)

    scene.work()
    scene.work()  # a worker tells first
    early = list(scene.slack.messages)
    later = replace(scene.duty.clock, now=lambda: NOW + timedelta(minutes=2))
    scene.duty = replace(scene.duty, clock=later)
    scene.work()

    assert early == []
    assert len(scene.slack.messages) == 1


def test_poison_lies_among_the_dead_letters_with_its_reason(scene: Scene) -> None:
    scene.send("no json")

    scene.work()

    (dead,) = replace(scene.duty.queue, url=scene.duty.queue.dead_letters).all()
    assert dead.body == "no json"
    assert "no event of EventBridge" in (dead.why or "")


def test_in_observe_mode_nothing_is_written_kept_or_told(scene: Scene) -> None:
    observing = replace(scene.duty.settings, mode=Mode.OBSERVE)
    scene.duty = replace(scene.duty, settings=observing)
    scene.bucket("orders")

    scene.work()

    with pytest.raises(scene.client("s3").exceptions.ClientError, match="TagSet"):
        scene.tags("orders")
    assert scene.duty.ledger.untold() == ()


def test_in_observe_mode_what_would_be_written_is_remembered_for_a_promotion(
    scene: Scene,
) -> None:
    observing = replace(scene.duty.settings, mode=Mode.OBSERVE)
    scene.duty = replace(scene.duty, settings=observing)
    scene.bucket("orders")

    scene.work()

    found = [known.cell for known in scene.duty.hold.reins.cells()]
    assert [(cell.type, cell.key) for cell in found] == [
        ("AWS::S3::Bucket", "CreatedBy"), ("AWS::S3::Bucket", "Owner"),
    ]  # fmt: skip


def test_after_seven_days_what_a_person_accepts_is_written_and_nothing_else(scene: Scene) -> None:
    policy = replace(scene.duty.policy, enforcement=Enforcement())
    observing = replace(scene.duty.settings, mode=Mode.OBSERVE)
    watching = replace(scene.duty, policy=policy, settings=observing)
    scene.duty, enforcing = watching, replace(watching, settings=scene.duty.settings)
    scene.bucket("orders")
    scene.work()
    owners, week = Wanted(keys=Globs(("Owner",))), NOW + OBSERVED

    digest = shown(scene.duty.hold.reins, owners, week).digest
    accepted(scene.duty.hold.reins, owners, digest or "", "ana", week)
    scene.duty = enforcing
    scene.bucket("bills")
    scene.work()

    assert scene.tags("bills") == {"Owner": "alice"}
    (line,) = [each for each in scene.log if each.get("outcome") == "tagged"]
    assert list(line["held"]) == ["not promoted"]


def test_without_a_promotion_enforcing_only_tells_and_says_which_brake(scene: Scene) -> None:
    scene.duty = replace(scene.duty, policy=replace(scene.duty.policy, enforcement=Enforcement()))
    scene.bucket("orders")

    scene.work()

    with pytest.raises(scene.client("s3").exceptions.ClientError, match="TagSet"):
        scene.tags("orders")
    (line,) = [each for each in scene.log if "outcome" in each]
    assert (line["outcome"], list(line["held"])) == ("would-tag", ["not promoted"])
    assert [each["HeldBack"] for each in scene.log if "HeldBack" in each] == [1]
    assert len(scene.duty.ledger.untold()) == 1
    assert [line["outcome"] for line in scene.log if "outcome" in line] == ["would-tag"]


def test_told_to_stop_while_it_waits_it_gives_back_what_it_has_not_begun(scene: Scene) -> None:
    scene.bucket("orders")
    answers = iter([False, True, True])

    scene.worker(lambda: next(answers)).run()

    (again,) = scene.duty.queue.receive(0)
    assert again.receives == 2
    assert [line for line in scene.log if "Heartbeat" not in line] == []


def test_while_others_hold_the_lease_it_tells_nobody(scene: Scene) -> None:
    scene.duty.ledger.notice("e", "r", "{}")  # no notice: to read it would fail
    scene.duty.ledger.hold("tell", "w2", NOW + timedelta(minutes=5))

    scene.work()

    assert scene.slack.messages == []


def test_who_was_away_for_longer_than_its_lease_leaves_the_rest_to_who_has_it(scene: Scene) -> None:
    hours = [NOW - timedelta(hours=number) for number in (3, 2)]
    for number, at in enumerate(hours):
        scene.bucket(f"orders-{number}", at)
    scene.work(1)
    now = [NOW + timedelta(hours=1)]
    scene.duty = replace(
        scene.duty,
        clock=replace(scene.duty.clock, now=lambda: now[0]),
        ledger=DynamoLedger(scene.duty.door, TABLE, REGION, lambda: now[0]),
    )

    def suspended() -> None:
        now[0] += 2 * LEASE
        scene.duty.ledger.hold("tell", "w2", now[0] + LEASE)

    scene.slack.meanwhile = suspended
    scene.work(1)

    assert len(scene.slack.messages) == 1
    assert len(scene.duty.ledger.unsent()) == 1
    assert "another worker tells by now" in json.dumps(scene.log)


def test_when_the_table_fails_every_message_comes_again(scene: Scene) -> None:
    class Broken(DynamoLedger):
        def seen(self, account: str, event_id: str) -> bool:
            raise RemoteError("told to break")

    scene.bucket("orders")
    ledger = Broken(scene.duty.door, TABLE, REGION, scene.duty.clock.now)
    scene.duty = replace(scene.duty, ledger=ledger)

    scene.work(1)

    assert "told to break" in json.dumps(scene.log)
    assert watch_counts(scene) == ("0", "1")


def test_an_error_that_nobody_foresaw_takes_no_other_message_with_it(scene: Scene) -> None:
    class Surprising(DynamoLedger):
        def seen(self, account: str, event_id: str) -> bool:
            if event_id == "event-bad":
                raise ZeroDivisionError
            return super().seen(account, event_id)

    names = ["bad", *(f"orders-{number}" for number in range(4))]
    for name in names:
        scene.bucket(name)
    ledger = Surprising(scene.duty.door, TABLE, REGION, scene.duty.clock.now)
    duty = replace(scene.duty, ledger=ledger)
    bodies = [each.body for each in duty.queue.receive(0)]

    for receives in range(1, 8):
        batch = [message(body, number=n, receives=receives) for n, body in enumerate(bodies)]
        with pytest.raises(ZeroDivisionError):
            watch.take(batch, duty, lambda _: None)

    assert [ledger.notice(f"event-{name}", arn(name), "told") for name in names] == [
        True, False, False, False, False
    ]  # fmt: skip


def arn(name: str) -> str:
    return f"arn:aws:s3:::{name}"


def watch_counts(scene: Scene) -> tuple[str, str]:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    told = scene.client("sqs").get_queue_attributes(
        QueueUrl=scene.duty.queue.url, AttributeNames=names
    )["Attributes"]
    return told[names[0]], told[names[1]]


def test_lambda_is_told_which_messages_come_again(scene: Scene) -> None:
    told = {
        "messageId": "m1", "receiptHandle": "r1", "body": "no json",
        "attributes": {"ApproximateReceiveCount": "3"},
    }  # fmt: skip

    message = handler._message(told)  # noqa: SLF001  Lambda's shape is read in one place

    assert message == Message(id="m1", receipt="r1", body="no json", receives=3)
    assert watch.take([message], scene.duty, lambda _: None) == frozenset()


def test_the_day_is_summed_up_in_one_letter_of_its_own(scene: Scene) -> None:
    scene.bucket("orders")
    scene.work()

    later = replace(scene.duty.clock, now=lambda: NOW + timedelta(days=1))
    scene.duty = replace(scene.duty, clock=later)
    scene.work()
    scene.work()

    (summary,) = [each for each in scene.slack.messages if "summary-2030-01-02" in each]
    assert "2 tags written" in summary


def test_a_key_that_a_policy_in_that_account_names_is_not_written(scene: Scene) -> None:
    found = Guarding(key="Owner", where="arn", sid="1", condition="aws:ResourceTag/Owner")
    keep(Scan(account=ACCOUNT, at=NOW, found=(found,)), scene.duty.ledger)
    scene.bucket("orders")

    scene.work()

    assert scene.tags("orders") == {"CreatedBy": "alice"}


def test_where_policies_could_not_be_read_nothing_is_written(scene: Scene) -> None:
    keep(Scan(account=ACCOUNT, at=NOW, found=(), unread=("iam: denied",)), scene.duty.ledger)
    scene.bucket("orders")

    scene.work()

    with pytest.raises(scene.client("s3").exceptions.ClientError, match="TagSet"):
        scene.tags("orders")
    (why,) = [line["why"] for line in scene.log if line.get("outcome") == "would-tag"]
    assert "policies unread" in why
