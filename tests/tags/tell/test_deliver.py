from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from awsteward.clients.secret import Secret
from awsteward.clients.slack import Closed, Posted, Rejected, Taken, Unreachable, Webhook
from awsteward.core import slack
from awsteward.demo.receiver import HangUp, Say, receiver
from awsteward.tags.tell.deliver import Delivery, Left, deliver, keep
from awsteward.tags.tell.letter import Letter
from awsteward.tags.tell.notice import Kind, Who

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


class KilledError(Exception):
    """The process is gone."""


class MemoryOutbox:
    def __init__(self) -> None:
        self.letters: dict[str, str] = {}
        self.done: set[str] = set()

    def put(self, letter_id: str, payload: str, at: datetime) -> bool:
        assert at is NOW
        new = letter_id not in self.letters
        self.letters.setdefault(letter_id, payload)
        return new

    def unsent(self) -> tuple[tuple[str, str], ...]:
        return tuple((i, p) for i, p in self.letters.items() if i not in self.done)

    def sent(self, letter_id: str, at: datetime) -> None:
        assert at is NOW
        self.done.add(letter_id)

    def chalk(self, kind: str, name: str, body: str, until: datetime) -> None:
        raise AssertionError("a webhook's messages lie nowhere")

    def slate(self, kind: str) -> dict[str, str]:
        return {}

    def wipe(self, kind: str, name: str) -> None:
        raise AssertionError("a webhook's messages lie nowhere")


class Channel:
    """A Slack that answers as told (then takes everything) and shows what people see."""

    def __init__(self, *answers: Posted) -> None:
        self.answers = list(answers)
        self.seen: list[str] = []

    def post(self, payload: bytes) -> Posted:
        outcome = self.answers.pop(0) if self.answers else Taken()
        if isinstance(outcome, Taken):
            self.seen.append(payload.decode())
        return outcome


class Dying:
    """Passes every call on, and kills the process before or after the nth."""

    def __init__(self, fatal: int, *, after: bool) -> None:
        self.left = fatal
        self.after = after

    def __call__(self) -> bool:
        """Count a step; True when this is the one after which to die."""
        self.left -= 1
        if self.left == 0 and not self.after:
            raise KilledError
        return self.left == 0


class DyingOutbox(MemoryOutbox):
    def __init__(self) -> None:
        super().__init__()
        self.step: Callable[[], bool] = lambda: False

    def put(self, letter_id: str, payload: str, at: datetime) -> bool:
        fatal = self.step()
        new = super().put(letter_id, payload, at)
        if fatal:
            raise KilledError
        return new

    def sent(self, letter_id: str, at: datetime) -> None:
        fatal = self.step()
        super().sent(letter_id, at)
        if fatal:
            raise KilledError


class DyingChannel(Channel):
    def __init__(self) -> None:
        super().__init__()
        self.step: Callable[[], bool] = lambda: False

    def post(self, payload: bytes) -> Posted:
        fatal = self.step()
        outcome = super().post(payload)
        if fatal:
            raise KilledError
        return outcome


def letter(name: str) -> Letter:
    who = Who(kind=Kind.PERSON, name="ana")
    return Letter(id=name, creator=who, window_start=NOW, payload={"text": name}, questions=())


def now() -> datetime:
    return NOW


LETTERS = (letter("a"), letter("b"), letter("c"))
SHOWN = ['{"text":"a"}', '{"text":"b"}', '{"text":"c"}']


def test_letters_are_sent_in_order_and_only_once() -> None:
    outbox, channel = MemoryOutbox(), Channel()
    for _ in range(3):
        keep(outbox, LETTERS, NOW)
        deliver(outbox, channel, now)

    assert channel.seen == SHOWN


def test_what_was_kept_before_is_known() -> None:
    outbox = MemoryOutbox()

    assert keep(outbox, LETTERS[:2], NOW) == ("a", "b")
    assert keep(outbox, LETTERS, NOW) == ("c",)


def test_letters_reach_a_channel_whole_and_show_their_ids() -> None:
    outbox, clock = MemoryOutbox(), [0.0]
    letters = [replace(letter("abc"), payload=_shown("abc")), replace(letter("x"), payload={})]
    with receiver() as held:
        held.mischief += [Say(500, "rollup_error"), HangUp(keep=True)]
        webhook = Webhook(
            Secret(held.url),
            clock=lambda: clock[0],
            sleep=lambda s: clock.append(clock.pop() + s),
        )
        keep(outbox, letters, NOW)

        delivery = deliver(outbox, webhook, now)

    assert delivery.sent == ("abc",)
    assert [left.id for left in delivery.left] == ["x"]
    assert held.messages == [_shown("abc")] * 2
    assert "abc" in str(held.messages[0]["blocks"])


def _shown(name: str) -> dict[str, object]:
    return {"text": name, "blocks": [dict(slack.context([f"message {slack.code(name)}"]))]}


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("fatal", range(1, 10))
def test_a_kill_at_any_step_loses_nothing_and_repeats_at_most_one_letter(
    fatal: int, *, after: bool
) -> None:
    outbox, channel = DyingOutbox(), DyingChannel()
    outbox.step = channel.step = Dying(fatal, after=after)
    try:
        keep(outbox, LETTERS, NOW)
        deliver(outbox, channel, now)
    except KilledError:
        outbox.step = channel.step = lambda: False

    keep(outbox, LETTERS, NOW)
    deliver(outbox, channel, now)

    assert list(dict.fromkeys(channel.seen)) == SHOWN
    assert len(channel.seen) <= len(SHOWN) + 1
    assert outbox.unsent() == ()


def test_a_letter_slack_will_not_take_stays_and_is_named_while_others_go() -> None:
    outbox, channel = MemoryOutbox(), Channel(Taken(), Rejected("HTTP 400 invalid_blocks"))
    keep(outbox, LETTERS, NOW)

    delivery = deliver(outbox, channel, now)

    left = Left(id="b", why="HTTP 400 invalid_blocks", needs_a_person=True)
    assert delivery == Delivery(("a", "c"), (left,))
    assert [name for name, _ in outbox.unsent()] == ["b"]


@pytest.mark.parametrize(
    ("outcome", "person"), [(Closed("no_service"), True), (Unreachable("HTTP 500"), False)]
)
def test_where_nothing_more_would_pass_the_rest_waits_and_is_named(
    outcome: Closed | Unreachable, *, person: bool
) -> None:
    outbox, channel = MemoryOutbox(), Channel(Taken(), outcome)
    keep(outbox, LETTERS, NOW)

    first = deliver(outbox, channel, now)
    second = deliver(outbox, channel, now)

    assert first.left == tuple(
        Left(id=name, why=outcome.why, needs_a_person=person) for name in ("b", "c")
    )
    assert second == Delivery(("b", "c"), ())
    assert channel.seen == SHOWN
