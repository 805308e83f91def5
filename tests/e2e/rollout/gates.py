"""The gate as an image runs it, and a server of known behaviour; loopback only."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from awsteward.rollout import gate

FILE = Path(gate.__file__)
SLACK = 4  # seconds that a busy machine may be late; how early anything may be is never slack
PYTHON = os.environ.get("GATE_PYTHON", sys.executable)


class Server:
    """Answers each request after as many seconds as its path says; keeps connections."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        dual = host == "::"
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.door = socket.create_server((host, 0), family=family, dualstack_ipv6=dual)
        self.port: int = self.door.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                caller = self.door.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._answer, args=(caller,), daemon=True).start()
            del caller

    def _answer(self, caller: socket.socket) -> None:
        with suppress(ConnectionError), caller, caller.makefile("rb") as lines:
            while head := lines.readline():
                while lines.readline().strip():
                    pass
                time.sleep(float(head.split()[1][1:] or 0))
                caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    def ask(self, seconds: float, host: str = "127.0.0.1") -> socket.socket:
        """A connection on which a request of so many seconds has just been sent."""
        door = socket.create_connection((host, self.port), timeout=30)
        door.sendall(f"GET /{seconds} HTTP/1.1\r\n\r\n".encode())
        return door


@contextmanager
def server(host: str = "127.0.0.1") -> Iterator[Server]:
    """A server that is closed at the end."""
    it = Server(host)
    try:
        yield it
    finally:
        it.door.close()


def start(*words: str, **more: Any) -> subprocess.Popen[str]:
    """A gate that runs on."""
    return subprocess.Popen(  # noqa: S603  our own file
        [PYTHON, "-I", "-S", str(FILE), *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more,
    )  # fmt: skip


def ended(gate: subprocess.Popen[str], began: float) -> tuple[int, float, dict[str, Any]]:
    """Exit code, seconds since *began*, and what was told on stderr."""
    _, told = gate.communicate(timeout=60)
    lines = [line for line in told.splitlines() if line.startswith("{")]
    return gate.returncode, time.monotonic() - began, json.loads(lines[-1]) if lines else {}


def wait(*words: str, **more: Any) -> tuple[int, float, dict[str, Any]]:
    """``gate.py wait`` to its end."""
    began = time.monotonic()
    return ended(start("wait", *words, **more), began)
