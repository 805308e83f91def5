"""What the user asked ``tags replay`` for."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asked for."""

    paths: tuple[str, ...]
    form: str
    policy: Path | None
    every: bool
    read: bool
    notify: bool
    apply: bool
    slack_url: str | None
    slacks: tuple[str, ...]
    ledger: str | None
    role: str | None
