"""A Slack workspace on this machine: its Web API, as far as a bot uses it.

It shares no table with what makes the messages: Slack's rules stand here once more.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "xoxb-1234567890-abcdefghij"  # noqa: S105  nobody's
CHANNEL = "C0PAYMENT"


@dataclass(slots=True)
class Workspace:
    """What was said in it, and what goes wrong with the next calls, in order."""

    host: str = ""
    messages: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    """By channel and ts, as they stand now."""
    whispers: list[tuple[str, str, str]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    errors: list[tuple[int, str]] = field(default_factory=list)
    channels: frozenset[str] = frozenset({CHANNEL})

    def call(self, method: str, params: Mapping[str, Any], token: str) -> tuple[int, Any]:
        """HTTP status and answer."""
        self.calls.append(method)
        if self.errors:
            status, error = self.errors.pop(0)
            return status, {"ok": False, "error": error}
        if token != f"Bearer {TOKEN}":
            return 200, {"ok": False, "error": "invalid_auth"}
        match method:
            case "chat.postMessage":
                return 200, self._post(params)
            case "chat.update":
                return 200, self._update(params)
            case "chat.postEphemeral":
                self.whispers.append((params["channel"], params["user"], params["text"]))
                return 200, {"ok": True}
            case _:
                return 200, {"ok": True}

    def _post(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        channel = str(params["channel"])
        if channel.startswith("U"):
            channel = f"D{channel[1:]}"
        elif channel not in self.channels and not channel.startswith("D"):
            return {"ok": False, "error": "channel_not_found"}
        if why := flaw(params.get("blocks", [])):
            return {"ok": False, "error": "invalid_blocks", "detail": why}
        ts = f"17000000{len(self.messages):02}.000100"
        self.messages[channel, ts] = dict(params)
        return {"ok": True, "channel": channel, "ts": ts, "message": params}

    def _update(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        key = (params["channel"], params["ts"])
        if key not in self.messages:
            return {"ok": False, "error": "message_not_found"}
        if why := flaw(params.get("blocks", [])):
            return {"ok": False, "error": "invalid_blocks", "detail": why}
        self.messages[key] |= params
        return {"ok": True, "channel": key[0], "ts": key[1]}


def flaw(blocks: list[Mapping[str, Any]]) -> str | None:
    """What Slack would object to: https://docs.slack.dev/reference/block-kit/blocks ."""
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(blocks) > 50 or len(ids) != len(set(ids)):
        return "more than 50 blocks, or two of one id"
    for block in blocks:
        elements = block.get("elements", []) if block["type"] == "actions" else []
        names = [element["action_id"] for element in elements]
        if block["type"] == "actions" and not 1 <= len(elements) <= 25:
            return "an actions block without, or with too many elements"
        if len(names) != len(set(names)):
            return "two elements of one action_id"
        for element in elements:
            texts = [element.get("text"), *(o["text"] for o in element.get("options", []))]
            if any(text and not 1 <= len(text["text"]) <= 75 for text in texts):
                return "a button or option of more than 75 characters"
        if block["type"] == "input" and (why := _wrong_input(block["element"])):
            return why
    # Measured, not documented: https://github.com/slackapi/bolt-js/issues/2509
    if len(json.dumps(blocks, ensure_ascii=False)) > 13_000:
        return "more than 13,000 characters"
    return None


def _wrong_input(element: Mapping[str, Any]) -> str | None:
    """https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element ."""
    if element["type"] != "plain_text_input":
        return "an input of another kind"
    first = element.get("initial_value", "").encode("utf-16-le")
    if len(first) // 2 > element["max_length"]:
        return "an initial value longer than a person could write"
    return None


@contextmanager
def workspace() -> Iterator[Workspace]:
    """A workspace on a free loopback port until the end of the block."""
    held = Workspace()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            method, token = self.path.rpartition("/")[2], self.headers["Authorization"]
            status, answer = held.call(method, json.loads(body), token)
            said = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held.host = f"http://127.0.0.1:{server.server_address[1]}/api/"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
