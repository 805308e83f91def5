"""Carrying a request to Slack and trying again where that may help; it neither words nor keeps.

slack-sdk's own client is not used: it writes the URL into its log (`webhook/client.py`, DEBUG
and INFO), and it sleeps by itself. Nothing here logs, and every failure is a value: no
exception, and so no traceback, ever holds a URL or a token.
"""

import http.client
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from awsteward.clients.secret import is_loopback

PAUSE: Final = 1.0
"""Seconds between messages: https://docs.slack.dev/apis/web-api/rate-limits, posting messages."""
TRIES: Final = 5
TIMEOUT: Final = 10.0
LONGEST_WAIT: Final = 120.0
_LONGEST_ANSWER = 65_536
"""Bytes: the Web API sends a posted message back."""
_LONGEST_WORD = 4096
_TOO_MANY = 429
_TIMED_OUT = 408


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, of any status that trying again would not change."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Nobody knows whether the request was taken; later it may go better."""

    why: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Try again after so many seconds (None: as long as this kind of failure deserves)."""

    why: str
    seconds: float | None = None


Slowly = Callable[[Answer], Wait | None]
"""Whether an answer, too, asks for another try."""


class Courier:
    """About one request a second to one host, as Slack asks."""

    def __init__(
        self,
        host: str,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        timeout: float = TIMEOUT,
    ) -> None:
        """Take a monotonic *clock* and a matching *sleep*, in seconds."""
        self._clock = clock
        self._sleep = sleep
        self._timeout = timeout
        self._opener = _opener(host)
        self._next = clock()

    def carry(self, request: Request, slowly: Slowly = lambda _: None) -> Answer | Unanswered:
        """Send it; each timeout on the way may have been taken all the same."""
        why = ""
        for attempt in range(TRIES):
            self._sleep(max(0.0, self._next - self._clock()))
            outcome = self._attempt(request)
            self._next = self._clock() + PAUSE
            if isinstance(outcome, Answer):
                wait = slowly(outcome)
                if wait is None:
                    return outcome
                outcome = wait
            why = outcome.why
            seconds = 2.0**attempt if outcome.seconds is None else outcome.seconds
            if seconds > LONGEST_WAIT:
                return Unanswered(f"{why}, and to wait {seconds:.0f} seconds")
            self._next = self._clock() + max(PAUSE, seconds)
        return Unanswered(f"{why}, {TRIES} times")

    def _attempt(self, request: Request) -> Answer | Wait:
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                return Answer(answer.status, answer.read(_LONGEST_ANSWER))
        except HTTPError as error:
            return _refused(error)
        except URLError as error:
            return Wait(f"could not connect ({_reason(error.reason)})")
        except TimeoutError:
            return Wait("no answer in time")
        except (OSError, http.client.HTTPException) as error:
            return Wait(f"the connection broke ({type(error).__name__})")


def host_of(url: str) -> str:
    """The host that *url* leads to."""
    return urlsplit(url).hostname or ""


class _NoRedirects(HTTPRedirectHandler):
    """Slack does not move; following would hand the message to whoever is named."""

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


def _opener(host: str) -> OpenerDirector:
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


def _refused(error: HTTPError) -> Answer | Wait:
    status = error.code
    try:
        if status == _TOO_MANY:
            return Wait("Slack asked to slow down", _seconds(error.headers.get("Retry-After")))
        if status >= 500 or status == _TIMED_OUT:  # noqa: PLR2004
            return Wait(f"Slack failed (HTTP {status})")
        return Answer(status, error.read(_LONGEST_WORD))
    except (OSError, http.client.HTTPException):
        return Answer(status, b"")
    finally:
        error.close()


def _seconds(header: str | None) -> float | None:
    """Retry-After in seconds, as Slack sends it; None for a date, which Slack never sends."""
    return float(header) if header and re.fullmatch(r"\s*[0-9]{1,9}\s*", header) else None
