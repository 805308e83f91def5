"""What tini's and dumb-init's own tests hold, in real PID namespaces, and what both cannot do.

The claims are theirs (https://github.com/krallin/tini, `test/` and `ci/`;
https://github.com/Yelp/dumb-init, `tests/`); the code is ours. A tool that makes no such claim is
`n/a`, with the reason.
"""

import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.lab import programs
from tests.lab.space import LONGEST_S, PYTHON, run, space
from tests.lab.tools import Tool

Property = Callable[[str, object], None]
LOOK = ("grep", "-E", "SigBlk|SigIgn", "/proc/self/status")
CODES = (0, 1, 2, 3, 42, 100, 126, 127, 128, 129, 137, 143, 200, 254, 255)
FORWARDED = (
    "HUP", "INT", "QUIT", "USR1", "TERM", "WINCH", "ALRM", "PIPE", "CONT", "URG", "VTALRM", "PROF",
    "IO", "PWR", "XCPU", "XFSZ", "TRAP", "ABRT", "SYS",
)  # fmt: skip


def needs(flags: Sequence[str] | None, why: str) -> Sequence[str]:
    if flags is None:
        pytest.skip(f"n/a: {why}")
    return flags


# --- how it ends -----------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_the_exit_code_is_the_childs(tool: Tool, code: int) -> None:
    assert run(tool.command((), "sh", "-c", f"exit {code}"))[0] == code


def test_every_fifth_exit_code_there_is(tool: Tool) -> None:
    every = 'n=0; while [ $n -lt 256 ]; do "$@" "exit $n"; [ $? = $n ] || echo $n; n=$((n+5)); done'
    command = ["/bin/sh", "-c", every, "sh", *tool.command((), "sh", "-c")]
    done = subprocess.run(  # noqa: S603  the lab's own command
        command, capture_output=True, text=True, check=False, timeout=60
    )

    assert done.stdout == ""


@pytest.mark.parametrize("number", ["HUP", "INT", "QUIT", "USR1", "USR2", "TERM", "KILL", "SEGV"])
def test_a_child_that_a_signal_ends_gives_128_and_it(tool: Tool, number: str) -> None:
    code, _, _ = run(tool.command((), "sh", "-c", f"kill -{number} $$"))

    assert code == 128 + signal.Signals[f"SIG{number}"]


@pytest.mark.parametrize("code", [143, 1, 255])
def test_an_exit_code_can_be_taken_for_success(tool: Tool, code: int) -> None:
    flags = needs(tool.ok_exit(code), "it maps no exit codes")

    assert run(tool.command(flags, "sh", "-c", f"exit {code}"))[0] == 0
    assert run(tool.command(flags, "sh", "-c", f"exit {code - 1}"))[0] == code - 1


def test_a_missing_program_is_127(tool: Tool) -> None:
    if tool.name == "dumb-init":
        pytest.skip("n/a: it only says that this is not 0")

    assert run(tool.command((), "/no/such/program"))[0] == 127


def test_a_program_that_cannot_be_executed_is_126(tool: Tool) -> None:
    if tool.name == "dumb-init":
        pytest.skip("n/a: it only says that this is not 0")

    assert run(tool.command((), "/etc"))[0] == 126


def test_a_script_without_its_first_line_is_the_shells(tool: Tool, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("exit 5\n")
    script.chmod(0o755)

    assert run(tool.command((), str(script)))[0] == 5


def test_what_is_typed_into_it_is_the_childs(tool: Tool) -> None:
    done = subprocess.run(  # noqa: S603  the lab's own command
        tool.command((), "sh"), input="exit 5\n", capture_output=True, text=True, check=False
    )

    assert done.returncode == 5


def test_a_missing_program_is_a_failure(tool: Tool) -> None:
    code, _, complained = run(tool.command((), "/no/such/program"))

    assert code != 0
    assert "/no/such/program" in complained


def test_a_wrong_flag_is_a_failure(tool: Tool) -> None:
    code, said, complained = run([*tool.words, "--no-such-flag", *tool.end, "echo", "ran"])

    assert code == 1
    assert "ran" not in said
    assert complained


# --- signals ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORWARDED)
def test_signals_are_passed_on(tool: Tool, name: str) -> None:
    if name in tool.not_forwarded:
        pytest.skip("n/a: it keeps this one, and says so")

    with space(tool.command((), *PYTHON, programs.LISTENER, name, "USR2")) as one:
        assert one.line() == "up"
        one.tell(signal.Signals[f"SIG{name}"])
        heard = one.line()
        one.tell(signal.SIGUSR2)
        one.end()

    assert heard == name


@pytest.mark.parametrize("whole", [True, False], ids=["group", "child alone"])
def test_the_group_or_the_child_alone_is_signalled(tool: Tool, *, whole: bool) -> None:
    flags = needs(tool.group if whole else tool.single, "it cannot")

    with space(tool.command(flags, *PYTHON, programs.FAMILY, "0.8")) as one:
        assert one.line() == "up"
        one.tell(signal.SIGTERM)
        heard = {one.line()}
        heard |= set(one.end()[1].split())

    assert ("grandchild" in heard) is whole
    assert "child" in heard


def test_a_signal_can_be_another_one_for_the_child(tool: Tool) -> None:
    flags = needs(tool.rewrite(signal.SIGTERM, signal.SIGQUIT), "it rewrites no signals")

    with space(tool.command(flags, *PYTHON, programs.LISTENER, "TERM", "QUIT", "USR2")) as one:
        assert one.line() == "up"
        one.tell(signal.SIGTERM)
        heard = one.line()
        one.tell(signal.SIGUSR2)
        one.end()

    assert heard == "QUIT"


def test_two_signals_can_be_exchanged(tool: Tool) -> None:
    there = needs(tool.rewrite(signal.SIGUSR1, signal.SIGHUP), "it rewrites no signals")
    back = needs(tool.rewrite(signal.SIGHUP, signal.SIGUSR1), "it rewrites no signals")
    command = tool.command((*there, *back), *PYTHON, programs.LISTENER, "USR1", "HUP", "USR2")

    with space(command) as one:
        assert one.line() == "up"
        one.tell(signal.SIGUSR1)
        first = one.line()
        one.tell(signal.SIGHUP)
        second = one.line()
        one.tell(signal.SIGUSR2)
        one.end()

    assert (first, second) == ("HUP", "USR1")


def test_a_signal_can_be_kept_from_the_child(tool: Tool) -> None:
    flags = needs(tool.rewrite(signal.SIGUSR1, 0), "it drops no signals")

    with space(tool.command(flags, *PYTHON, programs.LISTENER, "USR1", "HUP", "USR2")) as one:
        assert one.line() == "up"
        one.tell(signal.SIGUSR1)
        one.tell(signal.SIGHUP)
        heard = one.line()
        one.tell(signal.SIGUSR2)
        one.end()

    assert heard == "HUP"


def test_the_child_blocks_and_ignores_nothing(tool: Tool) -> None:
    """Looked at by grep: Python itself ignores two, and would hide that they were ignored."""
    _, said, _ = run(tool.command((), *LOOK))

    assert _masks(said) == {"SigBlk:": 0, "SigIgn:": 0}


def test_what_it_was_told_to_ignore_the_child_ignores_too(tool: Tool) -> None:
    """tini's `sigconf-test`; dumb-init gives every child a clean slate."""
    if tool.name == "dumb-init":
        pytest.skip("n/a: it gives every child a clean slate")
    told = ("env", "--ignore-signal=TTOU,INT,HUP", "--block-signal=TTIN,USR2")

    _, said, _ = run([*told, *tool.command((), *LOOK)])

    number = {name: 1 << (signal.Signals[f"SIG{name}"] - 1) for name in
              ("TTOU", "INT", "HUP", "TTIN", "USR2")}  # fmt: skip
    assert _masks(said) == {
        "SigBlk:": number["TTIN"] | number["USR2"],
        "SigIgn:": number["TTOU"] | number["INT"] | number["HUP"],
    }


def test_a_child_is_suspended_and_goes_on(tool: Tool) -> None:
    """Not as PID 1: dumb-init suspends itself too, which PID 1 of a namespace cannot."""
    with subprocess.Popen(  # noqa: S603  the lab's own command
        tool.command((), *PYTHON, programs.LISTENER, "USR1", "USR2"),
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as one:  # fmt: skip
        assert one.stdout is not None
        assert one.stdout.readline() == "up\n"
        (child,) = _children(one.pid)

        one.send_signal(signal.SIGTSTP)
        _until(lambda: _state(child) == "T")
        one.send_signal(signal.SIGCONT)
        _until(lambda: _state(child) != "T")
        one.send_signal(signal.SIGUSR1)
        heard = one.stdout.readline()
        one.send_signal(signal.SIGUSR2)

    assert heard == "USR1\n"


# --- orphans ---------------------------------------------------------------------------------


def test_three_hundred_orphans_are_buried(tool: Tool) -> None:
    _, said, _ = run(tool.command((), *PYTHON, programs.ORPHANS, "300"))

    assert said.strip() == "0"


def test_it_dies_with_its_parent_where_that_is_wanted(tool: Tool, tmp_path: Path) -> None:
    flags = needs(tool.parent_death, "it does not look at its parent")
    told = tmp_path / "told"
    child = f"trap 'echo told > {told}; exit' TERM; echo up; while :; do sleep 0.1; done"
    with subprocess.Popen(  # noqa: S603  the lab's own command
        ["/bin/sh", "-c", '"$@" & wait', "sh", *tool.command(flags, "sh", "-c", child)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as parent:  # fmt: skip
        assert parent.stdout is not None
        assert parent.stdout.readline() == "up\n"
        parent.kill()

    _until(told.exists)


# --- where it stands -------------------------------------------------------------------------


def test_it_keeps_no_folder_busy(tool: Tool) -> None:
    needs([] if tool.own_folder else None, "it stays where it was started")
    with space(tool.command((), *PYTHON, programs.STUBBORN)) as one:
        assert one.line() == "up"
        assert str(Path(f"/proc/{one.first}/cwd").readlink()) == tool.own_folder


def test_the_child_stays_where_it_was_started(tool: Tool, tmp_path: Path) -> None:
    code, said, _ = run(["env", "--chdir", str(tmp_path), *tool.command((), "pwd")])

    assert (code, said.strip()) == (0, str(tmp_path))


# --- at a terminal ---------------------------------------------------------------------------


def test_ctrl_c_reaches_the_child_and_ends_all(tool: Tool) -> None:
    assert _at_terminal(tool.command((), *PYTHON, programs.STUBBORN), b"\x03") == 130


def test_the_child_may_read_from_the_terminal(tool: Tool) -> None:
    reads = 'echo up; read -r word; [ "$word" = hello ] && exit 7'

    assert _at_terminal(tool.command((), "sh", "-c", reads), b"hello\n") == 7


# --- what both cannot do ---------------------------------------------------------------------


@pytest.mark.parametrize("whole", [False, True], ids=["child", "group"])
def test_work_in_flight_behind_a_shell_is_finished(
    tool: Tool, tmp_path: Path, record_property: Property, *, whole: bool
) -> None:
    """``sh -c 'server; true'``: the shell dies of TERM, its server has work to do."""
    flags = needs(tool.group if whole else (), "it cannot")
    program = tmp_path / "server.py"
    program.write_text(programs.SERVER)
    server = f"{PYTHON[0]} -I -S {program}; true"

    with space(tool.command(flags, "sh", "-c", server)) as one:
        assert one.line() == "up"
        one.tell(signal.SIGTERM)
        _, said, _ = one.end()

    seen = "finished" if "finished" in said else "cut"
    record_property("seen", seen)
    assert seen == tool.does["shell"]


def test_what_a_child_leaves_behind_may_finish(tool: Tool, record_property: Property) -> None:
    _, said, _ = run(tool.command((), *PYTHON, programs.LATE_CHILD))

    seen = "finished" if "finished" in said else "cut"
    record_property("seen", seen)
    assert seen == tool.does["survivors"]


def test_a_server_with_a_handler_finishes(tool: Tool) -> None:
    with space(tool.command((), *PYTHON, programs.SERVER)) as one:
        assert one.line() == "up"
        one.tell(signal.SIGTERM)
        code, said, _ = one.end()

    own = [line for line in said.splitlines() if not line.startswith("{")]  # the gate's report
    assert (code, own) == (0, ["told", "finished"])


def test_a_server_without_a_handler_ends_at_once(tool: Tool) -> None:
    with space(tool.command((), "sleep", "60")) as one:
        _until(lambda: bool(_children(one.first)))
        time.sleep(0.1)
        one.tell(signal.SIGTERM)
        code, _, _ = one.end()

    assert code == 143


def test_a_server_that_ignores_term_is_killed_within_its_grace(tool: Tool) -> None:
    if tool.name != "gate run":
        pytest.skip("n/a: it knows no grace period; it waits for ever")
    before = time.monotonic()

    command = tool.command(("--grace", "2"), *PYTHON, programs.STUBBORN)
    with space(command) as one:
        assert one.line() == "up"
        one.tell(signal.SIGTERM)
        code, said, _ = one.end()

    assert code == 137
    assert time.monotonic() - before < 6
    assert '"killed": true' in said


def _masks(said: str) -> dict[str, int]:
    """Without the two signals that glibc keeps to itself, and a spawned process ignores."""
    words = said.split()
    glibc = (1 << 31) | (1 << 32)
    return {
        name: int(mask, 16) & ~glibc for name, mask in zip(words[::2], words[1::2], strict=True)
    }


# --- looking in ------------------------------------------------------------------------------


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def _until(look: object) -> None:
    assert callable(look)
    until = time.monotonic() + 5
    while not look():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.01)


def _at_terminal(command: Sequence[str], typed: bytes) -> int:
    """Run it in the foreground of a terminal of its own, type, and wait for its end."""
    pid, terminal = pty.fork()
    if not pid:
        os.execvp(command[0], list(command))  # noqa: S606
    said, until = b"", time.monotonic() + LONGEST_S
    while b"up" not in said and time.monotonic() < until:
        if select.select([terminal], [], [], 0.1)[0]:
            said += os.read(terminal, 1000)
    time.sleep(0.1)
    os.write(terminal, typed)
    try:
        while time.monotonic() < until:
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                code = os.waitstatus_to_exitcode(status)
                return 128 - code if code < 0 else code
            if select.select([terminal], [], [], 0.05)[0]:
                try:
                    os.read(terminal, 1000)
                except OSError:
                    time.sleep(0.05)
        raise AssertionError("it did not end")
    finally:
        os.close(terminal)
