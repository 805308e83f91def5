"""The gate beside a service: an HTTP request that blocks until the service is drained."""

import json
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection

from tests.e2e.rollout.gates import SLACK, Server, server, start


@contextmanager
def serving(port: int, *words: str) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        mine: int = free.getsockname()[1]
    gate = start("serve", "--listen", f"127.0.0.1:{mine}", "--port", str(port), *words)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", mine)) == 0:
                    break
            time.sleep(0.05)
        yield mine
    finally:
        gate.send_signal(signal.SIGTERM)
        gate.communicate(timeout=20)
    assert gate.returncode == 0


def ask(port: int, method: str = "GET", path: str = "/") -> tuple[int, str]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as door:
        door.request(method, path)
        answer = door.getresponse()
        return answer.status, answer.read().decode()


def hold(service: Server, port: int, seconds: float) -> tuple[int, str, float]:
    began = time.monotonic()
    with closing(service.ask(seconds)):
        return *ask(port), time.monotonic() - began


def test_the_answer_comes_when_the_request_is_answered() -> None:
    with server() as service, serving(service.port, "--min-wait", "0", "--deadline", "9") as port:
        status, body, after = hold(service, port, 2)

    assert status == 200
    assert 1.9 <= after <= 3 + SLACK
    assert json.loads(body)["result"] == "drained"


def test_past_the_deadline_it_is_a_503_with_what_is_left() -> None:
    with server() as service, serving(service.port, "--min-wait", "0", "--deadline", "1") as port:
        status, body, after = hold(service, port, 4)

    assert status == 503
    assert after <= 2 + SLACK
    assert json.loads(body)["left"] == 1


def test_many_may_wait_and_others_do_not_disturb_them() -> None:
    with (
        server() as service,
        serving(service.port, "--min-wait", "1", "--deadline", "9") as port,
        ThreadPoolExecutor(8) as pool,
    ):
        waiting = [pool.submit(ask, port) for _ in range(8)]
        silent = socket.create_connection(("127.0.0.1", port))
        with socket.create_connection(("127.0.0.1", port)) as rude:
            rude.sendall(b"\x16\x03\x01garbage\r\n\r\n")
            assert rude.recv(100).startswith(b"HTTP/1.1 400")
        others = (("HEAD", "/"), ("GET", "/healthz"), ("GET", "/x"), ("POST", "/"))
        answers = [ask(port, *other)[0] for other in others]
        results = [one.result()[0] for one in waiting]
        silent.close()

    assert answers == [200, 200, 404, 405]
    assert results == [200] * 8
