"""The hook for images with nothing but a shell, in three of them."""

import socket
import subprocess
import threading
import time
from contextlib import closing

import pytest

from tests.e2e.rollout.gates import FILE, server
from tests.equipment import need

SHELLS = (("dash",), ("bash", "--posix"), ("busybox", "sh"))


@pytest.fixture(params=SHELLS, ids=lambda words: words[0])
def shell(request: pytest.FixtureRequest) -> tuple[str, ...]:
    words: tuple[str, ...] = request.param
    need(words[0])
    return words


def wait(shell: tuple[str, ...], *words: str) -> tuple[int, float, str]:
    began = time.monotonic()
    done = subprocess.run(  # noqa: S603  our own file
        [*shell, str(FILE.with_name("status.sh")), *words],
        capture_output=True, text=True, check=False, timeout=40,
    )  # fmt: skip
    return done.returncode, time.monotonic() - began, done.stderr


def test_without_connections_it_goes_after_min_wait(shell: tuple[str, ...]) -> None:
    with server() as it:
        code, after, told = wait(shell, "--port", str(it.port), "--min-wait", "1", "--deadline=9")

    assert code == 0
    assert 1 <= after <= 4.5
    assert '"result": "drained"' in told


def test_it_waits_for_a_connection_to_close(shell: tuple[str, ...]) -> None:
    with server() as it:
        asked = it.ask(1)
        threading.Timer(2.5, asked.close).start()

        code, after, _ = wait(shell, "--port", str(it.port), "--min-wait", "0", "--deadline", "12")

    assert code == 0
    assert after >= 2


def test_an_idle_connection_holds_it_for_longest(shell: tuple[str, ...]) -> None:
    words = ("--min-wait", "1", "--deadline", "12", "--longest", "2")
    with server() as it, closing(it.ask(0)):
        code, after, _ = wait(shell, "--port", str(it.port), *words)

    assert code == 0
    assert after >= 2.5


def test_unread_bytes_hold_it_to_the_deadline(shell: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        asked = socket.create_connection(deaf.getsockname())
        asked.sendall(b"GET / HTTP/1.1\r\n\r\n")

        words = ("--min-wait", "0", "--deadline", "2", "--longest", "0")
        code, _, told = wait(shell, "--port", str(deaf.getsockname()[1]), *words)
        asked.close()

    assert code == 1
    assert '"result": "late"' in told


@pytest.mark.parametrize(
    "words",
    [
        ("--port", "1", "--min-wait", "0", "--deadline", "2"),
        ("--port", "70000", "--deadline", "2"),
        ("--prot", "80", "--deadline", "2"),
        ("--port", "80", "--min-wait", "5", "--deadline", "2"),
        ("--port", "80", "--longest", "1.5", "--deadline", "2"),
    ],
)
def test_it_fails_slow(words: tuple[str, ...], shell: tuple[str, ...]) -> None:
    code, after, _ = wait(shell, *words)

    assert code == 3
    assert after >= 1
