"""Who is told what, when and how often, from kept notices to what a channel shows."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from awsteward.clients.channels import Channels
from awsteward.clients.slack import Closed, Posted, Rejected, Slack, Taken, Unreachable
from awsteward.clients.sqlite_ledger import SqliteLedger
from awsteward.core.errors import ConfigError
from awsteward.demo.receiver import flaws
from awsteward.tags.guard.post import post_due
from awsteward.tags.guard.snooze import moment, snooze
from awsteward.tags.model.handled import Result
from awsteward.tags.model.outcome import Trouble
from awsteward.tags.model.plan import Ask
from awsteward.tags.policy.model import Language
from awsteward.tags.policy.model import Slack as Manner
from awsteward.tags.policy.patterns import Globs
from awsteward.tags.policy.people import Mentions, Quiet, Route, Severity, Telling, Told
from awsteward.tags.tell.deliver import Delivery
from awsteward.tags.tell.notice import Kind, Notice, Who, encode
from awsteward.tags.tell.question import OpenQuestion
from tests.tags.tell.test_letter import AT, TOLD

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANA, BOT = Who(kind=Kind.PERSON, name="Ana"), Who(kind=Kind.MACHINE, name="ci")
TAKEN = Taken()
ASK = Ask(key="CostCenter", why="nothing says which")


@dataclass
class Channel:
    """Takes what is posted, or answers as it was told, and keeps Slack's rules."""

    answer: Posted = TAKEN
    seen: list[dict[str, Any]] = field(default_factory=list)
    tries: int = 0

    def post(self, payload: bytes) -> Posted:
        self.tries += 1
        if not isinstance(self.answer, Taken):
            return self.answer
        message = json.loads(payload)
        assert list(flaws(message)) == []
        self.seen.append(message)
        return self.answer

    def text(self) -> str:
        return json.dumps(self.seen, ensure_ascii=False)


@dataclass
class Scene:
    """A ledger, a clock and channels."""

    ledger: SqliteLedger
    telling: Telling = field(default_factory=Telling)
    language: Language = Language.ENGLISH
    at: datetime = AT
    usual: Channel = field(default_factory=Channel)
    named: dict[str, Channel] = field(default_factory=dict)
    open: bool = True
    looked: list[str] = field(default_factory=list)
    made: int = 0

    def happen(self, *, at: datetime | None = None, **changes: Any) -> None:
        self.made += 1
        own: dict[str, Any] = {
            "event_id": f"e{self.made}", "ref": f"arn:aws:s3:::b{self.made}",
            "arn": f"arn:aws:s3:::b{self.made}", "at": at or self.at,
            "who": ANA, "asks": (), "applied": (),
        }  # fmt: skip
        told: Notice = replace(TOLD, **{**own, **changes})
        self.ledger.notice(told.event_id, told.ref, encode(told))

    def tell(self, after: timedelta = HOUR) -> Delivery:
        self.at += after
        named = {name: _found(channel) for name, channel in self.named.items()}
        manner = Manner(telling=self.telling, language=self.language)
        return post_due(
            self.ledger, Channels(self.usual, named), manner, lambda: self.at, self._still_open
        )

    def _still_open(self, question: OpenQuestion) -> bool:
        self.looked.append(question.id)
        return self.open


def _found(channel: Channel) -> Any:
    def find() -> Slack:
        return channel

    return find


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with SqliteLedger.open(tmp_path / "ledger.db") as ledger:
        yield Scene(ledger)


# --- where -----------------------------------------------------------------------------------


def _pay(**route: Any) -> Telling:
    return Telling(routes=(Route(to="pay", **route),))


@pytest.mark.parametrize(
    "route",
    [
        {"accounts": Globs((TOLD.account,))}, {"teams": Globs(("pay*",))},
        {"types": Globs(("AWS::S3::*",))}, {},
    ],
)  # fmt: skip
def test_what_fits_a_route_goes_to_its_channel(scene: Scene, route: dict[str, Globs]) -> None:
    scene.telling, scene.named = _pay(**route), {"pay": Channel()}
    scene.happen(team="payments")

    scene.tell()

    assert (len(scene.named["pay"].seen), scene.usual.seen) == (1, [])


def test_what_fits_no_route_goes_to_the_usual_channel(scene: Scene) -> None:
    scene.telling, scene.named = _pay(teams=Globs(("pay*",))), {"pay": Channel()}
    scene.happen(team=None)

    scene.tell()

    assert (scene.named["pay"].seen, len(scene.usual.seen)) == ([], 1)


@pytest.mark.parametrize("answer", [None, Closed("no_service"), Unreachable("no answer in time")])
def test_a_letter_whose_channel_is_unknown_or_broken_goes_to_the_usual_one_and_says_so(
    scene: Scene, answer: Posted | None
) -> None:
    scene.telling, scene.named = _pay(), {} if answer is None else {"pay": Channel(answer)}
    scene.happen()
    scene.happen(at=AT + 3 * HOUR)

    delivery = scene.tell(5 * HOUR)

    assert len(delivery.astray) == len(delivery.sent) == len(scene.usual.seen) == 2
    assert "meant for the channel `pay`" in scene.usual.text()
    assert all(channel.tries == 1 for channel in scene.named.values())
    assert scene.ledger.unsent() == ()


def test_a_broken_usual_channel_does_not_hold_back_the_letters_of_another(scene: Scene) -> None:
    scene.telling, scene.named = _pay(accounts=Globs(("4*",))), {"pay": Channel()}
    scene.usual.answer = Closed("no_service")
    scene.happen()
    scene.happen(account="444455556666")

    delivery = scene.tell()

    assert len(scene.named["pay"].seen) == len(delivery.sent) == 1
    assert [left.why for left in delivery.left] == ["no_service"]


def test_what_slack_refuses_in_its_own_channel_is_refused_in_any(scene: Scene) -> None:
    scene.telling, scene.named = _pay(), {"pay": Channel(Rejected("invalid_blocks"))}
    scene.happen()

    delivery = scene.tell()

    assert (scene.usual.tries, [left.needs_a_person for left in delivery.left]) == (0, [True])


# --- who -------------------------------------------------------------------------------------

KNOWN = Mentions(
    people={"ana": ("U0000ANA1",)},
    teams={"payments": ("S0000PAY1",)},
    owners={TOLD.account: ("U0000OWN1", "W0000OWN2")},
)


@pytest.mark.parametrize(
    ("known", "who", "team", "shown"),
    [
        (KNOWN, ANA, "payments", "<@U0000ANA1>"),
        (KNOWN, BOT, "Payments", "<!subteam^S0000PAY1>"),
        (KNOWN, BOT, None, "<@U0000OWN1> <@W0000OWN2>"),
        (replace(KNOWN, people={}), ANA, "payments", "<!subteam^S0000PAY1>"),
    ],
)
def test_the_creator_is_asked_else_the_team_else_the_owner_of_the_account(
    scene: Scene, known: Mentions, who: Who, team: str | None, shown: str
) -> None:
    scene.telling = Telling(mentions=known)
    scene.happen(who=who, team=team, asks=(ASK,))

    scene.tell()

    assert f'*Asked:* {shown}"' in scene.usual.text()


def test_nobody_is_called_upon_who_is_asked_nothing_or_whom_nobody_knows(scene: Scene) -> None:
    scene.telling = Telling(mentions=replace(KNOWN, owners={}))
    scene.happen()
    scene.happen(who=BOT, asks=(ASK,), account="444455556666")

    scene.tell()

    assert len(scene.usual.seen) == 2
    assert "<@" not in scene.usual.text()
    assert "Asked" not in scene.usual.text()


def test_a_name_that_looks_like_a_mention_mentions_nobody(scene: Scene) -> None:
    scene.telling = Telling(mentions=KNOWN)
    scene.happen(
        who=Who(kind=Kind.PERSON, name="<@U0000BAD1>"),
        arn="<!channel>",
        call="<!subteam^S0000BAD1>",
    )

    scene.tell()

    assert "<@U0000BAD1>" not in scene.usual.text()
    assert "<!channel>" not in scene.usual.text()
    assert "<!subteam" not in scene.usual.text()


# --- when ------------------------------------------------------------------------------------


def test_a_denial_can_be_told_at_once_and_the_rest_of_its_window_later(scene: Scene) -> None:
    scene.telling = Telling(severity={Told.DENIED: Severity.INSTANT})
    scene.happen(result=Result.FAILED, trouble=Trouble.DENIED, why="no")
    scene.happen()

    scene.tell(timedelta(minutes=1))
    at_once = len(scene.usual.seen)
    scene.tell()

    assert (at_once, len(scene.usual.seen)) == (1, 2)


NIGHT = Quiet(since=time(19), until=time(8), zone=UTC)


def test_in_quiet_hours_letters_wait_even_those_that_slack_did_not_take(scene: Scene) -> None:
    scene.telling = Telling(quiet=(NIGHT,), severity={Told.FAILED: Severity.URGENT})
    scene.usual.answer = Unreachable("no answer in time")
    scene.happen()
    scene.tell()
    scene.usual.answer = Taken()
    scene.at = AT.replace(hour=20)
    scene.happen(result=Result.FAILED, trouble=Trouble.REMOTE, why="no")

    night = scene.tell(timedelta(0))
    morning = scene.tell(12 * HOUR)

    assert (len(night.sent), len(night.quiet), night.left) == (1, 1, ())
    assert (len(morning.sent), morning.quiet) == (1, ())


def test_a_digest_is_one_letter_a_day_of_all_that_a_person_answers_for(scene: Scene) -> None:
    scene.telling = Telling(mentions=KNOWN, severity={Told.TAGGED: Severity.DIGEST})
    for number in range(30):
        scene.happen(who=replace(BOT, name=f"ci-{number % 5}"), at=AT + (number + 1) * HOUR / 2)

    for _ in range(24 * 3):
        scene.tell()

    assert len(scene.usual.seen) == 1
    assert "ci-0, ci-1, ci-2, ci-3, ci-4 created 30 resources" in scene.usual.text()


def test_what_came_too_late_for_a_days_digest_is_in_the_next(scene: Scene) -> None:
    scene.telling = Telling(severity={Told.TAGGED: Severity.DIGEST})
    scene.happen(at=AT + HOUR)
    scene.tell(DAY)
    scene.happen(at=AT + 2 * HOUR)

    scene.tell(HOUR)
    same_day = len(scene.usual.seen)
    scene.tell(DAY)

    assert (same_day, len(scene.usual.seen)) == (1, 2)


# --- how often -------------------------------------------------------------------------------


def test_a_person_gets_so_many_messages_in_any_seven_days_and_loses_none(scene: Scene) -> None:
    scene.telling = Telling(most_per_week=3)
    sent = list[datetime]()
    for hour in range(24 * 16):
        if hour % 5 == 0:
            scene.happen()
        sent += [scene.at + HOUR] * len(scene.tell().sent)

    assert all(sum(a < b < a + 7 * DAY for b in sent) < 3 for a in sent)
    assert len(sent) >= 5
    for _ in range(24 * 8):
        scene.tell()
    assert scene.ledger.untold() == ()
    assert "Held back: a person gets at most 3 messages in a week" in scene.usual.text()
    assert "Held back" not in json.dumps(scene.usual.seen[:2])


def test_the_owner_of_many_machines_is_one_person(scene: Scene) -> None:
    scene.telling = Telling(mentions=KNOWN, most_per_week=2)
    for number in range(6):
        scene.happen(who=replace(BOT, name=f"ci-{number}"), asks=(ASK,))

    scene.tell()

    assert len(scene.usual.seen) == 1
    assert "Held back" in scene.usual.text()
    assert all(f"ci-{number}" in scene.usual.text() for number in range(6))


def test_one_person_of_two_channels_has_one_measure(scene: Scene) -> None:
    scene.telling = replace(_pay(types=Globs(("AWS::S3::*",))), most_per_week=1)
    scene.named["pay"] = Channel()
    scene.happen()
    scene.happen(type="AWS::SQS::Queue")

    scene.tell()

    assert len(scene.usual.seen) + len(scene.named["pay"].seen) == 1
    assert len(scene.ledger.untold()) == 1


def test_a_full_week_of_one_person_is_no_other_persons(scene: Scene) -> None:
    scene.telling = Telling(most_per_week=1)
    scene.happen()
    scene.tell()
    scene.happen()
    scene.happen(who=replace(ANA, name="ben"))

    scene.tell(2 * HOUR)

    assert len(scene.usual.seen) == 2
    assert len(scene.ledger.untold()) == 1


# --- asking again ----------------------------------------------------------------------------


def _reminders(scene: Scene) -> list[int]:
    """After how many days a reminder came."""
    days = []
    start = scene.at
    for _ in range(10 * 24):
        before = len(scene.usual.seen)
        scene.tell()
        if len(scene.usual.seen) > before and "still wait" in json.dumps(scene.usual.seen[-1]):
            days.append(round((scene.at - start) / DAY))
    return days


@pytest.mark.parametrize("language", Language)
def test_an_open_question_is_asked_again_after_one_three_and_seven_days(
    scene: Scene, language: Language
) -> None:
    scene.telling, scene.language = Telling(mentions=KNOWN), language
    scene.happen(asks=(ASK,))
    scene.tell()

    if language is Language.ENGLISH:
        assert _reminders(scene) == [1, 3, 7]
    else:
        scene.tell(DAY)
    assert scene.usual.text().count("<@U0000ANA1>") == len(scene.usual.seen) > 1
    assert all(len(messages) == 1 for messages in [scene.ledger.waiting()])


def test_the_questions_of_one_person_are_asked_again_in_one_letter_a_day(scene: Scene) -> None:
    for _ in range(5):
        scene.happen(asks=(ASK,))
        scene.tell()

    for _ in range(60):
        scene.tell()

    reminders = [each for each in scene.usual.seen if "still wait" in each["text"]]
    assert [each["text"].split(" still")[0] for each in reminders] == ["1 question", "4 questions"]


@pytest.mark.parametrize("how", ["answered", "settled elsewhere", "never"])
def test_who_has_nothing_to_answer_is_not_reminded(scene: Scene, how: str) -> None:
    scene.happen(asks=(ASK,))
    scene.tell()
    (asked,) = scene.ledger.waiting()
    if how == "answered":
        scene.ledger.answer(asked.id, "{}", scene.at)
    if how == "never":
        scene.telling = replace(scene.telling, reminders=())
    scene.open = how != "settled elsewhere"

    days = _reminders(scene)

    assert days == []
    assert scene.looked == ([asked.id] if how == "settled elsewhere" else [])
    assert len(scene.ledger.waiting()) == (how == "never")


def test_a_snoozed_question_rests_until_then_and_what_was_missed_is_asked_once(
    scene: Scene,
) -> None:
    scene.happen(asks=(ASK,))
    scene.tell()
    (asked,) = scene.ledger.waiting()

    snooze(scene.ledger, asked.id, moment("4d", scene.at), "ana")

    assert _reminders(scene) == [4, 7]


def test_a_full_week_puts_a_reminder_off(scene: Scene) -> None:
    scene.telling = Telling(most_per_week=1)
    scene.happen(asks=(ASK,))
    scene.tell()

    assert _reminders(scene) == [7]


def test_a_reminder_is_one_of_the_weeks_messages(scene: Scene) -> None:
    scene.telling = Telling(most_per_week=2)
    scene.happen(asks=(ASK,))
    scene.tell()

    assert _reminders(scene) == [1, 7]


def test_nothing_is_made_ready_in_the_night_that_the_morning_may_not_need(scene: Scene) -> None:
    scene.telling = Telling(quiet=(NIGHT,))
    scene.happen(asks=(ASK,))
    scene.tell()
    (asked,) = scene.ledger.waiting()
    scene.at = AT.replace(hour=20) + DAY

    scene.tell(timedelta(0))
    scene.ledger.answer(asked.id, "{}", scene.at)
    scene.tell(12 * HOUR)

    assert "still wait" not in scene.usual.text()


def test_what_was_settled_elsewhere_is_not_open_in_the_days_summary(scene: Scene) -> None:
    scene.happen(asks=(ASK,))
    scene.tell()
    assert scene.ledger.slate("open")
    scene.open = False

    scene.tell(DAY)

    assert scene.ledger.slate("open") == {}


def test_more_questions_than_a_letter_holds_are_left_for_the_next_day(scene: Scene) -> None:
    for number in range(12):
        scene.happen(asks=(replace(ASK, key=f"Key{number}"),))
    scene.tell()

    scene.tell(DAY)
    scene.tell(DAY)

    reminders = [each for each in scene.usual.seen if "still wait" in each["text"]]
    assert ["4 more wait" in json.dumps(each) for each in reminders] == [True, False]
    assert "4 questions" in reminders[1]["text"]


def test_what_cannot_be_snoozed_is_named(scene: Scene) -> None:
    scene.ledger.ask("old", "{}", AT)
    scene.ledger.answer("old", "{}", AT)

    with pytest.raises(ConfigError, match="Q9 is unknown"):
        snooze(scene.ledger, "Q9", AT, "ana")
    with pytest.raises(ConfigError, match="old is answered"):
        snooze(scene.ledger, "old", AT, "ana")


@pytest.mark.parametrize("text", ["", "soon", "0d", "2020-01-01", "9999d", "2130-01-01", "3m"])
def test_a_rest_has_an_end_that_can_be_read(text: str) -> None:
    with pytest.raises(ConfigError, match="--until"):
        moment(text, AT)


def test_a_rest_ends_on_a_day_or_after_some() -> None:
    assert moment("3d", AT) == AT + 3 * DAY
    assert moment("2026-12-24", AT) == datetime(2026, 12, 24, tzinfo=UTC)
    assert moment("2026-12-24T09:00+09:00", AT) == datetime(2026, 12, 24, tzinfo=UTC)
