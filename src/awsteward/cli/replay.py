"""``awsteward tags replay``: what was created, what it lacks, and what is done about it."""

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from awsteward.cli.place import place


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
    ledger: Path | None
    role: str | None


def run(options: Options) -> int:
    """Replay; 0 when nothing is left to report, 1 when something is."""
    where = place(options.policy, options.ledger)
    for each in where.policy.expired(datetime.now(UTC)):
        print(f"the exception {each.reason!r} ended on {each.until}", file=sys.stderr)
    if options.apply or options.read or options.notify:
        from awsteward.cli.replay_live import live

        return live(options, where)
    from awsteward.cli.replay_dry import dry

    return dry(options, where.policy)
