"""How one replica is stopped, as kubelet does it: hook, TERM, and KILL when the grace is over.

The grace begins when deregistration is asked for, with the hook. Not the load balancer's side of
it: that goes its own way at the same time, and nothing makes the two wait for each other.
"""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from awsteward.rollout.model import GateHook, Hook, NoHook, SleepHook, Stopping
from awsteward.rollout.rehearse.processes import Processes, kill
from awsteward.rollout.rehearse.run import Happened, Stop

GATE = Path(__file__).parents[1] / "gate.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """One server process."""

    name: str
    port: int
    process: asyncio.subprocess.Process
    gate: tuple[str, ...]
    stop_signal: signal.Signals


Tell = Callable[[Happened], float]


def hook_command(hook: Hook, watched: tuple[str, ...], grace_s: float) -> tuple[str, ...] | None:
    """The hook as a command; a gate gives up a second before the grace does, unless told."""
    match hook:
        case NoHook():
            return None
        case SleepHook(seconds_s=seconds_s):
            return ("sleep", f"{seconds_s:g}")
        case GateHook():
            return (
                *(sys.executable, "-I", "-S", str(GATE), "wait", *watched),
                *("--min-wait", f"{hook.min_wait_s:g}", "--longest", f"{hook.longest_s:g}"),
                *("--deadline", f"{hook.gives_up_s(grace_s):g}"),
            )
        case _:
            assert_never(hook)


async def stop(
    replica: Replica, stopping: Stopping, processes: Processes, asked_s: float, tell: Tell
) -> Stop:
    """Stop *replica* now; *tell* takes what happened and says when."""
    loop = asyncio.get_running_loop()
    until = loop.time() + stopping.grace_s
    hook_name = f"hook-{replica.name}"
    hook_exit = await _hook(
        hook_command(stopping.hook, replica.gate, stopping.grace_s), hook_name, processes, until
    )
    tell(Happened.HOOK_ENDED)
    with contextlib.suppress(ProcessLookupError):
        replica.process.send_signal(replica.stop_signal)
    term_s = tell(Happened.TERM)
    in_time = await _ended(replica.process, until)
    if not in_time:
        tell(Happened.KILL)
    kill(replica.process)
    await replica.process.wait()
    processes.forget(replica.name)
    return Stop(
        replica=replica.name, asked_s=asked_s, hook_exit=hook_exit, term_s=term_s,
        killed=not in_time, gone_s=tell(Happened.GONE), said=processes.said(hook_name),
    )  # fmt: skip


async def _hook(
    command: tuple[str, ...] | None, name: str, processes: Processes, until: float
) -> int | None:
    if command is None:
        return None
    process = await processes.start(name, command)
    if not await _ended(process, until):
        kill(process)
    processes.forget(name)
    return await process.wait()


async def _ended(process: asyncio.subprocess.Process, until: float) -> bool:
    try:
        async with asyncio.timeout_at(until):
            await process.wait()
    except TimeoutError:
        return False
    return True
