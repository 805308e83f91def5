import gc
import io
import logging
import traceback
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from urllib.parse import urlsplit

import pytest

from awsteward.clients.courier import TRIES
from awsteward.clients.secret import Secret
from awsteward.clients.slack import Closed, Posted, Rejected, Taken, Unreachable, Webhook
from awsteward.demo.receiver import Hang, HangUp, Receiver, Say, Send, receiver

MESSAGE = b'{"text": "hello"}'


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        if seconds:
            self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def held() -> Iterator[Receiver]:
    with receiver() as opened:
        yield opened


def _webhook(url: str, clock: Clock, timeout: float = 5.0) -> Webhook:
    return Webhook(Secret(url), clock=clock, sleep=clock.sleep, timeout=timeout)


def test_a_message_arrives(held: Receiver) -> None:
    assert _webhook(held.url, Clock()).post(MESSAGE) == Taken()
    assert held.messages == [{"text": "hello"}]


def test_messages_leave_a_second_apart(held: Receiver) -> None:
    clock = Clock()
    webhook = _webhook(held.url, clock)

    for _ in range(3):
        webhook.post(MESSAGE)

    assert clock.slept == [1.0, 1.0]


def test_retry_after_is_waited_for(held: Receiver) -> None:
    held.mischief.append(Say(429, "rate_limited", retry_after=7))
    clock = Clock()

    assert _webhook(held.url, clock).post(MESSAGE) == Taken()
    assert clock.slept == [7.0]
    assert len(held.messages) == 1


def test_a_very_long_retry_after_is_left_to_the_next_run(held: Receiver) -> None:
    held.mischief.append(Say(429, "rate_limited", retry_after=3600))
    clock = Clock()

    assert isinstance(_webhook(held.url, clock).post(MESSAGE), Unreachable)
    assert clock.slept == []


@pytest.mark.parametrize(
    "mischief",
    [
        pytest.param(Say(500, "rollup_error"), id="500"),
        pytest.param(Say(503, "<html>proxy</html>"), id="503"),
        pytest.param(Say(429, "rate_limited"), id="429-without-a-time"),
        pytest.param(HangUp(keep=False), id="hangs-up"),
    ],
)
def test_what_may_pass_is_tried_again_ever_later(held: Receiver, mischief: Say | HangUp) -> None:
    held.mischief += [mischief] * 3
    clock = Clock()

    assert _webhook(held.url, clock).post(MESSAGE) == Taken()
    assert clock.slept == [1.0, 2.0, 4.0]


def test_an_answer_that_never_comes_is_tried_again_and_may_repeat_the_message_once(
    held: Receiver,
) -> None:
    held.mischief.append(Hang(keep=True))

    assert _webhook(held.url, Clock(), timeout=0.2).post(MESSAGE) == Taken()
    assert len(held.messages) == 2


def test_after_enough_tries_it_is_left(held: Receiver) -> None:
    held.mischief += [Say(500, "x")] * 100

    outcome = _webhook(held.url, Clock()).post(MESSAGE)

    assert outcome == Unreachable("Slack failed (HTTP 500), 5 times")
    assert held.requests == TRIES


@pytest.mark.parametrize(
    ("status", "word", "outcome"),
    [
        (400, "invalid_payload", Rejected("HTTP 400 invalid_payload")),
        (400, "invalid_blocks", Rejected("HTTP 400 invalid_blocks")),
        (413, "<html>too large</html>", Rejected("HTTP 413")),
        (403, "secret in a page of a proxy", Closed("HTTP 403")),
    ],
)
def test_what_will_never_pass_is_not_tried_again(
    held: Receiver, status: int, word: str, outcome: Posted
) -> None:
    held.mischief.append(Say(status, word))

    assert _webhook(held.url, Clock()).post(MESSAGE) == outcome
    assert held.requests == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(200, "ok\n", id="slack-and-mattermost"),
        pytest.param(200, '{"success":true}', id="rocket.chat"),
        pytest.param(200, '{"result":"success","msg":""}', id="zulip"),
        pytest.param(204, "", id="discord"),
    ],
)
def test_what_compatible_servers_answer_is_taken(held: Receiver, status: int, body: str) -> None:
    held.mischief.append(Say(status, body))

    assert _webhook(held.url, Clock()).post(MESSAGE) == Taken()


@pytest.mark.parametrize(
    "body",
    [
        "<html>Sign in to ExampleNet, okay?</html>",
        "<html>" + "Sign in " * 10_000,
        "",
        "okay",
        '{"success":false}',
        '{"success":"true"}',
        "[" * 4096,
    ],
    ids=lambda body: body[:16],
)
def test_a_page_in_place_of_slack_s_ok_is_no_delivery_and_is_not_quoted(
    held: Receiver, body: str
) -> None:
    held.mischief.append(Say(200, body))

    outcome = _webhook(held.url, Clock()).post(MESSAGE)

    assert isinstance(outcome, Closed)
    assert "HTTP 200" in outcome.why
    assert "Sign in" not in outcome.why
    assert held.requests == 1


@pytest.mark.parametrize("word", ["no_service", "channel_not_found", "channel_is_archived"])
def test_a_webhook_that_is_gone_is_told_from_a_bad_message(held: Receiver, word: str) -> None:
    held.mischief.append(Say(404, word))

    outcome = _webhook(held.url, Clock()).post(MESSAGE)

    assert isinstance(outcome, Closed)
    assert outcome.why.startswith(f"{word}: ")


def test_a_redirect_is_not_followed(held: Receiver) -> None:
    with receiver() as other:
        held.mischief.append(Send(other.url))

        assert isinstance(_webhook(held.url, Clock()).post(MESSAGE), Closed)
        assert other.requests == 0


def test_nobody_listening_is_unreachable() -> None:
    with receiver() as gone:
        url = gone.url

    outcome = _webhook(url, Clock()).post(MESSAGE)

    assert outcome == Unreachable("could not connect (Connection refused), 5 times")


@pytest.mark.parametrize(
    "mischief",
    [Say(500, "x"), Say(404, "no_service"), Send("http://127.0.0.1:9/x"), HangUp(keep=False), None],
)
def test_the_url_is_in_no_log_outcome_or_output(
    held: Receiver, mischief: Say | Send | HangUp | None, caplog: pytest.LogCaptureFixture
) -> None:
    held.mischief += [mischief] * TRIES if mischief else []
    secret = urlsplit(held.url).path
    printed = io.StringIO()

    with caplog.at_level(logging.DEBUG), redirect_stderr(printed), redirect_stdout(printed):
        webhook = _webhook(held.url, Clock())
        outcome = webhook.post(MESSAGE)
        gc.collect()

    shown = f"{outcome!r} {webhook!r} {caplog.text} {printed.getvalue()} {traceback.format_exc()}"
    assert secret not in shown
    assert "demonstration" not in shown
