"""The door to Slack: one incoming webhook, with retries. It neither words nor keeps messages.

slack-sdk's own client is not used: it writes the URL into its log (`webhook/client.py`, DEBUG
and INFO), and it sleeps by itself. Nothing here logs, and every failure is a value: no
exception, and so no traceback, ever holds the URL.
"""

import http.client
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from typing import IO, Any, Final, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

import msgspec

from awsteward.clients.secret import SecretUrl, is_loopback

PAUSE = 1.0
"""Seconds between messages: https://docs.slack.dev/apis/web-api/rate-limits, posting messages."""
TRIES = 5
TIMEOUT = 10.0
LONGEST_WAIT = 120.0
_LONGEST_ANSWER = 4096

_WORDS: Final[Mapping[str, Any]] = tomllib.loads(
    (files("awsteward.clients") / "slack.toml").read_text("utf-8")
)
_TOO_MANY = 429
_TIMED_OUT = 408


@dataclass(frozen=True, slots=True)
class Taken:
    """Slack has the message."""


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


@dataclass(frozen=True, slots=True)
class _Wait:
    """Try again after so many seconds (None: as long as this kind of failure deserves)."""

    why: str
    seconds: float | None = None


class Webhook:
    """An incoming webhook as `Slack`; about one message a second, as Slack asks."""

    def __init__(
        self,
        url: SecretUrl,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        timeout: float = TIMEOUT,
    ) -> None:
        """Take a monotonic *clock* and a matching *sleep*, in seconds."""
        self._url = url
        self._clock = clock
        self._sleep = sleep
        self._timeout = timeout
        self._opener = _opener(url)
        self._next = clock()

    def post(self, payload: bytes) -> Posted:
        """See `Slack.post`; each timeout on the way may leave one copy more in the channel."""
        why = ""
        for attempt in range(TRIES):
            self._sleep(max(0.0, self._next - self._clock()))
            outcome = self._attempt(payload)
            self._next = self._clock() + PAUSE
            if not isinstance(outcome, _Wait):
                return outcome
            why = outcome.why
            seconds = 2.0**attempt if outcome.seconds is None else outcome.seconds
            if seconds > LONGEST_WAIT:
                return Unreachable(f"{why}, and to wait {seconds:.0f} seconds")
            self._next = self._clock() + max(PAUSE, seconds)
        return Unreachable(f"{why}, {TRIES} times")

    def _attempt(self, payload: bytes) -> Posted | _Wait:
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "awsteward"}
        request = Request(  # noqa: S310 - `secret.checked` admits https, and http on loopback
            self._url.reveal(), data=payload, headers=headers, method="POST"
        )
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                return _accepted(answer.status, answer.read(_LONGEST_ANSWER))
        except HTTPError as error:
            return _refused(error)
        except URLError as error:
            return _Wait(f"could not connect ({_reason(error.reason)})")
        except TimeoutError:
            return _Wait("no answer in time")
        except (OSError, http.client.HTTPException) as error:
            return _Wait(f"the connection broke ({type(error).__name__})")


class _NoRedirects(HTTPRedirectHandler):
    """A webhook does not move; following would hand the message to whoever is named."""

    def redirect_request(
        self,
        req: Request,  # noqa: ARG002
        fp: IO[bytes],  # noqa: ARG002
        code: int,  # noqa: ARG002
        msg: str,  # noqa: ARG002
        headers: http.client.HTTPMessage,  # noqa: ARG002
        newurl: str,  # noqa: ARG002
    ) -> None:
        return None


def _opener(url: SecretUrl) -> OpenerDirector:
    host = urlsplit(url.reveal()).hostname or ""
    # A proxy cannot reach this machine's own loopback; other hosts follow HTTPS_PROXY.
    return build_opener(_NoRedirects, *([ProxyHandler({})] if is_loopback(host) else []))


def _reason(reason: object) -> str:
    """Only the kind: a reason's text may hold what a proxy or a resolver was asked for."""
    match reason:
        case TimeoutError():
            return "no answer in time"
        case OSError(strerror=str(words)) if type(reason).__module__ != "ssl":
            return words
        case BaseException():
            return type(reason).__name__
        case _:
            return "no reason given"


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


def _refused(error: HTTPError) -> Posted | _Wait:
    status, word = error.code, _word(error)
    if status == _TOO_MANY:
        return _Wait("Slack asked to slow down", _seconds(error.headers.get("Retry-After")))
    if status >= 500 or status == _TIMED_OUT:  # noqa: PLR2004
        return _Wait(f"Slack failed (HTTP {status})")
    if 300 <= status < 400:  # noqa: PLR2004
        return Closed(f"the URL leads elsewhere (HTTP {status}), which is not followed; copy it")
    if word in _WORDS["channel"]:
        return Closed(f"{word}: {_WORDS['channel'][word]}")
    if word in _WORDS["letter"] or status in (400, 413):
        return Rejected(f"HTTP {status} {word}".strip())
    return Closed(f"HTTP {status} {word}".strip())


def _word(error: HTTPError) -> str:
    """Slack's one-word reason; anything else (a proxy's page) may quote the URL and is dropped."""
    try:
        text = error.read(200).decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException):
        return ""
    finally:
        error.close()
    return text if re.fullmatch(r"[a-z]+(_[a-z]+){1,9}", text) else ""


def _seconds(header: str | None) -> float | None:
    """Retry-After in seconds, as Slack sends it; None for a date, which Slack never sends."""
    return float(header) if header and re.fullmatch(r"\s*[0-9]{1,9}\s*", header) else None
