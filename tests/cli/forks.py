"""A process that has read the command's modules and waits: each line that it reads is a call.

The call is a fork of it, with arguments, environment, folder and streams of its own. Reading the
modules takes a process a third of a second, and the call itself next to nothing.
"""

import gc
import json
import os
import runpy
import sys
from importlib import import_module
from typing import Any

CALLED = ("main", "deploy.template", "explain", "replay.run", "undo")
"""What tests call most; of other commands each fork reads the modules itself."""

READING = os.O_RDONLY
WRITING = os.O_WRONLY | os.O_CREAT


def main() -> None:
    for name in CALLED:
        import_module(f"awsteward.cli.{name}")
    gc.freeze()  # else each fork looks through all of it when it ends: most of its time
    for line in iter(sys.stdin.readline, ""):
        child = os.fork()
        if child == 0:
            _become(json.loads(line))
            return
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)  # noqa: T201  the answer


def _become(call: Any) -> None:
    os.chdir(call["cwd"])
    os.environ.clear()
    os.environ.update(call["env"])
    for number, mode in enumerate((READING, WRITING, WRITING)):
        os.dup2(os.open(call["streams"][number], mode), number)
    sys.argv[1:] = call["words"]
    runpy.run_module("awsteward", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
