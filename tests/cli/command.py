"""The command as a user runs it: a process, its output and its exit code."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Done:
    """How a call of the command ended."""

    code: int
    out: str
    err: str


def awsteward(
    *words: str, cwd: Path, stdin: bytes = b"", env: dict[str, str] | None = None
) -> Done:
    """Run ``awsteward`` with *words* and no AWS settings but those in *env*."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-m", "awsteward", *words],
        input=stdin, capture_output=True, cwd=cwd, check=False, timeout=60,
        env={**bare, "AWS_EC2_METADATA_DISABLED": "true", "NO_COLOR": "1", **(env or {})},
    )  # fmt: skip
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())
