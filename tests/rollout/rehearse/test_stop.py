import sys

import pytest

from awsteward.rollout.model import GateHook, NoHook, SleepHook
from awsteward.rollout.rehearse.stop import GATE, hook_command

WATCHED = ("--port", "8080")


def test_no_hook_is_no_command() -> None:
    assert hook_command(NoHook(), WATCHED, grace_s=10.0) is None


def test_a_sleep_sleeps() -> None:
    assert hook_command(SleepHook(seconds_s=2.5), WATCHED, grace_s=10.0) == ("sleep", "2.5")


@pytest.mark.parametrize(
    ("told", "deadline"),
    [pytest.param(None, "9", id="a-second-to-spare"), pytest.param(4.0, "4", id="as-told")],
)
def test_the_gate_gives_up_before_the_grace_does(told: float | None, deadline: str) -> None:
    hook = GateHook(min_wait_s=2.0, longest_s=5.0, deadline_s=told)

    command = hook_command(hook, WATCHED, grace_s=10.0)

    assert command == (
        *(sys.executable, "-I", "-S", str(GATE), "wait", "--port", "8080"),
        *("--min-wait", "2", "--longest", "5", "--deadline", deadline),
    )
    assert GATE.exists()
