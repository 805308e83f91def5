"""Whether the gate ever calls a connection idle that has a request in flight; it must not.

    python benchmarks/gate_false_idle.py --observations 1000000 --seconds 900 --state idle.json

A client sends the next request on each connection as soon as it has the answer, or a moment later;
a server answers after 0 to 300 ms. Both are processes of their own and count, in shared memory,
what they sent and got. An observation is one connection at one look of the gate, and counts as
busy only where a request was in flight before the look and the same one still after it. The rule
is judged without --pause, which would hide its errors. With --state a later run goes on counting.
"""

import argparse
import heapq
import json
import mmap
import os
import resource
import selectors
import socket
import statistics
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from awsteward.rollout import gate

ANSWERS_S = (0.0, 0.001, 0.004, 0.02, 0.05, 0.1, 0.2, 0.3)
THINKS_S = (0.0, 0.0, 0.0, 0.15)
"""How long the client waits before the next request, by connection: most do not."""
BEGUN, SENT, ANSWERED, GOT = range(4)
"""Of each connection, counters that one process each writes: requests, and answers."""
LONGEST_S, SLACK_S = 2.0, 0.5
Counts = Sequence[int]


def main() -> None:
    """Look until there are observations enough, then print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--observations", type=int, default=1_000_000)
    asked.add_argument("--connections", type=int, default=400)
    asked.add_argument("--seconds", type=float, default=600.0)
    asked.add_argument("--releases", type=int, default=3, help="stops measured, of each kind")
    asked.add_argument("--state", type=Path, help="a file to go on from")
    given = asked.parse_args()
    seen: Counter[str] = Counter()
    if given.state and given.state.exists():
        seen.update(json.loads(given.state.read_text("utf-8")))
    until = time.monotonic() + given.seconds
    with _traffic(given.connections) as (port, keys, truth):
        look = _Look(port, keys, truth)
        while _busy(seen) < given.observations and time.monotonic() < until:
            look.count(seen)
    if given.state:
        given.state.write_text(json.dumps(seen), "utf-8")
    _print(seen, given.observations)
    _print_releases(given.releases)
    print("load average:", *(f"{load:.1f}" for load in os.getloadavg()))
    sys.exit(bool(seen["busy idle"]))


def _busy(seen: Counter[str]) -> int:
    return sum(seen[f"busy {verdict}"] for verdict in (gate.BUSY, gate.UNSURE, gate.IDLE))


class _Look:
    """The gate's own look, with each connection's verdict kept beside its ports."""

    def __init__(self, port: int, keys: Sequence[int], truth: "memoryview[int]") -> None:
        self.keys, self.truth = keys, truth
        self.sockets = gate.Sockets([port], 30.0, 0, 0, keep=True)
        self.verdicts: list[str] = []
        judge = gate.judge

        def recorded(*words: object) -> str:
            self.verdicts.append(judge(*words))
            return self.verdicts[-1]

        gate.judge = recorded

    def count(self, seen: Counter[str]) -> None:
        """Add each connection whose truth was the same before and after one look."""
        self.verdicts.clear()
        before = self.truth.tolist()
        sample = self.sockets.netlink(0)
        after = self.truth.tolist()
        ports = (struct.unpack_from(">H", key, 2)[0] for key in sample.ages)
        verdicts = dict(zip(ports, self.verdicts, strict=True))
        for at, port in enumerate(self.keys):
            counts = before[at * 4 : at * 4 + 4]
            if counts != after[at * 4 : at * 4 + 4]:
                continue
            if state := _truth(counts):
                seen[f"{state} {verdicts.get(port, gate.IDLE)}"] += 1
        seen["looks"] += 1


def _truth(counts: Counts) -> str | None:
    if counts[SENT] > counts[ANSWERED]:
        return "busy"
    return "idle" if counts[BEGUN] == counts[GOT] else None


@contextmanager
def _traffic(number: int) -> Iterator[tuple[int, Sequence[int], "memoryview[int]"]]:
    """The port, each connection's port of the client's, and the counters; two processes at work."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    truth = memoryview(mmap.mmap(-1, number * 4 * 8)).cast("Q")
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as door:
        port = door.getsockname()[1]
        clients, servers = [], []
        for _ in range(number):
            clients.append(socket.create_connection(door.getsockname()))
            servers.append(door.accept()[0])
        keys = [client.getsockname()[1] for client in clients]
        pids = [_fork(_serve, servers, truth), _fork(_call, clients, truth)]
        for end in clients + servers:
            end.close()
        try:
            yield port, keys, truth
        finally:
            for pid in pids:
                os.kill(pid, 9)
                os.waitpid(pid, 0)


def _fork(
    work: Callable[[Sequence[socket.socket], "memoryview[int]"], None],
    ends: Sequence[socket.socket],
    truth: "memoryview[int]",
) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        work(ends, truth)
    finally:
        os._exit(1)


def _serve(ends: Sequence[socket.socket], truth: "memoryview[int]") -> None:
    def answer(at: int) -> None:
        truth[at * 4 + ANSWERED] += 1  # from here on the answer may be out
        ends[at].send(b"y")

    _after(ends, answer, lambda at: ANSWERS_S[at % len(ANSWERS_S)])


def _call(ends: Sequence[socket.socket], truth: "memoryview[int]") -> None:
    def ask(at: int) -> None:
        truth[at * 4 + BEGUN] += 1
        ends[at].send(b"x")
        truth[at * 4 + SENT] += 1  # from here on it is in flight

    def think(at: int) -> float:
        truth[at * 4 + GOT] += 1
        return THINKS_S[at // len(ANSWERS_S) % len(THINKS_S)]

    for at in range(len(ends)):
        ask(at)
    _after(ends, ask, think)


def _after(
    ends: Sequence[socket.socket], act: Callable[[int], None], delay: Callable[[int], float]
) -> None:
    """Whenever a byte comes, *act* so many seconds later; for ever."""
    due: list[tuple[float, int]] = []
    ready = selectors.DefaultSelector()
    for at, end in enumerate(ends):
        ready.register(end, selectors.EVENT_READ, at)
    while True:
        wait = max(0.0, due[0][0] - time.monotonic()) if due else None
        for key, _ in ready.select(wait):
            ends[key.data].recv(1)
            seconds = delay(key.data)
            if seconds:
                heapq.heappush(due, (time.monotonic() + seconds, key.data))
            else:
                act(key.data)
        while due and due[0][0] <= time.monotonic():
            act(heapq.heappop(due)[1])


def _print(seen: Counter[str], wanted: int) -> None:
    busy, idle = _busy(seen), sum(seen[f"idle {verdict}"] for verdict in ("busy", "unsure", "idle"))
    print(f"busy observations {busy:,} of {wanted:,}, in {seen['looks']:,} looks")
    print(f"  false idle  {seen['busy idle']:,}   (aim: 0)")
    print(f"  ambiguous   {_share(seen['busy unsure'], busy)}   counted as busy until quiet")
    print(f"idle observations {idle:,}")
    print(f"  false busy  {_share(seen['idle busy'], idle)}")
    print(f"  ambiguous   {_share(seen['idle unsure'], idle)}")


def _share(part: int, whole: int) -> str:
    return f"{part:,} ({part / whole:.3%})" if whole else "none"


def _print_releases(rounds: int) -> None:
    """How long after the last byte `gate wait` ends, beside what was promised."""
    for name, seconds, bound in (
        ("stamps apart", 0.5, SLACK_S),
        ("stamps of one tick, perhaps", 0.0, LONGEST_S + SLACK_S),
    ):
        late = sorted(_release(seconds) for _ in range(rounds))
        if late:
            print(
                f"release after the last byte, {name}: median {statistics.median(late):.2f} s"
                f" ({late[0]:.2f} .. {late[-1]:.2f}), bound {bound:.1f} s"
            )


def _release(answer_s: float) -> float:
    words = ("--min-wait", "0", "--deadline", "20", "--longest", str(LONGEST_S))
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = str(door.getsockname()[1])
        with closing(socket.create_connection(door.getsockname())) as client:
            server = door.accept()[0]
            client.send(b"x")
            command = [sys.executable, "-I", "-S", gate.__file__, "wait", "--port", port, *words]
            with closing(server), subprocess.Popen(command, stderr=subprocess.DEVNULL) as waiting:
                time.sleep(0.5)
                client.send(b"x")
                time.sleep(answer_s)
                server.recv(9)
                server.send(b"y")
                client.recv(1)
                began = time.monotonic()
                waiting.wait()
    return time.monotonic() - began


if __name__ == "__main__":
    main()
