"""A PID namespace of its own for each case: what runs in it, and what is left when it ends."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LONGEST_S = 30.0
PYTHON = (sys.executable, "-I", "-S", "-c")
# Whatever the lab was started by: under `nohup` everything below ignores HUP.
UNSHARE = ("env", "--default-signal", "unshare", "--pid", "--fork", "--mount-proc", "--kill-child")


@dataclass(frozen=True, slots=True)
class Space:
    """A namespace in which something runs as PID 1."""

    process: subprocess.Popen[str]

    @property
    def first(self) -> int:
        """PID 1, as it is known outside."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        until = time.monotonic() + LONGEST_S
        while time.monotonic() < until:
            if found := children.read_text().split():
                return int(found[0])
            time.sleep(0.005)
        raise AssertionError("PID 1 never came")

    def line(self) -> str:
        """The next line that was said in it."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def tell(self, number: int) -> None:
        """Send PID 1 a signal, as kubelet would."""
        os.kill(self.first, number)

    def end(self) -> tuple[int, str, str]:
        """Wait until all is over: exit code (128 + n for a signal), what was said, complaints."""
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        # Not `communicate`: lines that came together with one that was read would be lost.
        said, complained = self.process.stdout.read(), self.process.stderr.read()
        self.process.wait(LONGEST_S)
        code = self.process.returncode
        return (128 - code if code < 0 else code), said, complained


@contextmanager
def space(
    command: Sequence[str], *, stdin: int | None = subprocess.DEVNULL,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Space]:  # fmt: skip
    """Run *command* as PID 1; nothing of it outlives the block."""
    process = subprocess.Popen(  # noqa: S603  the lab's own commands
        [*UNSHARE, *command], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env={**os.environ, **(environment or {})},
    )  # fmt: skip
    watch = threading.Timer(LONGEST_S, process.kill)
    watch.start()
    try:
        yield Space(process)
    finally:
        watch.cancel()
        process.kill()
        process.communicate()


def run(command: Sequence[str]) -> tuple[int, str, str]:
    """Run *command* as PID 1 to its end."""
    with space(command) as one:
        return one.end()
