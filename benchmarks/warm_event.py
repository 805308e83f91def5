"""What one more event costs a function that is warm, beside c7n's handler on the same event.

    python benchmarks/warm_event.py

Both run their real Lambda handlers on ``ec2 CreateVolume`` and write one tag; botocore answers
from memory, and its time counts for neither. Each round is a fresh process of each, in turn
(A B A B …), which takes some events uncounted and then says what each of the others cost in CPU.
Ours also asks and writes its ledger, which c7n has not. The rival gets an environment of its
own, made once.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rival import rival

HERE = Path(__file__).parent
EVENTS = {"awsteward": 400, "c7n": 40}
AIM_MS, AIM_TIMES = 1.0, 40.0


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--rounds", type=int, default=7)
    rounds = asked.parse_args().rounds
    commands = {
        "awsteward": [sys.executable, str(HERE / "warm_awsteward.py")],
        "c7n": [str(rival()), str(HERE / "warm_c7n.py")],
    }
    told = [
        {name: _run(name, command) for name, command in commands.items()} for _ in range(rounds)
    ]
    print(f"CPU of our own for one warm event; {rounds} rounds, in turn\n")
    print(f"{'':12}{'median':>10}{'spread':>20}{'memory':>10}   calls to AWS")
    for name in commands:
        _print(name, [each[name] for each in told])
    ratios = sorted(each["c7n"]["ms"] / each["awsteward"]["ms"] for each in told)
    print(
        f"\nc7n takes {statistics.median(ratios):.0f} times as much"
        f" ({ratios[0]:.0f} .. {ratios[-1]:.0f}); aims: at most {AIM_MS} ms, {AIM_TIMES:.0f} times"
    )


def _run(name: str, command: Sequence[str]) -> Mapping[str, Any]:
    done = subprocess.run(
        [*command, str(EVENTS[name])],
        cwd=tempfile.gettempdir(),
        env={**os.environ, "PYTHONPATH": str(HERE)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr)
    told: Mapping[str, Any] = json.loads(done.stderr.splitlines()[-1])
    return told


def _print(name: str, rounds: Sequence[Mapping[str, Any]]) -> None:
    times = [each["ms"] for each in rounds]
    print(
        f"{name:12}{statistics.median(times):7.2f} ms{min(times):10.2f} .. {max(times):.2f} ms"
        f"{max(each['kb'] for each in rounds) / 1024:7.0f} MB   {rounds[0]['calls']}"
    )


if __name__ == "__main__":
    main()
