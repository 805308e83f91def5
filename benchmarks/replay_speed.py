"""How fast a dry `tags replay` is, and that its memory does not grow with the archive.

    python benchmarks/replay_speed.py

Three contenders read the same generated archive, each as a process of its own, in turn (A B C
A B C …), so that whatever else the machine does slows all of them alike. The rival gets an
environment of its own, made once.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from archive import archive
from rival import rival

HERE = Path(__file__).parent
RECORDS = 300_000
SAMPLE_SECONDS = 0.01
Command = Sequence[str]


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--records", type=int, default=RECORDS)
    asked.add_argument("--without-rival", action="store_true", help="do not install it")
    options = asked.parse_args()
    folder = archive(options.records)
    contenders = _contenders(folder, beside=not options.without_rival)
    print(f"{options.records:,} records, 8 % of them creations; {options.rounds} rounds, in turn\n")
    _print_speed(_times(contenders, options.rounds), options.records)
    print("\npeak memory of `tags replay`, all of its processes together")
    for records in (options.records, 4 * options.records):
        peak = _peak(_replay(archive(records)))
        print(f"  {records:>9,} records  {peak / 2**20:6.0f} MB")


def _contenders(folder: Path, *, beside: bool) -> Mapping[str, Command]:
    loop = [sys.executable, str(HERE / "orjson_loop.py"), str(folder)]
    contenders = {"awsteward tags replay": _replay(folder), "gunzip + orjson.loads": loop}
    if beside:
        script = str(HERE / "trailcreator.py")
        contenders["c7n-trailcreator"] = [str(rival()), script, str(folder)]
    return contenders


def _replay(folder: Path) -> Command:
    command = str(Path(sys.executable).with_name("awsteward"))
    return [command, "tags", "replay", str(folder), "--format", "json"]


def _times(contenders: Mapping[str, Command], rounds: int) -> Mapping[str, list[float]]:
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for command in contenders.values():  # once uncounted: compiles what an install would have
        _wait(_start(command))
    for _ in range(rounds):
        for name, command in contenders.items():
            begin = time.perf_counter()
            _wait(_start(command))
            taken[name].append(time.perf_counter() - begin)
    return taken


def _start(command: Command) -> "subprocess.Popen[bytes]":
    nowhere = tempfile.gettempdir()  # no awsteward.yaml: the default policy
    usual = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.Popen(
        command, cwd=nowhere, env=usual, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _wait(process: "subprocess.Popen[bytes]") -> None:
    findings = 1
    if process.wait() not in (0, findings):
        sys.exit(f"{process.args!r} ended with exit code {process.returncode}")


def _print_speed(taken: Mapping[str, list[float]], records: int) -> None:
    ours = next(iter(taken.values()))
    print(f"{'':24}{'median':>9}{'spread':>15}{'records/s':>12}   we are faster by (spread)")
    for name, times in taken.items():
        median = statistics.median(times)
        ratios = sorted(other / own for other, own in zip(times, ours, strict=True))
        print(
            f"{name:24}{median:8.2f}s{min(times):7.2f} .. {max(times):.2f}s"
            f"{records / median:12,.0f}   {statistics.median(ratios):.1f}"
            f" ({ratios[0]:.1f} .. {ratios[-1]:.1f})"
        )


def _peak(command: Command) -> int:
    """The most bytes that the process and its children held at once, shared ones counted twice."""
    process = _start(command)
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(_resident, _family(process.pid))))
        time.sleep(SAMPLE_SECONDS)
    _wait(process)
    return peak


def _family(pid: int) -> Sequence[int]:
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return ()
    return (pid, *(one for child in listed for one in _family(int(child))))


def _resident(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/status").read_text().split()
        return int(fields[fields.index("VmRSS:") + 1]) * 1024
    except (OSError, ValueError):
        return 0


if __name__ == "__main__":
    main()
