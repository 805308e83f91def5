"""The gate over a main process: signals, exit codes, the whole group, and the order of a stop."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.e2e.rollout.gates import SLACK, Server, ended, server, start

LOYAL = "trap 'exit 5' TERM; echo up; while :; do sleep 0.05; done"
DEAF = "trap '' TERM; echo up; while :; do sleep 0.05; done"


@pytest.fixture(name="service")
def _service() -> Iterator[Server]:
    with server() as it:
        yield it


def up(gate: subprocess.Popen[str]) -> None:
    """Until the command says so: a signal that comes before Python is awake finds no gate."""
    assert gate.stdout
    assert gate.stdout.readline() == "up\n"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--", "true"), 0),
        (("sh", "-c", "exit 7"), 7),
        (("-e", "7", "--", "sh", "-c", "exit 7"), 0),
        (("-e", "6", "--", "sh", "-c", "exit 7"), 7),
        (("-e", "137", "--", "sh", "-c", "kill -9 $$"), 0),
        (("--", "sh", "-c", "kill -9 $$"), 137),
        (("--", "no-such-command"), 127),
        (("--", "/etc/passwd"), 126),
        (("--bogus", "--", "true"), 1),
        ((), 1),
    ],
)
def test_the_exit_code_is_the_child_s(words: tuple[str, ...], code: int) -> None:
    assert ended(start("run", *words), time.monotonic())[0] == code


def test_a_signal_is_passed_on_at_once_and_rewritten() -> None:
    gate = start("run", "--rewrite", "HUP:USR1", "--", "sh", "-c", LOYAL.replace("TERM", "USR1"))
    up(gate)

    gate.send_signal(signal.SIGHUP)

    assert ended(gate, time.monotonic())[0] == 5


def test_the_child_has_a_clean_mask_and_python_s_ignored_signals_back() -> None:
    gate = start("run", "--", "grep", "-E", "Sig(Blk|Ign)", "/proc/self/status")
    out, _ = gate.communicate(timeout=10)

    ignored = int(out.split("SigIgn:")[1].split()[0], 16)
    assert "SigBlk:\t0000000000000000" in out
    assert not ignored & (1 << signal.SIGPIPE - 1 | 1 << signal.SIGXFSZ - 1)


def test_without_ports_a_term_is_passed_on_at_once() -> None:
    gate = start("run", "--", "sh", "-c", LOYAL)
    up(gate)
    began = time.monotonic()

    gate.terminate()
    code, after, told = ended(gate, began)

    assert code == 5
    assert after < 1 + SLACK
    assert told["signals"] == 1


def test_a_term_waits_for_min_wait_and_for_the_request(service: Server) -> None:
    words = ("--port", str(service.port), "--min-wait", "0.5", "--grace", "9")
    gate = start("run", *words, "--", "sh", "-c", LOYAL)
    up(gate)
    asked = service.ask(2)
    began = time.monotonic()

    gate.terminate()
    time.sleep(0.5)
    gate.terminate()
    code, after, told = ended(gate, began)
    asked.close()

    assert code == 5
    assert 1.9 <= after <= 3 + SLACK
    assert (told["result"], told["signals"], told["killed"]) == ("drained", 2, False)
    assert told["lost_at_most"] == 0


def test_an_interrupt_stops_at_once_while_a_term_is_waiting(service: Server) -> None:
    gate = start(
        *("run", "--port", str(service.port), "--min-wait", "8", "--grace", "20"),
        *("--", "sh", "-c", "trap 'exit 2' INT; echo up; while :; do sleep 0.05; done"),
    )
    up(gate)
    began = time.monotonic()

    gate.terminate()
    time.sleep(0.2)
    gate.send_signal(signal.SIGINT)

    assert ended(gate, began)[1] < 3 + SLACK


def test_who_does_not_end_is_killed_before_the_grace_period_is_over() -> None:
    gate = start("run", "--grace", "2", "--", "sh", "-c", DEAF)
    up(gate)
    began = time.monotonic()

    gate.terminate()
    code, after, told = ended(gate, began)

    assert code == 137
    assert 1.4 <= after <= 2 + SLACK
    assert told["killed"] is True


def test_what_is_in_flight_at_the_deadline_is_told_as_lost(service: Server) -> None:
    words = ("--port", str(service.port), "--min-wait", "0", "--deadline", "0.5", "--grace", "3")
    gate = start("run", *words, "--", "sh", "-c", LOYAL)
    up(gate)
    asked = service.ask(5)

    gate.terminate()
    _, _, told = ended(gate, time.monotonic())
    asked.close()

    assert (told["result"], told["lost_at_most"]) == ("late", 1)


def test_a_shell_that_dies_first_does_not_cut_its_server() -> None:
    server = (
        "import signal,time,os\ndef end(*_):\n time.sleep(1); os.write(1, b'whole'); os._exit(0)\n"
    )
    server += "signal.signal(signal.SIGTERM, end)\nos.write(1, b'up ')\nwhile True: time.sleep(9)"
    gate = start("run", "--", "sh", "-c", 'python3 -c "$0"; true', server)
    assert gate.stdout
    assert os.read(gate.stdout.fileno(), 3) == b"up "

    gate.terminate()
    out, _ = gate.communicate(timeout=20)

    assert out == "whole"
    assert gate.returncode == 143


def test_who_is_left_when_the_command_ends_is_told_to_end() -> None:
    gate = start("run", "--", "sh", "-c", "sleep 30 & exit 3")

    code, after, told = ended(gate, time.monotonic())

    assert code == 3
    assert after < 10 + SLACK
    assert told["result"] == "ended"


def test_a_reader_that_fails_loses_no_child() -> None:
    gate = start(
        *("run", "--port", "1", "--min-wait", "0", "--deadline", "1", "--grace", "4"),
        *("--", "sh", "-c", LOYAL),
    )
    up(gate)
    began = time.monotonic()

    gate.terminate()
    code, after, told = ended(gate, began)

    assert code == 5
    assert 1 <= after <= 2 + SLACK
    assert told["result"] == "failed"
