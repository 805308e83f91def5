"""The command as a user runs it: a process, its output and its exit code."""

import atexit
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from select import select
from tempfile import TemporaryDirectory

TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Done:
    """How a call of the command ended."""

    code: int
    out: str
    err: str


def awsteward(
    *words: str, cwd: Path, stdin: bytes = b"", env: dict[str, str] | None = None
) -> Done:
    """Run ``awsteward`` with *words* in a fork that need not read the modules: see forks.py."""
    with TemporaryDirectory() as folder:
        streams = [Path(folder, name) for name in ("in", "out", "err")]
        streams[0].write_bytes(stdin)
        call = {"words": words, "cwd": str(cwd), "env": _environment(env)}
        code = _ask({**call, "streams": [str(each) for each in streams]})
        _, out, err = (each.read_text("utf-8") if each.exists() else "" for each in streams)
        return Done(code, out, err)


def afresh(*words: str, cwd: Path, stdin: bytes = b"", env: dict[str, str] | None = None) -> Done:
    """Run ``awsteward`` in a new interpreter: each command once, since it imports what it needs."""
    done = subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-m", "awsteward", *words],
        input=stdin, capture_output=True, cwd=cwd, check=False, timeout=TIMEOUT_S,
        env=_environment(env),
    )  # fmt: skip
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def _environment(more: dict[str, str] | None) -> dict[str, str]:
    """No AWS settings but those in *more*."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**bare, "AWS_EC2_METADATA_DISABLED": "true", "NO_COLOR": "1", **(more or {})}


def _ask(call: dict[str, object]) -> int:
    forks = _forks()
    assert forks.stdin
    assert forks.stdout
    forks.stdin.write(json.dumps(call).encode() + b"\n")
    forks.stdin.flush()
    if not select([forks.stdout], [], [], TIMEOUT_S)[0]:
        _end(forks)
        _forks.cache_clear()
        raise TimeoutError(f"no end of {call['words']} in {TIMEOUT_S} s")
    return int(forks.stdout.readline())


@cache
def _forks() -> subprocess.Popen[bytes]:
    """One for all tests of this process; it ends with it."""
    forks = subprocess.Popen(  # noqa: S603  our own file
        [sys.executable, Path(__file__).with_name("forks.py")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
        env=_environment(None),
    )  # fmt: skip
    atexit.register(_end, forks)
    return forks


def _end(forks: subprocess.Popen[bytes]) -> None:
    if forks.poll() is None:
        os.killpg(forks.pid, 9)
    forks.communicate()
