"""How long a function of the Lambda package takes to its first event, beside a bare boto3 client.

    python benchmarks/cold_start.py

Both start as fresh interpreters of the same kind, in turn (A B A B …), that can import Python's
own modules and boto3, and the first also the unpacked package. The time runs inside them, from
before their first import: Python's own start is in neither. The first reads one CloudTrail
record and takes it through the guard, with an AWS in memory; the second makes one client.
"""

import argparse
import io
import re
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from awsteward.deploy.bundle import Target, bundle
from awsteward.deploy.wheels import download

BOTO3 = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
TOP = 10
CLOCK = "import time; began = time.perf_counter()\n"
STOP = "\nprint(time.perf_counter() - began)"
OURS = """
import json
from datetime import UTC, datetime
from awsteward.clients.aws.door import Boto
from awsteward.tags.guard.live import Guard, guard
from awsteward.tags.guard import post
from awsteward.tags.apply.attempt import Clock
from awsteward.tags.apply.hands import AwsHands
from awsteward.tags.model.handled import Result
from awsteward.tags.policy.default import example
from awsteward.tags.policy.parse import parse
from awsteward.tags.read.reading import creations
from awsteward.tags.read.records import records

class Memory:
    def __init__(self):
        self.tags = {}
    def call(self, account, region, service, operation, params):
        if operation == "ListQueueTags":
            return {"Tags": self.tags}
        self.tags |= params.get("Tags", {})
        return {"FailedResourcesMap": {}}

record = {
    "eventVersion": "1.08", "eventSource": "sqs.amazonaws.com", "eventName": "CreateQueue",
    "eventTime": "2024-01-01T12:00:00Z", "awsRegion": "eu-west-1", "eventID": "e-1",
    "recipientAccountId": "111122223333", "requestParameters": {"queueName": "q-1"},
    "responseElements": {"queueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/q-1"},
    "userIdentity": {"type": "IAMUser", "userName": "alice", "accountId": "111122223333",
                     "arn": "arn:aws:iam::111122223333:user/alice"},
}
now = lambda: datetime(2030, 1, 1, tzinfo=UTC)
door = Memory()
clock = Clock(now=now, sleep=lambda _: None, jitter=lambda: 0.0)
hands = AwsHands(door=door, clock=clock)
POLICY
read = [one for batch in records("event", [json.dumps(record).encode()]) for one in batch]
ends = list(guard(creations(read), Guard(
    policy=policy, hands=hands, ledger=None, now=now, writing=True)))
assert [end.result for end in ends] == [Result.TAGGED], ends
assert door.tags["Owner"] == "alice", door.tags
"""
DEFAULT = "from awsteward.tags.policy.default import default; policy = default()"
WRITTEN = 'policy = parse(example(), "example")'
CLIENT = "import boto3\nboto3.client('resourcegroupstaggingapi', region_name='eu-west-1')"
CONTENDERS = {
    "bare boto3 client": CLIENT,
    "first event, built-in policy": OURS.replace("POLICY", DEFAULT),
    "first event, written policy": OURS.replace("POLICY", WRITTEN),
    "first event and a boto3 client": OURS.replace("POLICY", DEFAULT) + CLIENT,
}
IMPORT = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|(\s+)(\S+)")


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--rounds", type=int, default=15)
    rounds = asked.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        paths = [_unpacked(Path(folder)), _boto3(Path(folder))]
        _warm(paths)
        print(f"cold start to first event; {rounds} rounds, in turn\n")
        _print_times(_times(paths, rounds))
        _print_imports(paths)


def _unpacked(folder: Path) -> Path:
    here = Target(f"{sys.version_info.major}.{sys.version_info.minor}", "x86_64")
    wheels = folder / "wheels"
    wheels.mkdir()
    with zipfile.ZipFile(io.BytesIO(bundle(here, partial(download, folder=wheels)))) as packed:
        packed.extractall(folder / "task")
    return folder / "task"


def _boto3(folder: Path) -> Path:
    """boto3 and what it needs, with its bytecode, as Lambda's runtime brings it."""
    runtime = folder / "runtime"
    runtime.mkdir()
    for name in BOTO3:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            sys.exit(f"{name} is not installed: run `make setup`")
        origin = Path(spec.origin)
        origin = origin.parent if origin.name == "__init__.py" else origin
        (runtime / origin.name).symlink_to(origin)
    return runtime


def _warm(paths: Sequence[Path]) -> None:
    """Let boto3's own bytecode be written, and every file be read once."""
    for code in CONTENDERS.values():
        _run(code, paths, "-I", "-S")


def _run(code: str, paths: Sequence[Path], *flags: str) -> "subprocess.CompletedProcess[str]":
    text = f"{CLOCK}import sys; sys.path[:0] = {[str(path) for path in paths]!r}\n{code}{STOP}"
    command = [sys.executable, *flags, "-c", text]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return done


def _times(paths: Sequence[Path], rounds: int) -> Mapping[str, list[float]]:
    taken: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    for _ in range(rounds):
        for name, code in CONTENDERS.items():
            taken[name].append(float(_run(code, paths, "-I", "-S", "-B").stdout))
    return taken


def _print_times(taken: Mapping[str, list[float]]) -> None:
    bare = next(iter(taken.values()))
    print(f"{'':32}{'median':>9}{'spread':>17}   times the bare client (spread)")
    for name, times in taken.items():
        ratios = sorted(own / other for own, other in zip(times, bare, strict=True))
        print(
            f"{name:32}{statistics.median(times) * 1e3:6.0f} ms"
            f"{min(times) * 1e3:7.0f} .. {max(times) * 1e3:.0f} ms"
            f"   {statistics.median(ratios):.2f} ({ratios[0]:.2f} .. {ratios[-1]:.2f})"
        )


def _print_imports(paths: Sequence[Path]) -> None:
    """Each import's own time, without what it imports in turn."""
    code = CONTENDERS["first event, written policy"]
    told = _run(code, paths, "-I", "-S", "-B", "-X", "importtime").stderr
    own = [(int(found[1]), found[4]) for found in IMPORT.finditer(told)]
    whole = sum(time for time, _ in own)
    print(f"\nimports of the first event with a written policy: {whole / 1e3:.0f} ms, of them")
    for time, module in sorted(own, reverse=True)[:TOP]:
        print(f"  {time / whole:6.1%}  {time / 1e3:6.1f} ms  {module}")


if __name__ == "__main__":
    main()
