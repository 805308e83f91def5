"""The door to Slack: one incoming webhook. It neither words nor keeps messages."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from typing import Any, Final, Protocol, assert_never
from urllib.request import Request

import msgspec

from awsteward.clients.courier import TIMEOUT, Answer, Courier, Unanswered, host_of
from awsteward.clients.secret import Secret

_WORDS: Final[Mapping[str, Any]] = tomllib.loads(
    (files("awsteward.clients") / "slack.toml").read_text("utf-8")
)


@dataclass(frozen=True, slots=True)
class Taken:
    """Slack has the message; where it lies is said to a bot only, and lets it be changed."""

    channel: str = ""
    ts: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Slack will never take this message; others may pass."""

    why: str


@dataclass(frozen=True, slots=True)
class Closed:
    """Slack will take no message here until a person acts."""

    why: str


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Nobody knows whether Slack has it; trying again later may help."""

    why: str


Posted = Taken | Rejected | Closed | Unreachable


class Slack(Protocol):
    """Where messages go."""

    def post(self, payload: bytes) -> Posted:
        """Hand over one message (JSON); tries more than once where that may help."""
        ...


class Webhook:
    """An incoming webhook as `Slack`."""

    def __init__(
        self,
        url: Secret,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        timeout: float = TIMEOUT,
    ) -> None:
        """Take a monotonic *clock* and a matching *sleep*, in seconds."""
        self._url = url
        self._courier = Courier(host_of(url.reveal()), clock=clock, sleep=sleep, timeout=timeout)

    def post(self, payload: bytes) -> Posted:
        """See `Slack.post`; each timeout on the way may leave one copy more in the channel."""
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "awsteward"}
        request = Request(  # noqa: S310 - `secret.checked` admits https, and http on loopback
            self._url.reveal(), data=payload, headers=headers, method="POST"
        )
        match self._courier.carry(request):
            case Unanswered(why):
                return Unreachable(why)
            case Answer(status, body) if status < 300:  # noqa: PLR2004
                return _accepted(status, body)
            case Answer(status, body):
                return _refused(status, body)
            case other:
                assert_never(other)


def _accepted(status: int, body: bytes) -> Taken | Closed:
    """A message is taken only where that is said: a login page, too, comes with HTTP 200.

    Slack and Mattermost (server/channels/web/webhook.go) answer ``ok``; Rocket.Chat
    (app/integrations/server/api/api.ts) and Zulip (webhooks/slack_incoming/view.py) an object
    that says so; Discord's webhooks a 204 (https://discord.com/developers/docs/resources/webhook).
    No server was found that answers an empty 200.
    """
    if status == HTTPStatus.NO_CONTENT or body.strip() == b"ok" or _says_success(body):
        return Taken()
    return Closed(
        f"HTTP {status}, but not with Slack's `ok`: a login page or a proxy may have answered; "
        "check the URL, and the network between"
    )


def _says_success(body: bytes) -> bool:
    try:
        told: object = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    if not isinstance(told, dict):
        return False
    return told.get("success") is True or told.get("result") == "success"


def _refused(status: int, body: bytes) -> Posted:
    word = _word(body)
    if 300 <= status < 400:  # noqa: PLR2004
        return Closed(f"the URL leads elsewhere (HTTP {status}), which is not followed; copy it")
    if word in _WORDS["channel"]:
        return Closed(f"{word}: {_WORDS['channel'][word]}")
    if word in _WORDS["letter"] or status in (400, 413):
        return Rejected(f"HTTP {status} {word}".strip())
    return Closed(f"HTTP {status} {word}".strip())


def _word(body: bytes) -> str:
    """Slack's one-word reason; anything else (a proxy's page) may quote the URL and is dropped."""
    text = body.decode("utf-8", "replace").strip()
    return text if re.fullmatch(r"[a-z]+(_[a-z]+){1,9}", text) else ""
