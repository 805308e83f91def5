"""The Lambda package under Lambda's own runtime client and runtime interface emulator."""

import json
import os
import platform
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from awsteward.deploy.bundle import Target, bundle
from awsteward.deploy.wheels import download
from tests.cli.records import bucket

HOME = Path(__file__).parents[2] / ".cache/rie"
HANDLER = """
import json, sys
import awsteward.clients.aws.door, awsteward.tags.guard.live, awsteward.tags.guard.post, boto3
from awsteward.tags.policy.default import example
from awsteward.tags.policy.parse import parse
from awsteward.tags.read.reading import creations
from awsteward.tags.read.records import records

def take(event, context):
    policy = parse(example(), "example")
    read = [one for batch in records("event", [json.dumps(event).encode()]) for one in batch]
    made = [(one.event.creator.name, each.ref) for one in creations(read) for each in one.resources]
    return {
        "made": made, "keys": [rule.key for rule in policy.rules],
        "remaining": context.get_remaining_time_in_millis() > 0,
    }
"""
PATIENCE = 30


@pytest.fixture
def runtime() -> Path:
    if not (HOME / ".ready").exists():
        why = "no Lambda runtime in .cache/rie (`make e2e` fetches it; Linux on x86_64 only)"
        here = (sys.platform, platform.machine())
        if os.environ.get("CI") == "true" and here == ("linux", "x86_64"):
            pytest.fail(why)
        pytest.skip(why)
    return HOME


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    folder, wheels = tmp_path, tmp_path / "wheels"
    wheels.mkdir()
    here = Target(f"{sys.version_info.major}.{sys.version_info.minor}", "x86_64")
    (folder / "package.zip").write_bytes(bundle(here, partial(download, folder=wheels)))
    with zipfile.ZipFile(folder / "package.zip") as packed:
        packed.extractall(folder / "task")
    (folder / "task/probe.py").write_text(HANDLER)
    return folder / "task"


@contextmanager
def emulator(runtime: Path, task: Path) -> Iterator[str]:
    """The URL at which the function in *task* is invoked; nothing but the package is there."""
    front, back = _port(), _port()
    command = [
        *(str(runtime / "aws-lambda-rie"), "--runtime-api-address", f"127.0.0.1:{back}"),
        *("--runtime-interface-emulator-address", f"127.0.0.1:{front}"),
        *(str(runtime / "venv/bin/python"), "-m", "awslambdaric", "probe.take"),
    ]
    settings = {"LAMBDA_TASK_ROOT": str(task), "PYTHONPATH": str(task), "PATH": os.environ["PATH"]}
    with (task.parent / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  our own command
            command, env=settings, cwd=task, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield f"http://127.0.0.1:{front}/2015-03-31/functions/function/invocations"
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def invoked(url: str, event: dict[str, Any]) -> Any:
    """The function's answer, as soon as the emulator listens."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with urlopen(Request(url, json.dumps(event).encode()), timeout=PATIENCE) as answer:  # noqa: S310  loopback
                return json.load(answer)
        except URLError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


def test_the_package_reads_an_event_in_lambdas_runtime(runtime: Path, unpacked: Path) -> None:
    with emulator(runtime, unpacked) as url:
        said = invoked(url, {"detail": bucket("b-1")})

    assert said.get("made") == [["alice", "arn:aws:s3:::b-1"]], (
        said,
        (unpacked.parent / "log").read_text(),
    )
    assert "Owner" in said["keys"]
    assert said["remaining"] is True
