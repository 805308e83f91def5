"""An AWS with a pipeline: ministack in one process, with the two things it lacks.

`stage.py` runs this file by the Python of `.venv-ministack` as `python -I`: isolated, so that
`import ministack` finds the emulator and not this file. It imports nothing of awsteward.
It lives exactly as long as its standard input, serves on loopback only, keeps nothing on disk,
and says its port on the first line. `--enforcing` checks signatures and IAM policies.

What it adds:

* `POST /_steward/events`: a JSON list of EventBridge envelopes, put on the default bus of their
  account and region as they are, although their source is `aws.*`. A client's own PutEvents
  with such a source stays refused, as on AWS.
* `POST /_steward/fault`: `{"seed": 7, "faults": [{"match": "^sqs/", "throttle": 0.3}]}` replaces
  the faults. `match` is a regular expression searched for in `service/Operation`, as IAM spells
  actions (`tag/TagResources`, `s3/GetBucketTagging`). Of the calls that match, the shares
  `throttle`, `unavailable` (HTTP 503) and `denied` fail; all take `latency` seconds longer; and
  for `blackout` seconds from now each loses its connection. The first fault that matches holds.
* `GET /_steward/fault`: what became of matching calls so far, by operation.

How Lambda runs here (measured): each function is a subprocess of this interpreter, in a folder
of its own that comes first on `sys.path`. So modules of the zip win; `boto3` comes from this
environment, as from AWS's runtime; anything else installed here (PyYAML, urllib3) can be
imported too, though AWS would not have it; msgspec is not installed here and must be in the
zip, built for this Python (`Runtime` is ignored). The worker is handed AWS_ENDPOINT_URL with
our port (a value of the function's own wins), AWS_REGION, and credentials: the account's with
everything allowed, or under `--enforcing` a session of the function's role.
"""

import asyncio
import json
import os
import random
import re
import shutil
import socket
import sys
import tempfile
import threading
import uuid
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, assert_never
from urllib.parse import parse_qs

VERSION: Final = "1.5.33"
"""The one version whose insides this file knows."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]
Answer = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong with the calls that match."""

    match: str
    throttle: float = 0.0
    unavailable: float = 0.0
    denied: float = 0.0
    latency: float = 0.0
    blackout: float = 0.0


@dataclass(frozen=True, slots=True)
class Passed:
    """The call goes through, possibly late."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection breaks before an answer."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The call is answered with an error, and not done."""

    kind: str


Fate = Passed | Lost | Refused


@dataclass(slots=True)
class Mischief:
    """The faults that hold now, the chance that deals them out, and what it dealt."""

    faults: tuple[Fault, ...] = ()
    since: float = 0.0
    chance: random.Random = field(default_factory=random.Random)
    dealt: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def replace(self, asked: dict[str, Any], now: float) -> None:
        """Take the new faults, or raise ValueError, TypeError or KeyError and keep the old."""
        faults = tuple(Fault(**each) for each in asked["faults"])
        for each in faults:
            re.compile(each.match)
        self.faults, self.since = faults, now
        self.chance = random.Random(asked.get("seed", 0))  # noqa: S311 (reproducible, not secret)

    def holding(self, operation: str) -> Fault | None:
        """The first fault that matches."""
        return next((each for each in self.faults if re.search(each.match, operation)), None)

    def deal(self, operation: str, fault: Fault, now: float) -> Fate:
        """Decide what becomes of one call, and count it."""
        fate = self._decide(fault, now)
        match fate:
            case Passed():
                kind = "passed"
            case Lost():
                kind = "blackout"
            case Refused(kind):
                pass
            case _:
                assert_never(fate)
        self.dealt[operation][kind] += 1
        return fate

    def _decide(self, fault: Fault, now: float) -> Fate:
        if now < self.since + fault.blackout:
            return Lost()
        draw = self.chance.random()  # one draw for all three: shares add up, they do not overlap
        for kind in ("throttle", "unavailable", "denied"):
            draw -= getattr(fault, kind)
            if draw < 0:
                return Refused(kind)
        return Passed()


# --- the front: our two doors, and the emulator behind them ------------------------------------


def front(app: App, mischief: Mischief, ready: Callable[[], None]) -> App:
    """Wrap the emulator; *ready* is called once it serves."""

    async def serve(scope: Message, receive: Receive, send: Send) -> None:
        match scope["type"], scope.get("method"), scope.get("path"):
            case "lifespan", _, _:
                await app(scope, receive, _watched(send, ready))
            case "http", "POST", "/_steward/events":
                await _answer(send, _tried(deliver, await _body(receive)))
            case "http", "POST", "/_steward/fault":
                await _answer(send, _tried(_replace, await _body(receive)))
            case "http", "GET", "/_steward/fault":
                await _answer(send, _json(200, mischief.dealt))
            case "http", _, str(path) if mischief.faults and not path.startswith("/_"):
                await _harm(app, mischief, scope, receive, send)
            case _:
                await app(scope, receive, send)

    def _replace(asked: Any) -> None:
        mischief.replace(asked, _now())

    return serve


def deliver(envelopes: Iterable[dict[str, Any]]) -> None:
    """Hand envelopes to the rules of their account and region, with the ids and times they have.

    PutEvents would give each a new id and time, so that a second delivery of one event could not
    be told from another event; and the emulator keeps whatever went through PutEvents for ever.
    """
    from ministack.core.responses import request_scope  # noqa: PLC0415 (reads our settings)
    from ministack.services import eventbridge  # noqa: PLC0415

    for each in envelopes:
        event = {
            "EventId": each["id"],
            "Source": each["source"],
            "DetailType": each["detail-type"],
            "Detail": json.dumps(each["detail"]),
            "EventBusName": "default",
            "Time": each["time"],
            "Resources": each["resources"],
            "Account": each["account"],
            "Region": each["region"],
        }
        with request_scope(each["account"], each["region"]):
            eventbridge._dispatch_event(event)  # noqa: SLF001 (the version is guarded)


async def _harm(app: App, mischief: Mischief, scope: Message, receive: Receive, send: Send) -> None:
    body = await _body(receive)
    call = _call(scope, body)
    fault = mischief.holding(call.operation)
    if fault is None:
        await app(scope, _again(body, receive), send)
        return
    await asyncio.sleep(fault.latency)
    fate = mischief.deal(call.operation, fault, _now())
    match fate:
        case Passed():
            await app(scope, _again(body, receive), send)
        case Lost():
            await _hang_up(send)
        case Refused(kind):
            await _answer(send, _refusal(call, kind))
        case _:
            assert_never(fate)


@dataclass(frozen=True, slots=True)
class _Call:
    service: str
    action: str
    headers: dict[str, str]

    @property
    def operation(self) -> str:
        return self.action.replace(":", "/", 1)


def _call(scope: Message, body: bytes) -> _Call:
    """Recognise a call the way the emulator's own authorisation does."""
    from ministack.app import _routing_params  # noqa: PLC0415
    from ministack.core.iam_actions import extract_iam_action  # noqa: PLC0415
    from ministack.core.router import detect_service  # noqa: PLC0415

    method, path = scope["method"], scope["path"]
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
    }
    query = parse_qs(scope["query_string"].decode(), keep_blank_values=True)
    params = _routing_params(method, path, headers, body, query)
    service = detect_service(method, path, headers, params)
    action = extract_iam_action(service, method, path, headers, body, params)
    return _Call(service, action or f"{service}:{method} {path}", headers)


_REFUSALS: Final = {
    "throttle": ("ThrottlingException", 400),
    "unavailable": ("ServiceUnavailable", 503),
}
_OWN_THROTTLE: Final = {"s3": ("SlowDown", 503), "ec2": ("RequestLimitExceeded", 503)}


def _refusal(call: _Call, kind: str) -> Answer:
    """Spell an error in the service's own protocol."""
    from ministack.core.iam_actions import access_denied_response  # noqa: PLC0415

    code, status = _REFUSALS.get(kind, ("", 403))
    if kind == "throttle":
        code, status = _OWN_THROTTLE.get(call.service, (code, status))
    _, headers, body = access_denied_response(
        call.service, call.action, "arn:aws:iam::111122223333:role/faulty", str(uuid.uuid4()),
        headers=call.headers, error_code=code, message="injected by the test" if code else "",
    )  # fmt: skip
    return status, headers, body


# --- ASGI --------------------------------------------------------------------------------------


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """Let the emulator read what was read already."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def read() -> Message:
        return waiting.pop() if waiting else await receive()

    return read


def _watched(send: Send, ready: Callable[[], None]) -> Send:
    async def tell(message: Message) -> None:
        await send(message)
        if message["type"] == "lifespan.startup.complete":
            ready()

    return tell


def _tried(do: Callable[[Any], None], body: bytes) -> Answer:
    try:
        do(json.loads(body))
    except (ValueError, TypeError, KeyError, re.error) as error:
        return _json(400, {"error": f"{type(error).__name__}: {error}"})
    return _json(200, {})


def _json(status: int, value: Any) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(value).encode()


async def _answer(send: Send, answer: Answer) -> None:
    status, headers, body = answer
    named = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    named.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": named})
    await send({"type": "http.response.body", "body": body})


async def _hang_up(send: Send) -> None:
    """Begin an answer in chunks and never end it: the server then closes the connection.

    Not one of a given length: of those botocore takes what came for the whole.
    """
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{", "more_body": True})


def _now() -> float:
    return asyncio.get_running_loop().time()


# --- the process -------------------------------------------------------------------------------


def main() -> None:
    """Serve until standard input closes."""
    _guard()
    listening = socket.create_server(("127.0.0.1", 0))
    home = tempfile.mkdtemp(prefix="awsteward-ministack-")
    os.environ.update(_settings(listening.getsockname()[1], home, sys.argv[1:]))
    tempfile.tempdir = home
    threading.Thread(target=_leave_at_the_end_of_input, args=(home,), daemon=True).start()
    asyncio.run(_serve(listening))


def _guard() -> None:
    try:
        found = version("ministack")
    except PackageNotFoundError:
        found = "none"
    if found != VERSION:
        sys.exit(
            f"tests/e2e/aws/ministack.py knows the insides of ministack {VERSION}; "
            f"found: {found}. Run: make .venv-ministack/.ready"
        )


def _settings(port: int, home: str, arguments: list[str]) -> dict[str, str]:
    """The emulator reads these when it is imported, so they come first."""
    return {
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_ACCOUNT_ID": "111122223333",
        "MINISTACK_REGION": "eu-west-1",
        "AUTH": "true" if "--enforcing" in arguments else "false",
        "PERSIST_STATE": "0",
        "S3_PERSIST": "0",
        "S3_DATA_DIR": f"{home}/s3",
        "TMPDIR": home,
        "LOG_LEVEL": "ERROR",
        "LAMBDA_EXECUTOR": "local",
        # Nothing of the machine's: no other listener, and no docker whose containers it would reap.
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "DOCKER_HOST": f"unix://{home}/no-docker",
    }


async def _serve(listening: socket.socket) -> None:
    from hypercorn.asyncio import serve  # noqa: PLC0415 (not before the guard)
    from hypercorn.config import Config  # noqa: PLC0415
    from ministack.app import app  # noqa: PLC0415 (reads the settings)

    config = Config()
    config.bind = [f"fd://{listening.fileno()}"]
    config.keep_alive_timeout = 75
    config.accesslog = None
    config.loglevel = "ERROR"
    await serve(front(app, Mischief(), lambda: _say(listening.getsockname()[1])), config)


def _say(port: int) -> None:
    """Say the port, and let whatever else is printed go to stderr: nobody empties this pipe."""
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def _leave_at_the_end_of_input(home: str) -> None:
    """Stop Lambda's subprocesses, then go at once: nothing here is worth a graceful end."""
    sys.stdin.buffer.read()
    runtime = sys.modules.get("ministack.core.lambda_runtime")
    if runtime is not None:
        runtime.reset()
    shutil.rmtree(home, ignore_errors=True)
    os._exit(0)


if __name__ == "__main__":
    main()
