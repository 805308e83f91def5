import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SHORT = """\
name: short
balancer: {propagation: 500ms}
load: {rate: 200, mix: [{takes: 50ms}]}
service: {replicas: 2, on_term: dies}
stop: {hook: HOOK, grace: 5s}
play: {kind: rolling}
expect: EXPECT
"""
GATE = "gate, min_wait: 800ms, longest: 100ms"


def scenario(folder: Path, hook: str, expect: str) -> Path:
    file = folder / "short.yaml"
    file.write_text(SHORT.replace("HOOK", hook).replace("EXPECT", expect), "utf-8")
    return file


def command(file: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "awsteward", "rollout", "rehearse", str(file), *more]


def of_rehearsals(folder: Path) -> list[str]:
    """Command lines of processes whose files lie in *folder*."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = each.read_bytes().decode().replace("\0", " ")
        except OSError:
            continue
        if str(folder) in words and "awsteward rollout" not in words:
            found.append(words)
    return found


def test_json_alone_comes_to_stdout_and_what_held_ends_with_0(tmp_path: Path) -> None:
    file = scenario(tmp_path, GATE, "{lost: 0}")

    done = subprocess.run(  # noqa: S603  our own command
        command(file, "--format", "json"), capture_output=True, text=True, check=False
    )

    run = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert run["tally"]["sent"] == len(run["requests"]) > 200
    assert run["tally"]["lost"] == 0


def test_what_was_not_expected_ends_with_1(tmp_path: Path) -> None:
    file = scenario(tmp_path, "none", "{lost: 0}")

    done = subprocess.run(  # noqa: S603  our own command
        command(file), capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "IT DID NOT HOLD" in done.stdout


def test_a_missing_balancer_ends_with_2_and_says_what_installs_it(tmp_path: Path) -> None:
    file = scenario(tmp_path, "none", "{lost: 0}")

    done = subprocess.run(  # noqa: S603  our own command
        command(file), capture_output=True, text=True, check=False,
        env={**os.environ, "PATH": str(tmp_path)},
    )  # fmt: skip

    assert done.returncode == 2
    assert "pip install 'awsteward[rehearse]'" in done.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_nothing_is_left_when_it_is_broken_off(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    file = scenario(tmp_path, GATE, "{lost: 0}")
    running = subprocess.Popen(  # noqa: S603  our own command
        command(file), env={**os.environ, "TMPDIR": str(tmp_path)}
    )
    until = time.monotonic() + 10
    while len(of_rehearsals(tmp_path)) < 3 and time.monotonic() < until:
        time.sleep(0.05)
    before = of_rehearsals(tmp_path)

    running.send_signal(number)

    assert running.wait(10) == code
    assert len(before) >= 3
    assert of_rehearsals(tmp_path) == []
    assert list(tmp_path.iterdir()) == [file]
