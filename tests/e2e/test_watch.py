"""`tags watch` as a process: killed at random points, throttled, told to end; nothing lost."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from awsteward.demo.cast import cast
from awsteward.demo.receiver import Receiver, receiver
from awsteward.demo.recorder.overhear import overhear
from awsteward.demo.stage import ACCOUNT, Stage, stage
from tests.e2e.test_kill import CALLERS, ID, stamps

QUEUES, PAGE, KILLS = 20, 5, 8
OFTEN = 5
"""Each such request is throttled."""


@dataclass
class History:
    """An event history; the emulator has none."""

    records: list[dict[str, Any]] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)

    def answer(self, asked: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]]:
        self.asked.append(time.monotonic())
        if len(self.asked) % OFTEN == 0:
            return 400, {"__type": "ThrottlingException", "message": "Rate exceeded"}
        at = int(asked.get("NextToken", 0))
        events = [
            {"EventId": one["eventID"], "CloudTrailEvent": json.dumps(one)}
            for one in self.records[at : at + PAGE]
        ]
        more = {"NextToken": str(at + PAGE)} if self.records[at + PAGE :] else {}
        return 200, {"Events": events, **more}


@contextmanager
def served(history: History) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = history.answer(asked)
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def on() -> Iterator[Stage]:
    with stage() as opened:
        yield opened


def play(on: Stage) -> History:
    """Two people's queues, made two hours ago."""
    history = History()
    for number in range(QUEUES):
        sqs = on.client("sqs")
        who = cast()[CALLERS[number % len(CALLERS)]]
        overhear(sqs, who, ACCOUNT, stamps(), history.records.append)
        sqs.create_queue(QueueName=f"queue-{number:02}")
    return history


def start(folder: Path, address: str, slack: Receiver) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "awsteward", "tags", "watch", "--apply", "--every", "1"]
    return subprocess.Popen(  # noqa: S603  our own command
        [*command, "--region", "eu-west-1", "--since", "3h", "--format", "json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder,
        env={
            **os.environ, "SLACK_URL": slack.url, "NO_PROXY": address, "no_proxy": address,
            "AWS_ENDPOINT_URL_CLOUDTRAIL": f"http://{address}",
        },
    )  # fmt: skip


def tagged(on: Stage) -> int:
    sqs = on.client("sqs")
    urls = sqs.list_queues()["QueueUrls"]
    return sum("CreatedBy" in sqs.list_queue_tags(QueueUrl=url).get("Tags", {}) for url in urls)


def untold(slack: Receiver) -> list[str]:
    told = json.dumps(slack.messages)
    return [name for n in range(QUEUES) if (name := f"queue-{n:02}") not in told]


def test_killed_again_and_again_it_gets_to_the_end_and_ends_when_told(
    on: Stage, tmp_path: Path
) -> None:
    chance = random.Random(7)  # noqa: S311  reproducible, not secret
    history = play(on)
    with receiver() as slack, served(history) as address:
        for _ in range(KILLS):
            process = start(tmp_path, address, slack)
            time.sleep(chance.uniform(0.5, 3))  # a kill at a random point is real time
            process.kill()
            process.communicate()
        process = start(tmp_path, address, slack)
        until = time.monotonic() + 60
        while (untold(slack) or tagged(on) < QUEUES) and time.monotonic() < until:
            time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        out, said = process.communicate(timeout=10)

    assert process.returncode == 0, said.decode()
    assert b"Traceback" not in said
    assert tagged(on) == QUEUES
    assert untold(slack) == []
    letters = Counter(found[1] for each in slack.messages if (found := ID.search(each["text"])))
    assert letters.total() - len(letters) <= KILLS
    outcomes = {json.loads(line)["outcome"] for line in out.splitlines()}
    assert outcomes <= {"tagged", "pending"}  # a killed run may have written and not recorded
