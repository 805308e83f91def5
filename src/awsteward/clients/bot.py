"""The door to Slack's Web API: a bot that posts, changes what it posted, and speaks to one person.

It neither words nor keeps messages. https://docs.slack.dev/apis/web-api
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final, assert_never
from urllib.request import Request

import msgspec

from awsteward.clients.courier import Answer, Courier, Unanswered, Wait, host_of
from awsteward.clients.secret import Secret
from awsteward.clients.slack import Closed, Posted, Rejected, Taken, Unreachable

HOST: Final = "https://slack.com/api/"
CHANNEL: Final = "channel:"
"""Begins a reference to a channel by its id, as others begin with ``ssm:``."""

_ERRORS: Final[Mapping[str, Any]] = tomllib.loads(
    (files("awsteward.clients") / "slack_api.toml").read_text("utf-8")
)


class _Told(msgspec.Struct, frozen=True):
    """What of an answer counts; see https://docs.slack.dev/apis/web-api (evaluating responses)."""

    ok: bool
    error: str = ""
    channel: str = ""
    ts: str = ""


class Bot:
    """One bot in one workspace."""

    def __init__(
        self,
        token: Secret,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        host: str = HOST,
    ) -> None:
        """Take a monotonic *clock* and a matching *sleep*, in seconds."""
        self._token = token
        self._host = host
        self._courier = Courier(host_of(host), clock=clock, sleep=sleep)

    def post(self, channel: str, message: Mapping[str, Any]) -> Posted:
        """Post to a channel, or to one person by their id; see `Slack.post`."""
        return self._call("chat.postMessage", {**message, "channel": channel})

    def change(self, at: Taken, message: Mapping[str, Any]) -> Posted:
        """Put *message* where the one lies that was taken *at*."""
        # Left out, `parse` means something else here than where it was posted.
        where = {"channel": at.channel, "ts": at.ts, "parse": "none"}
        return self._call("chat.update", {**message, **where})

    def whisper(self, channel: str, user: str, text: str) -> Posted:
        """Say something in a channel that only *user* sees."""
        return self._call("chat.postEphemeral", {"channel": channel, "user": user, "text": text})

    def who(self) -> Posted:
        """Whether Slack knows the token; posts nothing."""
        return self._call("auth.test", {})

    def _call(self, method: str, params: Mapping[str, Any]) -> Posted:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "awsteward",
            "Authorization": f"Bearer {self._token.reveal()}",
        }
        request = Request(  # noqa: S310 - https, or what a test gives
            self._host + method, data=msgspec.json.encode(params), headers=headers, method="POST"
        )
        match self._courier.carry(request, _slowly):
            case Unanswered(why):
                return Unreachable(why)
            case Answer(status, body):
                return _meant(status, body)
            case other:
                assert_never(other)


@dataclass(frozen=True, slots=True)
class BotChannel:
    """One channel, or one person, as `Slack`."""

    bot: Bot
    id: str

    def post(self, payload: bytes) -> Posted:
        """See `Slack.post`."""
        return self.bot.post(self.id, msgspec.json.decode(payload, type=dict[str, Any]))


def _slowly(answer: Answer) -> Wait | None:
    """Some failures come with HTTP 200 and pass."""
    word = _told(answer.body).error
    return Wait(f"Slack said {word}") if word in _ERRORS["passing"] else None


def _meant(status: int, body: bytes) -> Posted:
    told = _told(body)
    if told.ok:
        return Taken(channel=told.channel, ts=told.ts)
    if told.error in _ERRORS["letter"]:
        return Rejected(told.error)
    if why := _ERRORS["channel"].get(told.error):
        return Closed(f"{told.error}: {why}")
    return Closed(f"HTTP {status} {told.error}".strip())


def _told(body: bytes) -> _Told:
    """A page of somebody else's says nothing, and is not shown."""
    try:
        told = msgspec.json.decode(body, type=_Told)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _Told(ok=False)
    known = told.error.replace("_", "").isalnum() and told.error.isascii()
    return told if known or not told.error else _Told(ok=False)
