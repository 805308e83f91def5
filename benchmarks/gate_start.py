"""How long `gate run -- true` takes from start to exit, and what it holds; beside tini, dumb-init.

    python benchmarks/gate_start.py

All are started in turn (A B C … A B C …). `as .pyc` is the file compiled beforehand, as
docs/zero-downtime/gate.md shows. What Python itself takes is shown by a program that does
nothing. Memory is that of the waiting parent of a `sleep`; PSS shares what several map.
"""

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from awsteward.rollout import gate

AIM_MS, AIM_MB = 20.0, 10.0
SETTLED_S = 0.5


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--rounds", type=int, default=40)
    asked.add_argument("--python", default="/usr/bin/python3", help="the Python that runs the gate")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        contenders = _contenders(given.python, Path(folder))
        times = _times(contenders, given.rounds)
        _print(times, {name: memory_mb(words) for name, words in contenders.items()})
    print(f"\naims: start {AIM_MS:g} ms or less, resident {AIM_MB:g} MB or less")
    print("load average:", *(f"{load:.1f}" for load in os.getloadavg()))


def _contenders(python: str, folder: Path) -> Mapping[str, list[str]]:
    """What each is called by, before the command that it starts."""
    source, compiled = gate.__file__, str(folder / "gate.pyc")
    script = f"import py_compile; py_compile.compile({source!r}, {compiled!r}, doraise=True)"
    subprocess.run([python, "-I", "-S", "-c", script], check=True)
    own = [python, "-I", "-S"]
    found = {
        "gate.py": [*own, source, "run", "--"],
        "gate as .pyc": [*own, compiled, "run", "--"],
        "python alone": [
            *own,
            "-c",
            "import os, sys; os.spawnvp(os.P_WAIT, sys.argv[1], sys.argv[1:])",
        ],
    }
    rivals = (shutil.which(name) for name in ("tini", "dumb-init"))
    return found | {Path(path).name: [path, "--"] for path in rivals if path}


def _times(contenders: Mapping[str, list[str]], rounds: int) -> Mapping[str, list[float]]:
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for at in range(rounds + 1):
        for name, words in contenders.items():
            began = time.perf_counter()
            subprocess.run([*words, "true"], check=True, stderr=subprocess.DEVNULL)
            if at:  # the first is to warm
                taken[name].append((time.perf_counter() - began) * 1e3)
    return taken


def memory_mb(words: Sequence[str]) -> tuple[float, float]:
    """RSS and PSS of who waits for a `sleep`."""
    running = subprocess.Popen(
        [*words, "sleep", "60"], start_new_session=True, stderr=subprocess.DEVNULL
    )
    time.sleep(SETTLED_S)
    told = Path(f"/proc/{running.pid}/smaps_rollup").read_text("ascii").splitlines()
    os.killpg(running.pid, signal.SIGTERM)
    running.wait()
    kb = {line.split()[0]: int(line.split()[1]) for line in told[1:]}
    return kb["Rss:"] / 1024, kb["Pss:"] / 1024


def _print(times: Mapping[str, Sequence[float]], memory: Mapping[str, tuple[float, float]]) -> None:
    first = next(iter(times.values()))
    print(f"{'':16}{'start to exit, median':>22}{'spread':>22}   of gate.py     RSS      PSS")
    for name, taken in times.items():
        ratio = statistics.median(own / other for own, other in zip(taken, first, strict=True))
        rss, pss = memory[name]
        spread = f"{min(taken):.1f} .. {max(taken):.1f} ms"
        print(
            f"{name:16}{statistics.median(taken):19.1f} ms{spread:>22}{ratio:12.2f}"
            f"{rss:8.1f}{pss:9.1f} MB"
        )


if __name__ == "__main__":
    main()
