"""The gate as a preStop hook, against real sockets: when it lets go, and that it fails slow."""

import fcntl
import http.server
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.e2e.rollout.gates import FILE, SLACK, Server, server, start, wait


@pytest.fixture(name="service")
def _service() -> Iterator[Server]:
    with server() as it:
        yield it


def test_an_idle_service_is_let_go_right_after_min_wait(service: Server) -> None:
    with closing(service.ask(0.05)) as kept:
        kept.recv(100)

        code, after, told = wait("--port", str(service.port), "--min-wait", "1", "--deadline", "9")

    assert code == 0
    assert 1.0 <= after <= 1.6 + SLACK
    assert (told["result"], told["source"], told["idle"]) == ("drained", "netlink", 1)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_it_waits_for_a_request_whatever_the_family(host: str) -> None:
    with server("::") as dual, closing(dual.ask(2.5, host)) as asked:
        began = time.monotonic()

        code, after, _ = wait("--port", str(dual.port), "--min-wait", "0.5", "--deadline", "9")

        assert code == 0
        assert 2.3 <= after <= 3.1 + SLACK
        asked.settimeout(0)
        assert b"200 OK" in asked.recv(100)
        assert time.monotonic() - began < 4 + SLACK


def test_at_the_deadline_it_says_what_is_left(service: Server) -> None:
    with closing(service.ask(5)), closing(service.ask(5)):
        code, after, told = wait("--port", str(service.port), "--min-wait", "0", "--deadline", "1")

    assert code == 1
    assert 1.0 <= after <= 1.5 + SLACK
    assert (told["result"], told["left"]) == ("late", 2)


def test_a_half_closed_client_that_waits_for_its_answer_counts(service: Server) -> None:
    with closing(service.ask(2)) as asked:
        asked.shutdown(socket.SHUT_WR)

        code, after, _ = wait("--port", str(service.port), "--min-wait", "0", "--deadline", "9")

    assert code == 0
    assert after >= 1.8


def test_a_request_that_nobody_accepted_yet_counts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        asked = socket.create_connection(deaf.getsockname())
        asked.sendall(b"GET / HTTP/1.1\r\n\r\n")

        port = str(deaf.getsockname()[1])
        code, _, told = wait("--port", port, "--min-wait", "0", "--deadline", "1", "--longest", "0")
        asked.close()

    assert (code, told["busy"]) == (1, 1)


def test_a_connection_without_a_word_counts_until_it_was_quiet_for_longest(service: Server) -> None:
    with socket.create_connection(("127.0.0.1", service.port)):
        words = ("--port", str(service.port), "--min-wait", "0", "--deadline", "9")
        code, after, _ = wait(*words, "--longest", "2")

    assert code == 0
    assert 1.8 <= after <= 2.6 + SLACK


def test_connections_of_other_ports_and_as_a_client_do_not_count(service: Server) -> None:
    with server() as other, closing(other.ask(4)):
        assert wait("--port", str(service.port), "--min-wait", "0", "--deadline", "3")[0] == 0


WITHOUT = {
    "netlink": "gate.NETLINK_SOCK_DIAG = 99",
    "netlink-and-proc": "gate.NETLINK_SOCK_DIAG = 99; gate.PROC_NET = '/nowhere'",
    "reason": "gate.judge = None",
    "monotony": "clock = gate.time.monotonic; gate.time.time = None",
}


def crippled(what: str, *words: str) -> tuple[int, float, str]:
    began = time.monotonic()
    code = f"import sys; sys.path.insert(0, {str(FILE.parent)!r}); import gate; {WITHOUT[what]}; "
    done = subprocess.run(  # noqa: S603  our own file
        [sys.executable, "-I", "-S", "-c", code + "sys.exit(gate.main(sys.argv[1:]))", *words],
        capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    return done.returncode, time.monotonic() - began, done.stderr


def test_without_netlink_a_request_holds_it_until_its_connection_is_closed(service: Server) -> None:
    asked = service.ask(1)
    threading.Timer(2.5, asked.close).start()

    words = ("--min-wait", "0.2", "--deadline", "9")
    code, after, told = crippled("netlink", "wait", "--port", str(service.port), *words)

    assert code == 0
    assert 1.4 <= after <= 3.5 + SLACK
    assert '"source": "proc"' in told


def test_without_netlink_an_idle_connection_holds_it_for_min_wait_and_longest(
    service: Server,
) -> None:
    with closing(service.ask(0)):
        words = ("--min-wait", "0.5", "--longest", "1", "--deadline", "9")
        code, after, _ = crippled("netlink", "wait", "--port", str(service.port), *words)

    assert code == 0
    assert 1.5 <= after <= 2.2 + SLACK


@pytest.mark.parametrize("what", ["netlink-and-proc", "reason"])
def test_who_cannot_see_waits_to_the_deadline(what: str, service: Server) -> None:
    with closing(service.ask(9)):
        words = ("--min-wait", "0", "--deadline", "1.2")
        code, after, told = crippled(what, "wait", "--port", str(service.port), *words)

    assert code == 3
    assert 1.2 <= after <= 1.9 + SLACK
    assert '"result": "failed"' in told


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("wait", "--port", "0", "--deadline", "1.2"), id="port-0"),
        pytest.param(("wait", "--port", "70000", "--deadline=1.2"), id="port-70000"),
        pytest.param(("wait", "--prot", "80", "--deadline", "1.2"), id="unknown-flag"),
        pytest.param(("wait", "--port", "80", "--min-wait", "9", "--deadline", "1.2"), id="short"),
        pytest.param(("wiat", "--port", "80", "--deadline", "1.2"), id="unknown-form"),
        pytest.param(("wait", "--port", "1", "--min-wait", "0", "--deadline", "1.2"), id="nobody"),
        pytest.param(
            ("wait", "--inflight-url", "http://127.0.0.1:1/", "--deadline", "1.2"), id="no-answer"
        ),
        pytest.param(
            ("wait", "--busy-file", "/nowhere/busy", "--deadline", "1.2"), id="no-such-folder"
        ),
        pytest.param(
            ("wait", "--busy-file", "/tmp/x", "--stop-intake", "exit 9", "--deadline", "1.2"),  # noqa: S108  never made
            id="intake-goes-on",
        ),
    ],
)
def test_it_fails_slow(words: tuple[str, ...]) -> None:
    began = time.monotonic()
    gate = start(*words)
    _, told = gate.communicate(timeout=30)

    assert gate.returncode == 3
    assert 1.2 <= time.monotonic() - began <= 1.9 + SLACK
    assert '"result": "failed"' in told


def test_closed_outputs_do_not_shorten_anything(service: Server) -> None:
    def close() -> None:
        for number in range(3):
            os.close(number)

    with closing(service.ask(2)):
        began = time.monotonic()
        words = ["wait", "--port", str(service.port), "--min-wait", "0", "--deadline", "9"]
        done = subprocess.run(  # noqa: S603  our own file
            [sys.executable, "-I", "-S", str(FILE), *words],
            preexec_fn=close, check=False, timeout=30,
        )  # fmt: skip

    assert done.returncode == 0
    assert time.monotonic() - began >= 1.8


def test_a_full_pipe_does_not_hold_it(service: Server) -> None:
    reading, writing = os.pipe()
    os.write(writing, bytes(fcntl.fcntl(writing, fcntl.F_GETPIPE_SZ)))

    words = ["wait", "--port", str(service.port), "--min-wait", "0", "--deadline", "9"]
    done = subprocess.run(  # noqa: S603  our own file
        [sys.executable, "-I", "-S", str(FILE), *words], stderr=writing, check=False, timeout=10
    )
    os.close(reading)
    os.close(writing)

    assert done.returncode == 0


@contextmanager
def application(answers: dict[str, list[str]]) -> Iterator[tuple[str, list[str]]]:
    """Says at each path one thing after the other, the last one for ever; keeps what was asked."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.command} {self.path}")
            left = answers[self.path]
            body = (left.pop(0) if len(left) > 1 else left[0]).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815  the library's name

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as it:
        threading.Thread(target=it.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{it.server_address[1]}", asked
        it.shutdown()


def test_an_application_that_counts_is_believed() -> None:
    with application({"/": ["2", '{"in_flight": 1}', "0"]}) as (url, asked):
        code, _, told = wait("--inflight-url", f"{url}/", "--min-wait", "0", "--deadline", "9")

    assert (code, told["peak"], told["left"]) == (0, 2, 0)
    assert len(asked) == 4


def test_a_consumer_stops_its_intake_before_it_is_waited_for(tmp_path: Path) -> None:
    busy, stopped = tmp_path / "busy", tmp_path / "stopped"
    busy.touch()
    threading.Timer(1.5, busy.unlink).start()

    words = ("--stop-intake", f"touch {stopped}", "--busy-file", str(busy), "--deadline", "9")
    code, after, _ = wait(*words)

    assert code == 0
    assert 1.4 <= after <= 2.2 + SLACK
    assert stopped.exists()


def close_once(door: socket.socket, asked: list[str]) -> None:
    while not asked:
        time.sleep(0.01)
    time.sleep(0.3)
    door.close()


def test_sessions_are_asked_to_close_and_counted() -> None:
    with server() as it, application({"/close": ['{"acknowledged": 1}']}) as (url, asked):
        leaving, staying = it.ask(0), it.ask(0)
        leaving.recv(100)
        staying.recv(100)
        threading.Thread(target=close_once, args=(leaving, asked), daemon=True).start()

        words = ("--port", str(it.port), "--min-wait", "1", "--deadline", "20", "--longest", "3")
        code, after, told = wait(*words, "--sessions", f"{url}/close")
        staying.close()

    assert code == 0
    assert after >= 2.5
    assert asked == ["POST /close"]
    assert (told["sessions"], told["sessions_closed"]) == (2, 1)
    assert told["sessions_answer"] == '{"acknowledged": 1}'


def test_a_client_that_reuses_its_connection_at_once_is_never_called_idle() -> None:
    code = """
import sys, socket, threading, time
sys.path.insert(0, sys.argv[1])
import gate
busy, seen, false, over = 0, 0, 0, False
door = socket.create_server(("127.0.0.1", 0))
port = door.getsockname()[1]
asked, answered = [0] * 8, [0] * 8
def serve(n, it):
    while it.recv(1):
        time.sleep(0.03 * (n % 4))
        answered[n] += 1          # from here on the answer may be out
        it.send(b"y")
def call(n):
    it = socket.create_connection(("127.0.0.1", port))
    threading.Thread(target=serve, args=(n, door.accept()[0]), daemon=True).start()
    while not over:
        it.send(b"x")
        asked[n] += 1             # from here on it is in flight
        it.recv(1)
for n in range(8):
    threading.Thread(target=call, args=(n,), daemon=True).start(); time.sleep(0.02)
sockets = gate.Sockets([port], 30, 0, 0)
until = time.monotonic() + 6
while time.monotonic() < until:
    which = [(a, b) for a, b in zip(asked, answered)]
    sample = sockets.read(time.monotonic())
    steady = sum(w == (a, b) and a > b for w, a, b in zip(which, asked, answered))
    seen += steady
    false += max(0, steady - sample.in_flight())
print(seen, false)
"""
    done = subprocess.run(  # noqa: S603  our own code
        [sys.executable, "-c", code, str(FILE.parent)],
        capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    seen, false = (int(word) for word in done.stdout.split())

    assert seen > 100
    assert false == 0
