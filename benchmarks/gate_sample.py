"""What one look of the gate takes: by netlink, by /proc/net/tcp, and as `ss -tin` would see it.

    python benchmarks/gate_sample.py

Real connections on loopback, of which half were answered and half wait. The three look in turn
(A B C A B C …) at the same connections; the times include the kernel's own. `ss` starts as a
process each time, as it would in a hook made of it.
"""

import argparse
import os
import resource
import shutil
import socket
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from awsteward.rollout import gate

AIM_MS, AIM_AT = 5.0, 1_000
LONGEST_S, PAUSE_S = 30.0, 0.1


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--connections", type=int, nargs="+", default=[100, AIM_AT, 9_000])
    asked.add_argument("--rounds", type=int, default=40)
    given = asked.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for number in given.connections:
        with connections(number) as port:
            _print(number, _times(_readers(port), given.rounds))
    print(f"\naim: {AIM_MS:g} ms or less at {AIM_AT:,} connections by netlink")
    print("load average:", *(f"{load:.1f}" for load in os.getloadavg()))


@contextmanager
def connections(number: int) -> Iterator[int]:
    """A port with so many connections, every second one with a request that has no answer."""
    with ExitStack() as stack:
        door = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=4096))
        for at in range(number):
            client = stack.enter_context(socket.create_connection(door.getsockname()))
            server = stack.enter_context(door.accept()[0])
            client.sendall(b"x")
            server.recv(1)
            if at % 2:
                server.sendall(b"y")
                client.recv(1)
        yield door.getsockname()[1]


def _readers(port: int) -> Mapping[str, Callable[[], object]]:
    sockets = gate.Sockets([port], LONGEST_S, PAUSE_S, 0)
    readers = {
        "netlink": lambda: sockets.netlink(0),
        "/proc/net/tcp": lambda: sockets.proc(time.monotonic()),
    }
    if ss := shutil.which("ss"):
        words = [ss, "-tinH", "sport", "=", f":{port}"]
        readers["ss -tin"] = lambda: subprocess.run(words, stdout=subprocess.PIPE, check=True)
    return readers


def _times(
    readers: Mapping[str, Callable[[], object]], rounds: int
) -> Mapping[str, list[tuple[float, float]]]:
    """Of each: milliseconds on the clock, and of this process's own CPU."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in readers}
    for at in range(rounds + 1):
        for name, read in readers.items():
            began, cpu = time.perf_counter(), time.process_time()
            read()
            took = (time.perf_counter() - began) * 1e3, (time.process_time() - cpu) * 1e3
            if at:  # the first is to warm
                taken[name].append(took)
    return taken


def _print(number: int, taken: Mapping[str, Sequence[tuple[float, float]]]) -> None:
    print(f"\n{number:,} connections")
    first = [wall for wall, _ in next(iter(taken.values()))]
    for name, times in taken.items():
        walls = [wall for wall, _ in times]
        ratio = statistics.median(own / other for own, other in zip(walls, first, strict=True))
        print(
            f"  {name:16}{statistics.median(walls):8.2f} ms ({min(walls):.2f} .. {max(walls):.2f})"
            f"  own CPU {statistics.median(cpu for _, cpu in times):6.2f} ms"
            f"  {ratio:5.2f} times netlink"
        )


if __name__ == "__main__":
    main()
