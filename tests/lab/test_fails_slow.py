"""The gate where its eyes are shut: it waits the safe time and says so, or sees by other means."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from tests.lab.tools import GATE

GATE_WORDS = (sys.executable, "-I", "-S", str(GATE))
NOBODY = 65534
BLIND = (
    "import sys, runpy, _socket; real = _socket.socket\n"
    "class Shut(real):\n"
    "    def __init__(self, family=-1, *more, **named):\n"
    "        if family == 16: raise PermissionError(1, 'Operation not permitted')\n"
    "        super().__init__(family, *more, **named)\n"
    "_socket.socket = Shut; sys.argv = sys.argv[1:]\n"
    "runpy.run_path(sys.argv[0], run_name='__main__')"
)
"""Runs a script in a process whose netlink sockets are denied, as a seccomp profile may."""
TICKS_S = 0.02
"""Some of the kernel's clock ticks: what is not of one tick is not ambiguous."""
NO_PROC = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh")


@contextmanager
def request_of(server: socket.socket) -> Iterator[socket.socket]:
    """The server's side of a connection on which something was asked, some clock ticks later."""
    with socket.create_connection(server.getsockname()) as client:
        held, _ = server.accept()
        with held:
            time.sleep(TICKS_S)
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
            held.recv(100)
            yield held


@pytest.fixture
def port() -> Iterator[int]:
    """A server with one request in flight: it was asked, and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server, request_of(server):
        yield int(server.getsockname()[1])


@pytest.fixture
def quiet() -> Iterator[int]:
    """A server that has answered, and keeps the connection."""
    with socket.create_server(("127.0.0.1", 0)) as server, request_of(server) as held:
        time.sleep(TICKS_S)
        held.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        yield int(server.getsockname()[1])


def gate(before: Sequence[str], port: int, **more: object) -> tuple[int, float, str]:
    """Exit code of `wait`, how long it took, and what it said."""
    began = time.monotonic()
    flags = ("--port", str(port), "--min-wait", "0.5", "--deadline", "1.5", "--longest", "0.4")
    done = subprocess.run(  # noqa: S603  the lab's own command
        [*before, "wait", *flags], capture_output=True, text=True, check=False, timeout=30, **more,  # type: ignore[call-overload]
    )  # fmt: skip
    return done.returncode, time.monotonic() - began, done.stdout + done.stderr


def test_with_open_eyes_it_tells_what_is_in_flight_from_what_is_not(port: int, quiet: int) -> None:
    assert gate(GATE_WORDS, port)[0] == 1
    code, took_s, _ = gate(GATE_WORDS, quiet)

    assert code == 0
    assert took_s >= 0.5


def test_without_netlink_it_reads_proc(quiet: int) -> None:
    blind = (sys.executable, "-I", "-c", BLIND, str(GATE))

    code, took_s, said = gate(blind, quiet)
    assert (code, "proc" in said) == (0, True)
    assert took_s >= 0.5


def test_without_proc_it_asks_netlink(port: int, quiet: int) -> None:
    assert gate((*NO_PROC, *GATE_WORDS), quiet)[0] == 0
    assert gate((*NO_PROC, *GATE_WORDS), port)[0] == 1


def test_without_either_it_sleeps_until_the_deadline_and_says_so(quiet: int) -> None:
    code, took_s, said = gate((*NO_PROC, sys.executable, "-I", "-c", BLIND, str(GATE)), quiet)

    assert code == 3
    assert took_s >= 1.5
    assert '"result": "failed"' in said


def test_whoever_runs_it_it_sees(port: int, quiet: int) -> None:
    """By the system's Python, from its input: nobody may read root's own."""
    with GATE.open() as script:
        nobody: dict[str, object] = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        words = ("/usr/bin/python3", "-I", "-S", "-")

        assert gate(words, quiet, stdin=script, **nobody)[0] == 0
        script.seek(0)
        assert gate(words, port, stdin=script, **nobody)[0] == 1


def test_with_nobody_to_tell_it_works_all_the_same(quiet: int, port: int) -> None:
    closed = ("/bin/sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *GATE_WORDS)

    assert gate(closed, quiet)[0] == 0
    assert gate(closed, port)[0] == 1


@pytest.mark.parametrize("flags", [["--port", "0"], ["--port", "70000"], ["--prot", "8080"], []])
def test_a_wrong_flag_does_not_let_go_early(flags: list[str]) -> None:
    began = time.monotonic()

    done = subprocess.run(  # noqa: S603  the lab's own command
        [*GATE_WORDS, "wait", *flags, "--deadline", "1"],
        capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip

    assert done.returncode == 3
    assert time.monotonic() - began >= 1
    assert len(done.stderr.splitlines()) <= 2
    assert "Traceback" not in done.stderr


def test_a_clock_that_jumps_moves_nothing(port: int) -> None:
    """The wall clock of this namespace's own child is a lie; only the monotonic one is asked."""
    lying = (
        "import sys, runpy, time; time.time = lambda: 0.0\n"
        "time.localtime = time.gmtime = None\n"
        "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    )

    code, took_s, _ = gate((sys.executable, "-I", "-c", lying, str(GATE)), port)

    assert code == 1
    assert took_s >= 1.5


def test_what_ends_while_it_is_watched_is_let_go_at_once() -> None:
    """Where the kernel's stamps are not ambiguous nobody waits for --longest."""
    with socket.create_server(("127.0.0.1", 0)) as server, request_of(server) as held:
        port = str(server.getsockname()[1])
        answered: list[float] = []

        def answer() -> None:
            time.sleep(1.0)
            held.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            answered.append(time.monotonic())

        thread = threading.Thread(target=answer)
        thread.start()
        flags = ("--port", port, "--min-wait", "0.2", "--deadline", "9", "--longest", "5")
        code = subprocess.run([*GATE_WORDS, "wait", *flags], check=False, timeout=30).returncode  # noqa: S603
        late_s = time.monotonic() - answered[0]
        thread.join()

    assert code == 0
    assert 0 <= late_s < 3  # half a second by itself; the machine may be busy
