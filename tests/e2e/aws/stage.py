"""The pipeline's own stage: an AWS whose EventBridge hears of SDK calls, as if through CloudTrail.

`ministack.py` is the emulator's process; this is how tests start it, reach it and play on it:

    with pipeline() as aws:
        aws.client("sqs")                                  # sees and prepares; nobody hears it
        aws.developer("mina").client("sqs").create_queue(QueueName="orders")   # comes as an event
        settled("the queue is tagged", lambda: tags(), lambda found: "Owner" in found)

Not told apart, as the recorder does not: data events (PutObject, SendMessage) come as events
too, which a trail of management events would not have.
"""

import json
import os
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.request import ProxyHandler, Request, build_opener

import boto3
import pytest
from botocore.config import Config

from awsteward.demo.cast import cast, principal
from awsteward.demo.recorder.overhear import overhear
from awsteward.demo.recorder.principal import Principal
from awsteward.demo.recorder.record import Stamp
from awsteward.demo.stage import ACCOUNT, REGION, environment, without_settings
from tests.e2e.aws.ministack import Fault
from tests.e2e.aws.postman import Delivery, Envelope, Postman

LAUNCHER: Final = Path(__file__).with_name("ministack.py")
"""The emulator's process; run by PYTHON, which has it installed and nothing of ours."""
PYTHON: Final = Path(__file__).parents[3] / ".venv-ministack/bin/python"
MAKE: Final = "make .venv-ministack/.ready"
"""What fills the environment of PYTHON."""
_ROOT_SECRET: Final = "test"  # noqa: S105 (the emulator's own, of every account)
_LOOPBACK: Final = build_opener(ProxyHandler({}))
Found = TypeVar("Found")


@dataclass(slots=True)
class Pipeline:
    """A running AWS with a pipeline. Every account exists in it, each with its own root."""

    endpoint: str
    _session: boto3.Session
    _postman: Postman
    _one: threading.Lock = field(default_factory=threading.Lock)

    def client(
        self, service: str, region: str = REGION, tries: int = 5, account: str = ACCOUNT
    ) -> Any:
        """Make a client that nobody overhears, as the account's root; safe to call in threads."""
        make: Any = self._session.client  # the stubs want a literal name
        config = Config(
            retries={"mode": "standard", "total_max_attempts": tries},
            connect_timeout=5,
            read_timeout=30,
        )
        with self._one:  # making clients is not thread-safe; using them is
            return make(
                service,
                region_name=region,
                endpoint_url=self.endpoint,
                config=config,
                aws_access_key_id=account,  # the emulator takes an account's number for root's key
                aws_secret_access_key=_ROOT_SECRET,
            )

    def developer(self, name: str, delivery: Delivery = Delivery()) -> "Developer":  # noqa: B008 (frozen)
        """Let somebody work: one of the demo's cast, or else an IAM user of that name.

        As on AWS, calls of global services (IAM, CloudFront) are told in us-east-1.
        """
        return Developer(name, cast().get(name) or _user(name), delivery, self)

    def deliver(self, *envelopes: Envelope) -> None:
        """Put events on the default bus of their account and region, now, in this order."""
        _post(f"{self.endpoint}/_steward/events", envelopes)

    def undelivered(self) -> int:
        """How many events are still under way to EventBridge."""
        return self._postman.waiting()

    def inject(self, *faults: Fault, seed: int = 7) -> None:
        """Let these faults hold from now on, instead of those before; none: all is well again."""
        asked = {"seed": seed, "faults": [asdict(each) for each in faults]}
        _post(f"{self.endpoint}/_steward/fault", asked)

    def injected(self) -> dict[str, dict[str, int]]:
        """Count what became of calls that matched a fault: operation -> fate -> number.

        Fates: passed, throttle, unavailable, denied, blackout.
        """
        with _LOOPBACK.open(f"{self.endpoint}/_steward/fault", timeout=10) as answer:
            counted: dict[str, dict[str, int]] = json.load(answer)
        return counted


@dataclass(slots=True)
class Developer:
    """Somebody whose calls reach EventBridge as CloudTrail would tell of them."""

    name: str
    who: Principal
    delivery: Delivery
    _aws: Pipeline
    envelopes: list[Envelope] = field(default_factory=list)
    """Every event so far, in the order of the calls, delivered or under way."""
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)
    _one: threading.Lock = field(default_factory=threading.Lock)

    def client(self, service: str, region: str = REGION) -> Any:
        """Give a client of this person's, the same each time; threads may share it."""
        key = service, region
        with self._one:
            if key not in self._clients:
                client = self._aws.client(service, region)
                stamps = iter(_stamp, None)  # not a generator: threads may ask at once
                overhear(client, self.who, ACCOUNT, stamps, self._tell)
                self._clients[key] = client
            return self._clients[key]

    def _tell(self, record: Mapping[str, Any]) -> None:
        """Pass a record on; a rule hears of no reads unless it asks for them (ours does not)."""
        if record["readOnly"]:
            return
        event = envelope(record)
        self.envelopes.append(event)
        self._aws._postman.post(event, self.delivery)  # noqa: SLF001 (its own maker)


def envelope(record: Mapping[str, Any]) -> Envelope:
    """Wrap a CloudTrail record as EventBridge delivers it."""
    kind = "Service Event" if record["eventType"] == "AwsServiceEvent" else "API Call"
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": f"AWS {kind} via CloudTrail",
        "source": "aws." + record["eventSource"].removesuffix(".amazonaws.com"),
        "account": record["recipientAccountId"],
        "time": record["eventTime"],
        "region": record["awsRegion"],
        "resources": [],
        "detail": dict(record),
    }


def settled(
    claim: str,
    look: Callable[[], Found],
    holds: Callable[[Found], object] = bool,
    within: float = 10.0,
) -> Found:
    """Look again until it holds, and give what was seen; fail by naming the claim and the sight."""
    end = time.monotonic() + within
    while True:
        seen = look()
        if holds(seen):
            return seen
        if time.monotonic() > end:
            pytest.fail(f"{claim}: not within {within:g} s; last seen: {seen!r}")
        time.sleep(0.05)


@contextmanager
def pipeline(*, enforcing: bool = False) -> Iterator[Pipeline]:
    """Start an AWS with a pipeline; meanwhile this process and its children see no other.

    *enforcing* checks signatures and IAM policies: clients are root, functions are their role.
    """
    with _running(enforcing=enforcing) as port:
        endpoint = f"http://127.0.0.1:{port}"
        with environment(_settings(endpoint)):
            postman = Postman(lambda events: _post(f"{endpoint}/_steward/events", events))
            try:
                yield Pipeline(endpoint, boto3.Session(), postman)
            finally:
                postman.close()


def _settings(endpoint: str) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": _ROOT_SECRET,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
    }


@contextmanager
def _running(*, enforcing: bool) -> Iterator[int]:
    """Run the emulator and give its port; it goes when its input closes, at the latest killed."""
    require(PYTHON, in_ci=os.environ.get("CI") == "true")
    child = subprocess.Popen(  # noqa: S603 (our own command)
        [PYTHON, "-I", LAUNCHER, *(["--enforcing"] if enforcing else [])],
        env=without_settings(os.environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,  # Ctrl-C is for us; the emulator goes when we let go of its input
    )
    with child:
        try:
            yield _port(child)
        finally:
            _end(child)


def require(python: Path, *, in_ci: bool) -> None:
    """Where the emulator's Python is missing, skip and say what to run; in CI, fail."""
    if python.exists():
        return
    why = f"the embedded AWS with a pipeline is not installed; run: {MAKE}"
    if in_ci:
        pytest.fail(why)
    pytest.skip(why)


def _port(child: subprocess.Popen[str]) -> int:
    line = child.stdout.readline() if child.stdout else ""
    if not line.strip().isdigit():
        pytest.fail(f"the embedded AWS did not start; its errors are above; try: {MAKE}")
    return int(line)


def _end(child: subprocess.Popen[str]) -> None:
    if child.stdin:
        child.stdin.close()
    try:
        child.wait(timeout=5)
    except subprocess.TimeoutExpired:
        child.kill()


def _post(url: str, value: Sequence[Envelope] | Mapping[str, Any]) -> None:
    request = Request(url, json.dumps(value).encode(), {"Content-Type": "application/json"})  # noqa: S310 (loopback)
    with _LOOPBACK.open(request, timeout=10):
        pass


def _user(name: str) -> Principal:
    return principal(
        {"kind": "user", "name": name, "agent": "aws-cli/2.31.0", "address": "198.51.100.60"}
    )


def _stamp() -> Stamp:
    return Stamp(at=datetime.now(UTC), event_id=str(uuid.uuid4()), request_id=str(uuid.uuid4()))
