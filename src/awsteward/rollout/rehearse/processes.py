"""Every process that a rehearsal starts, so that none is left when it ends, however it ends.

Only what was started here is ever signalled. Each gets a session of its own: Ctrl-C in a terminal
reaches the rehearsal alone, which then stops the rest in order, and a server's workers end with it.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

from awsteward.core.errors import RemoteError

UP_WITHIN_S = 15.0
LOOKS_EVERY_S = 0.01
SHOWN = 2000


class Processes:
    """Started here, to be ended here."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._all: dict[str, asyncio.subprocess.Process] = {}

    async def start(
        self, name: str, command: tuple[str, ...], *, talks: bool = False,
        cwd: Path | None = None,
    ) -> asyncio.subprocess.Process:  # fmt: skip
        """Start one; what it says goes to a file, or to us where it *talks*."""
        if name in self._all:
            raise RemoteError(f"{name} runs already")
        with self._said(name).open("ab") as said:
            pipe = asyncio.subprocess.PIPE if talks else said
            spawning = asyncio.create_task(asyncio.create_subprocess_exec(
                *command, stdin=asyncio.subprocess.PIPE if talks else asyncio.subprocess.DEVNULL,
                stdout=pipe, stderr=said, cwd=cwd or self._folder, start_new_session=True,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            ))  # fmt: skip
            try:
                await asyncio.shield(spawning)
            finally:  # who is broken off right here must not forget what was being started
                process = self._all[name] = await spawning
        return process

    async def answers(self, name: str, up: Callable[[], Awaitable[bool]]) -> None:
        """Wait until *up* says yes; RemoteError with the process's last words where it does not."""
        loop = asyncio.get_running_loop()
        until = loop.time() + UP_WITHIN_S
        while not await up():
            if self._all[name].returncode is not None or loop.time() > until:
                raise RemoteError(f"{name} did not come up: {self.said(name) or 'it said nothing'}")
            await asyncio.sleep(LOOKS_EVERY_S)

    def said(self, name: str) -> str:
        """The end of what a process wrote to its file."""
        file = self._said(name)
        text = file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
        return text[-SHOWN:].strip()

    def signal(self, name: str, number: signal.Signals) -> None:
        """Tell one that runs."""
        self._all[name].send_signal(number)

    def forget(self, name: str) -> None:
        """It has ended by itself."""
        self._all.pop(name, None)

    async def end_all(self) -> None:
        """End whatever is left, at once, and wait for it."""
        for each in self._all.values():
            kill(each)
        for each in self._all.values():
            await each.wait()
        self._all.clear()

    def _said(self, name: str) -> Path:
        return self._folder / f"{name}.log"


def kill(process: asyncio.subprocess.Process) -> None:
    """End a process and what it started, as the end of a container does."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
