"""Runs the guard on the story's records exactly as a user would: ``awsteward tags replay --apply``.

A process of its own, so that the demo shows the command itself and nothing that only a demo has.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from awsteward.core.errors import RemoteError
from awsteward.demo.recorder.values import Json

Line = Mapping[str, Any]
"""One line of ``tags replay --format json``."""

_FINDINGS = 1


@dataclass(frozen=True, slots=True)
class Replayed:
    """What the command printed: one line per resource."""

    lines: tuple[Line, ...]


def replay(records: Sequence[Mapping[str, Json]], folder: Path, slack_url: str) -> Replayed:
    """Hand the records over as a trail's file; a failure of the command is told in its words."""
    trail = folder / "trail.json"
    trail.write_text(json.dumps({"Records": list(records)}), encoding="utf-8")
    with as_file(files(__package__) / "awsteward.yaml") as policy:
        done = subprocess.run(  # noqa: S603 (our own command; no shell)
            [
                *(sys.executable, "-m", "awsteward", "tags", "replay", str(trail)),
                *("--apply", "--format", "json", "--policy", str(policy)),
                *("--ledger", str(folder / "ledger.db")),
            ],
            env={**os.environ, "SLACK_URL": slack_url, "NO_PROXY": urlsplit(slack_url).netloc},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode > _FINDINGS:
        raise RemoteError(f"tags replay ended with {done.returncode}: {done.stderr.strip()}")
    return Replayed(tuple(json.loads(line) for line in done.stdout.splitlines()))
