"""A Slack-compatible webhook on this machine: takes messages as strictly as Slack does.

For the demo and for tests. It knows Slack's rules by itself (it shares no table with
`core.slack`, which makes the messages), and it can be told to misbehave.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

PATH: Final = "/services/T00000000/B00000000/demonstration"
_HOLD = 30.0


@dataclass(frozen=True, slots=True)
class Say:
    """Answer with a status and one word, and keep nothing."""

    status: int
    word: str
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Hang:
    """Keep the message (or not) and never answer."""

    keep: bool


@dataclass(frozen=True, slots=True)
class HangUp:
    """Keep the message (or not) and close the connection without an answer."""

    keep: bool


@dataclass(frozen=True, slots=True)
class Send:
    """Answer with a redirect."""

    to: str


Mischief = Say | Hang | HangUp | Send


@dataclass(slots=True)
class Receiver:
    """What was received, and what is to go wrong with the next requests, in order."""

    url: str
    messages: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """Why messages were turned away, in Slack's words and then ours."""
    mischief: list[Mischief] = field(default_factory=list)
    requests: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _one: threading.Lock = field(default_factory=threading.Lock)

    def take(self, body: bytes) -> tuple[int, str]:
        """Keep one message, or refuse it: HTTP status and Slack's word."""
        try:
            payload = json.loads(body)
        except ValueError:
            return self._refuse("invalid_payload", "is not JSON")
        if not isinstance(payload, dict):
            return self._refuse("invalid_payload", "is not an object")
        found = next(flaws(payload), None)
        if found is not None:
            return self._refuse(*found)
        self.messages.append(payload)
        return 200, "ok"

    def _refuse(self, word: str, why: str) -> tuple[int, str]:
        self.refused.append(f"{word}: {why}")
        return 400, word


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Receive on a free loopback port until the end of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = False
    held = Receiver(f"http://127.0.0.1:{server.server_address[1]}{PATH}")
    server.RequestHandlerClass = type("_Bound", (_Handler,), {"held": held})
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield held
    finally:
        held._over.set()  # noqa: SLF001 (its own maker)
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    """One request. Inherits because that is how the standard library's server takes handlers."""

    held: Receiver

    def do_POST(self) -> None:
        """Take a message, or do the mischief that is next."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        held = self.held
        with held._one:  # noqa: SLF001 (the receiver's other half)
            held.requests += 1
            mischief = held.mischief.pop(0) if held.mischief else None
            status, word = self._answer(mischief, body)
        match mischief:
            case Hang():
                held._over.wait(_HOLD)  # noqa: SLF001
            case HangUp():
                pass
            case Say(retry_after=int(seconds)):
                self._reply(status, word, {"Retry-After": str(seconds)})
            case Send(to):
                self._reply(status, word, {"Location": to})
            case _:
                self._reply(status, word, {})
        self.close_connection = True

    def _answer(self, mischief: Mischief | None, body: bytes) -> tuple[int, str]:
        match mischief:
            case Say(status, word):
                return status, word
            case Send():
                return 302, ""
            case Hang(keep=False) | HangUp(keep=False):
                return 0, ""
            case _:
                pass
        if self.path != PATH:
            return 404, "no_service"
        return self.held.take(body)

    def _reply(self, status: int, word: str, headers: Mapping[str, str]) -> None:
        text = word.encode()
        try:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(text)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)
        except OSError:
            return  # the sender gave up waiting

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
        """Say nothing: the path is a secret."""


# --- Slack's rules ---------------------------------------------------------------------------
# https://docs.slack.dev/reference/block-kit/blocks and .../composition-objects/text-object

Flaw = tuple[str, str]


def flaws(payload: Mapping[str, Any]) -> Iterator[Flaw]:
    """What Slack would object to: its word, and ours for the reason."""
    blocks = payload.get("blocks", [])
    if not payload.get("text") and not blocks:
        yield "no_text", "has neither text nor blocks"
    if not isinstance(blocks, list) or len(blocks) > 50:  # noqa: PLR2004 (Slack's limits stand where they hold)
        yield "invalid_blocks", "blocks is not a list of at most 50"
        return
    for number, block in enumerate(blocks):
        for why in _block_flaws(block):
            yield "invalid_blocks", f"block {number}: {why}"
    # Measured, not documented: https://github.com/slackapi/bolt-js/issues/2509
    if len(json.dumps(blocks, ensure_ascii=False)) > 13_000:  # noqa: PLR2004
        yield "msg_blocks_too_long", "the blocks are longer than 13,000 characters"


def _block_flaws(block: object) -> Iterator[str]:
    if not isinstance(block, dict):
        yield "is not an object"
        return
    match block:
        case {"type": "divider", **rest}:
            yield from (f"unknown member {name}" for name in rest)
        case {"type": "header", "text": {"type": "plain_text"} as text}:
            yield from _text_flaws(text, 150)
        case {"type": "section", "fields": list(fields)} if 1 <= len(fields) <= 10:  # noqa: PLR2004
            for field_text in fields:
                yield from _text_flaws(field_text, 2000)
        case {"type": "section", "text": text}:
            yield from _text_flaws(text, 3000)
        case {"type": "context", "elements": list(elements)} if 1 <= len(elements) <= 10:  # noqa: PLR2004
            for element in elements:
                yield from _text_flaws(element, 3000)
        case _:
            yield f"is no {block.get('type')} block that Slack knows"


def _text_flaws(text: object, most: int) -> Iterator[str]:
    match text:
        case {"type": "plain_text", "text": str(words), **rest}:
            unknown = set(map(str, rest)) - {"emoji"}
        case {"type": "mrkdwn", "text": str(words), **rest}:
            unknown = set(map(str, rest)) - {"verbatim"}
        case _:
            yield "has no text object where one belongs"
            return
    yield from (f"unknown member {name}" for name in sorted(unknown))
    length = len(words.encode("utf-16-le", "surrogatepass")) // 2
    if not 1 <= length <= most:
        yield f"text is {length} long, not 1 to {most}"
