"""A question that a bot asks, pressed and settled: Slack's side and AWS's on this machine."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest

from awsteward.clients.aws.door import Boto
from awsteward.clients.aws.queue import Queue
from awsteward.clients.aws.refusals import Answer, Refusal
from awsteward.clients.aws.table import DynamoLedger
from awsteward.clients.bot import Bot, BotChannel
from awsteward.clients.channels import Channels
from awsteward.clients.secret import Secret
from awsteward.core.signature import signed
from awsteward.tags.apply.attempt import Clock
from awsteward.tags.duty import watch
from awsteward.tags.duty.interact import Desk, carry_out, heard
from awsteward.tags.duty.settings import Mode, settings
from awsteward.tags.duty.setup import Duty
from awsteward.tags.guard.answer import Answering, answer
from awsteward.tags.guard.answer import carry_out as settle
from awsteward.tags.guard.settled import note
from awsteward.tags.policy.parse import parse
from awsteward.tags.tell.controls import mark
from awsteward.tags.tell.posted import Standing
from awsteward.tags.tell.posted import keep as remember
from tests.clients.ledgers import REGION, TABLE, make
from tests.clients.workspace import CHANNEL, TOKEN, Workspace, workspace
from tests.tags.duty.events import body, message, record

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
ACCOUNT = "123456789012"  # the emulator's
SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105  nobody's
ANA, BEN, EVE = "U0000ANA1", "U0000BEN1", "U0000EVE1"
POLICY = f"""
tags:
  required:
    Stage: {{values: [prod, test], from: [parent]}}
slack:
  window: 1m
  people: {{alice: {ANA}}}
  bot: {{answerers: [{BEN}]}}
enforcement: {{promotion: waived}}
"""


@dataclass
class Door:
    """The emulator's AWS, but for a function's call to itself."""

    aws: Boto
    invoked: list[Any] = field(default_factory=list)
    refusing: bool = False

    def call(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        if service != "lambda":
            return self.aws.call(account, region, service, operation, params)
        if self.refusing:
            return Refusal(code="TooManyRequestsException", message="slowly")
        self.invoked.append(json.loads(params["Payload"])["pressed"])
        return {}


@dataclass
class Scene:
    """A bucket without its tag, about which a bot has asked."""

    session: boto3.Session
    slack: Workspace
    door: Door
    desk: Desk
    log: list[str]
    now: datetime = NOW
    requests: int = 0

    @property
    def duty(self) -> Duty:
        return self.desk.duty

    def asked(self) -> str:
        (question,) = self.duty.ledger.waiting()
        return question.id

    def shown(self) -> str:
        return json.dumps([*self.slack.messages.values()], ensure_ascii=False)

    def tell(self, after: timedelta = timedelta(minutes=2)) -> None:
        self.now += after
        bot = self.desk.bot
        channels = Channels(BotChannel(bot, CHANNEL), bot=lambda: bot)
        watch.tell(self.duty, channels, self.log.append)

    def press(self, user: str = ANA, action: str = "v1", value: str = "test", **more: Any) -> int:
        """Press a button and let the function carry out what it acknowledged; the HTTP status."""
        self.now += timedelta(seconds=1)
        status = self.request(payload(self.asked(), user, action, value, **more))
        while self.door.invoked:
            carry_out(self.door.invoked.pop(0), self.desk)
        return status

    def request(self, told: bytes, *, secret: str = SECRET, at: datetime | None = None) -> int:
        self.requests += 1
        moment = str(int((at or self.now).timestamp()))
        headers = {
            "x-slack-signature": signed(told, moment, secret),
            "x-slack-request-timestamp": moment,
        }
        event = {
            "headers": headers, "isBase64Encoded": True, "body": base64.b64encode(told).decode(),
            "requestContext": {"requestId": f"r{self.requests}"},
        }  # fmt: skip
        return int(heard(event, self.desk)["statusCode"])

    def tags(self) -> dict[str, str]:
        s3 = self.session.client("s3")
        try:
            found = s3.get_bucket_tagging(Bucket="orders")["TagSet"]
        except s3.exceptions.ClientError:
            return {}
        return {tag["Key"]: tag["Value"] for tag in found}


def payload(question: str, user: str, action: str, value: str, **more: Any) -> bytes:
    told = {
        "type": "block_actions", "user": {"id": user, "username": "x", "team_id": "T1"},
        "channel": {"id": CHANNEL, "name": "payments"}, "team": {"id": "T1"},
        "response_url": "https://hooks.slack.com/actions/T1/1/x", "trigger_id": "1.2.3",
        "actions": [
            {
                "type": "button", "block_id": f"q:{question}:", "action_id": action,
                "value": value, "action_ts": "1.2",
            }
        ],
        "state": {"values": {}}, **more,
    }  # fmt: skip
    return urlencode({"payload": json.dumps(told)}).encode()


def scene_of(
    session: boto3.Session, door: Boto, slack: Workspace, policy: str = POLICY
) -> Scene:  # fmt: skip
    make(session)
    place = {"LocationConstraint": REGION}
    session.client("s3").create_bucket(Bucket="orders", CreateBucketConfiguration=place)
    environment = {
        "AWS_REGION": REGION, "AWSTEWARD_TABLE": TABLE, "AWSTEWARD_MODE": "enforce",
        "AWSTEWARD_QUEUE_URL": "https://queue", "AWSTEWARD_DEAD_LETTERS_URL": "https://dead",
    }  # fmt: skip
    own, log = Door(door), list[str]()
    scenes: list[Scene] = []
    clock = Clock(now=lambda: scenes[0].now, sleep=lambda _: None, jitter=lambda: 0.5)
    duty = Duty(
        settings=settings(environment), policy=parse(policy, "awsteward.yaml"), door=own,
        queue=Queue(door=own, region=REGION, url="https://queue", dead_letters="https://dead"),
        ledger=DynamoLedger(own, TABLE, REGION, clock.now), clock=clock,
    )  # fmt: skip
    bot = Bot(Secret(TOKEN), clock=lambda: 0.0, sleep=lambda _: None, host=slack.host)
    desk = Desk(duty=duty, bot=bot, signing=Secret(SECRET), again="interact", say=log.append)
    scenes.append(Scene(session, slack, own, desk, log))
    told = {**record("orders", NOW - timedelta(hours=2)), "recipientAccountId": ACCOUNT}
    assert not watch.take([message(body(told, account=ACCOUNT))], duty, log.append)
    scenes[0].tell()
    return scenes[0]


@pytest.fixture
def slack() -> Iterator[Workspace]:
    with workspace() as held:
        yield held


@pytest.fixture
def scene(session: boto3.Session, door: Boto, slack: Workspace) -> Scene:
    return scene_of(session, door, slack)


def test_who_was_asked_answers_with_one_press_and_the_message_says_so(scene: Scene) -> None:
    assert scene.press() == 200

    assert scene.tags() == {"Stage": "test"}
    assert scene.duty.ledger.waiting() == ()
    (posted,) = scene.slack.messages.values()
    assert f"`Stage` = `test` · said by <@{ANA}>" in json.dumps(
        posted["blocks"], ensure_ascii=False
    )
    assert all(block["type"] != "actions" for block in posted["blocks"])
    assert scene.slack.whispers == []


def test_whom_the_policy_names_may_answer_too_and_nobody_else(scene: Scene) -> None:
    scene.press(EVE)
    assert scene.tags() == {}
    assert [(user, "policy names" in text) for _, user, text in scene.slack.whispers] == [
        (EVE, True)
    ]

    scene.press(BEN)

    assert scene.tags() == {"Stage": "test"}


def test_what_slack_did_not_sign_does_nothing(scene: Scene) -> None:
    told = payload(scene.asked(), ANA, "v1", "test")

    forged = scene.request(told, secret="f" * 32)
    old = scene.request(told, at=NOW - timedelta(minutes=10))

    assert (forged, old) == (401, 401)
    assert scene.door.invoked == []
    assert "its signature is not Slack's" in "".join(scene.log)


def test_a_request_that_is_sent_again_does_nothing(scene: Scene) -> None:
    told = payload(scene.asked(), ANA, "v1", "test")

    assert [scene.request(told), scene.request(told)] == [200, 401]
    assert len(scene.door.invoked) == 1


def test_what_is_no_press_is_taken_and_does_nothing(scene: Scene) -> None:
    other = urlencode({"payload": json.dumps({"type": "view_submission"})}).encode()
    deep = urlencode({"payload": "[" * 5000}).encode()
    foreign = payload("q1", ANA, "vx", "test"), payload("q1", ANA, "v0", "")
    bodies = [b"", b"payload", b"payload=%7B", b"payload=[]", b"\xff\xfe", other, deep, *foreign]

    assert [scene.request(told) for told in bodies] == [200] * len(bodies)
    assert scene.request(b"x" * 1_000_000) == 413
    assert scene.door.invoked == []
    assert scene.slack.whispers == []


def test_a_value_that_the_policy_does_not_allow_is_not_written(scene: Scene) -> None:
    scene.press(value="<!channel> & prod")

    assert scene.tags() == {}
    ((_, user, text),) = scene.slack.whispers
    assert user == ANA
    assert "is not allowed" in text
    assert "<!channel>" not in text


def test_a_question_is_answered_once(scene: Scene) -> None:
    told = payload(scene.asked(), BEN, "v0", "prod")
    scene.press()

    scene.request(told)
    carry_out(scene.door.invoked.pop(), scene.desk)

    assert scene.tags() == {"Stage": "test"}
    assert "not open any more" in scene.slack.whispers[0][2]


def test_what_somebody_set_meanwhile_stays(scene: Scene) -> None:
    tagging: Any = {"TagSet": [{"Key": "Stage", "Value": "prod"}]}
    scene.session.client("s3").put_bucket_tagging(Bucket="orders", Tagging=tagging)

    scene.press()

    assert scene.tags() == {"Stage": "prod"}


def test_what_could_not_be_started_or_may_not_be_written_is_said(scene: Scene) -> None:
    scene.door.refusing = True
    first = scene.press()
    duty = replace(scene.duty, settings=replace(scene.duty.settings, mode=Mode.NOTIFY))
    scene.desk, scene.door.refusing = replace(scene.desk, duty=duty), False

    scene.press()

    assert first == 200
    assert ["press again" in text for *_, text in scene.slack.whispers] == [True, False]
    assert "may not write" in scene.slack.whispers[1][2]
    assert scene.tags() == {}


def test_an_answer_on_the_command_line_changes_the_message_too(scene: Scene) -> None:
    duty = scene.duty
    planned = answer(scene.asked(), ["Stage=prod"], duty.ledger)
    list(settle(planned, Answering(door=duty.door, ledger=duty.ledger, clock=duty.clock)))
    before = scene.shown()

    scene.tell()

    assert "`Stage` = `prod`" not in before
    assert "`Stage` = `prod`" in scene.shown()


def test_a_message_that_could_not_be_changed_is_changed_the_next_time(scene: Scene) -> None:
    scene.press(BEN, value="nonsense")
    told = payload(scene.asked(), BEN, "v0", "prod")
    scene.request(told)
    scene.slack.errors = [(200, "invalid_auth")]
    carry_out(scene.door.invoked.pop(0), scene.desk)
    before = scene.shown()

    scene.tell()

    assert scene.tags() == {"Stage": "prod"}
    assert "`Stage` = `prod`" not in before
    assert "`Stage` = `prod`" in scene.shown()


def test_a_message_that_is_gone_is_let_go(scene: Scene) -> None:
    told = payload(scene.asked(), BEN, "v0", "prod")
    scene.request(told)
    scene.slack.messages.clear()

    carry_out(scene.door.invoked.pop(0), scene.desk)
    calls = len(scene.slack.calls)
    scene.tell()

    assert scene.tags() == {"Stage": "prod"}
    assert len(scene.slack.calls) == calls


def test_whoever_is_reminded_is_so_in_the_thread_and_both_messages_change(scene: Scene) -> None:
    ((channel, ts),) = scene.slack.messages

    scene.tell(timedelta(days=1))
    reminder = [each for each in scene.slack.messages.values() if "thread_ts" in each]
    scene.press()

    assert [(each["channel"], each["thread_ts"]) for each in reminder] == [(channel, ts)]
    assert scene.shown().count("`Stage` = `test`") == 2


def test_who_is_asked_alone_can_be_asked_in_a_direct_message(
    session: boto3.Session, door: Boto, slack: Workspace
) -> None:
    scene = scene_of(session, door, slack, POLICY.replace("answerers", "direct: true, answerers"))

    ((channel, _),) = slack.messages
    scene.press()

    assert channel == f"D{ANA[1:]}"
    assert scene.tags() == {"Stage": "test"}


def test_two_keys_are_chosen_and_written_and_saved_together(
    session: boto3.Session, door: Boto, slack: Workspace
) -> None:
    two = POLICY.replace("    Stage", "    Cost: {pattern: '[0-9]+', from: [parent]}\n    Stage")
    scene = scene_of(session, door, slack, two)
    own = f"q:{scene.asked()}:"
    chosen = {"k1": {"type": "static_select", "selected_option": {"value": "prod"}}}
    written = {"k0": {"type": "plain_text_input", "value": " 4711 "}}

    scene.press(action="save", state={"values": {own: chosen}})
    half = scene.tags()
    scene.press(action="save", state={"values": {own: chosen, f"{own}0": written}})

    assert half == {}
    assert "Still empty: `Cost`" in slack.whispers[0][2]
    assert scene.tags() == {"Cost": "4711", "Stage": "prod"}


def test_neither_token_nor_secret_is_kept_or_said(scene: Scene) -> None:
    scene.slack.errors = [(200, "invalid_auth")] * 3
    scene.press(EVE)
    scene.press()

    kept = scene.session.client("dynamodb").scan(TableName=TABLE)["Items"]
    told = json.dumps(scene.log) + repr(kept) + repr(scene.desk)

    assert TOKEN not in told
    assert SECRET not in told


def settled_by_hand(scene: Scene, value: str) -> None:
    duty = scene.duty
    planned = answer(scene.asked(), [f"Stage={value}"], duty.ledger)
    list(settle(planned, Answering(door=duty.door, ledger=duty.ledger, clock=duty.clock)))


def test_what_was_answered_before_slack_took_the_letter_stands_settled_in_it(
    session: boto3.Session, door: Boto, slack: Workspace
) -> None:
    slack.errors = [(200, "is_archived")]
    scene = scene_of(session, door, slack)
    settled_by_hand(scene, "prod")
    before = len(slack.messages)

    scene.tell()

    assert before == 0
    assert "`Stage` = `prod`" in scene.shown()
    assert '"actions"' not in scene.shown()


def test_no_message_says_a_value_that_somebody_else_has_set_otherwise(scene: Scene) -> None:
    tagging: Any = {"TagSet": [{"Key": "Stage", "Value": "prod"}]}
    scene.session.client("s3").put_bucket_tagging(Bucket="orders", Tagging=tagging)

    scene.press(value="test")

    assert "`Stage` = `test`" not in scene.shown()
    assert "is settled" in scene.shown()


@pytest.mark.parametrize(("status", "error", "calls"), [(200, "not_in_channel", 1), (503, "", 5)])
def test_slack_is_asked_once_in_a_round_about_what_it_cannot_do_now(
    scene: Scene, status: int, error: str, calls: int
) -> None:
    first = next(iter(scene.slack.messages))
    ledger, at = scene.duty.ledger, scene.now
    for n in range(3):
        kept = Standing(channel=first[0], ts=first[1], message={"blocks": asking(f"asked{n}")})
        remember(ledger, f"letter{n}", kept, at)
        note(ledger, f"asked{n}", {"Stage": "prod"}, "", at)
    scene.slack.calls.clear()
    scene.slack.errors = [(status, error)] * 20

    scene.tell()
    down = len(scene.slack.calls)
    scene.slack.errors.clear()
    scene.tell()
    scene.slack.calls.clear()
    scene.tell()

    assert down == calls
    assert "`Stage` = `prod`" in scene.shown()
    assert scene.slack.calls == []


def asking(question: str) -> list[dict[str, object]]:
    text = {"type": "mrkdwn", "text": "?"}
    return [{"type": "section", "block_id": mark(question), "text": text}]


@pytest.mark.parametrize(
    ("errors", "pressed"), [(["message_not_found"], True), (["message_not_found"] * 2, False)]
)
def test_a_reminder_is_sent_outside_of_a_lost_thread_and_without_buttons_sooner_than_not(
    session: boto3.Session, door: Boto, slack: Workspace, errors: list[str], *, pressed: bool
) -> None:
    alone = POLICY.replace("  window: 1m", "  window: 1m\n  summary: off")
    scene = scene_of(session, door, slack, alone)
    scene.slack.errors = [(200, error) for error in errors]

    scene.tell(timedelta(days=1))

    _, reminder = scene.slack.messages.values()
    assert "thread_ts" not in reminder
    assert any(block["type"] == "actions" for block in reminder["blocks"]) is pressed
    assert all(entry.get("fate") != "left" for entry in map(json.loads, scene.log))
