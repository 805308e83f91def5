"""`tags replay --apply` killed at random points, then run again: nothing lost, nothing doubled."""

import json
import os
import random
import re
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from awsteward.demo.cast import cast
from awsteward.demo.receiver import Receiver, receiver
from awsteward.demo.recorder.overhear import overhear
from awsteward.demo.recorder.record import Stamp
from awsteward.demo.stage import ACCOUNT, Stage, stage

KILLS = 20
CALLERS = ("mina", "dana")
PRESET = {"Owner": "somebody-else"}
ID = re.compile(r"\[([a-z2-7]{8}(?:-\d+)?)\]$")


@dataclass
class Scene:
    """What two people made, the records of it, and where a run keeps its ledger."""

    on: Stage
    folder: Path
    slack: Receiver
    names: Mapping[str, tuple[str, Mapping[str, str]]]
    """Bucket or queue -> its maker, and the tags it was made with."""

    def command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "awsteward", "tags", "replay", str(self.folder / "trail.json")),
            *("--apply", "--format", "json", "--ledger", str(self.folder / "ledger.db")),
        ]

    def run(self, kill_after: float | None = None) -> bool:
        """True where the run was killed before its end."""
        process = subprocess.Popen(  # noqa: S603  our own command
            self.command(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "SLACK_URL": self.slack.url}, cwd=self.folder,
        )  # fmt: skip
        try:
            _, errors = process.communicate(timeout=kill_after)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return True
        assert process.returncode == 1, errors.decode()  # findings: some values are asked for
        return False

    def tags(self, name: str) -> dict[str, str]:
        if name.startswith("queue"):
            sqs = self.on.client("sqs")
            url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
            found: dict[str, str] = sqs.list_queue_tags(QueueUrl=url).get("Tags", {})
            return found
        tags = self.on.client("s3").get_bucket_tagging(Bucket=name)["TagSet"]
        return {tag["Key"]: tag["Value"] for tag in tags}

    def letters(self) -> Counter[str]:
        found = (ID.search(message["text"]) for message in self.slack.messages)
        return Counter(match[1] for match in found if match)

    def untold(self) -> set[str]:
        told = json.dumps(self.slack.messages)
        return {name for name in self.names if name not in told}


@pytest.fixture(scope="module")
def on() -> Iterator[Stage]:
    with stage() as opened:
        yield opened


def play(on: Stage, folder: Path, slack: Receiver) -> Scene:
    """A fresh estate: buckets and queues of two people, some with an owner already."""
    with urlopen(Request(f"{on.endpoint}/moto-api/reset", method="POST")):  # noqa: S310  loopback
        pass
    records: list[Any] = []
    names: dict[str, tuple[str, Mapping[str, str]]] = {}
    folder.mkdir()
    for who in CALLERS:
        for number in range(5):
            preset = PRESET if number == 0 else {}
            names[f"bucket-{who}-{number}"] = names[f"queue-{who}-{number}"] = (who, preset)
            _make(on, who, number, preset, records)
    (folder / "trail.json").write_text(json.dumps({"Records": records}))
    return Scene(on, folder, slack, names)


def _make(on: Stage, who: str, number: int, preset: Mapping[str, str], records: list[Any]) -> None:
    s3, sqs = on.client("s3"), on.client("sqs")
    for client in (s3, sqs):
        overhear(client, cast()[who], ACCOUNT, stamps(), records.append)
    bucket = f"bucket-{who}-{number}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    if preset:
        tags = [{"Key": key, "Value": value} for key, value in preset.items()]
        on.client("s3").put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    sqs.create_queue(QueueName=f"queue-{who}-{number}", tags=dict(preset))


def stamps() -> Iterator[Stamp]:
    while True:
        at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
        yield Stamp(at=at, event_id=str(uuid.uuid4()), request_id=str(uuid.uuid4()))


def test_a_killed_run_continues_where_it_was(on: Stage, tmp_path: Path) -> None:
    chance = random.Random(7)  # noqa: S311  reproducible, not secret
    with receiver() as slack:
        began = time.monotonic()
        play(on, tmp_path / "whole", slack).run()
        whole = time.monotonic() - began
    killed = repeated = 0
    for number in range(KILLS):
        with receiver() as slack:
            scene = play(on, tmp_path / f"kill-{number}", slack)
            was_killed = scene.run(kill_after=chance.uniform(0.2, 1.0) * whole)
            killed += was_killed

            scene.run()

            letters = scene.letters()
            repeated += letters.total() - len(letters)
            _check(scene, at_most_repeated=int(was_killed))
            scene.run()
            assert scene.letters() == letters, "a third run posted something new"
    print(f"\n{KILLS} runs, {killed} killed, {repeated} messages repeated")  # noqa: T201  a figure
    assert killed >= KILLS // 2


def _check(scene: Scene, *, at_most_repeated: int) -> None:
    for name, (who, preset) in scene.names.items():
        tags = scene.tags(name)
        assert set(tags) == {"CreatedBy", "Owner"}, (name, tags)
        assert tags["Owner"] == preset.get("Owner", tags["CreatedBy"]), (name, who, tags)
    letters = scene.letters()
    assert not scene.untold()
    assert letters.total() - len(letters) <= at_most_repeated
