"""``awsteward tags undo``: takes back exactly what we wrote and nobody changed since."""

import json
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from awsteward.cli.clock import CLOCK
from awsteward.cli.ledgers import existing, opened
from awsteward.cli.place import place
from awsteward.clients.aws.door import Boto
from awsteward.core.errors import ConfigError
from awsteward.core.printable import fit
from awsteward.tags.guard.undo import Undoing, Undone, undo

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def run(
    since: str, *, apply: bool, policy: Path | None, ledger: str | None,
    role: str | None, form: str,
) -> int:  # fmt: skip
    """Take back what was written since then; 1 when something of it stays."""
    where = place(policy, ledger)
    moment = moment_of(since, CLOCK.now())
    door = Boto(role=role)
    with opened(existing(where.ledger), door) as books:
        with_ = Undoing(door=door, ledger=books, clock=CLOCK, writing=apply)
        lines = list(undo(moment, with_))
    for line in lines:
        print(
            json.dumps(_shape(line, apply=apply), ensure_ascii=False)
            if form == "json"
            else _text(line, apply=apply)
        )
    back = sum(line.left is None for line in lines)
    verb = "taken back" if apply else "would be taken back (add --apply)"
    print(f"{back:,} tags {verb}, {len(lines) - back:,} stay", file=sys.stderr)
    return int(back < len(lines) or (back > 0 and not apply))


def moment_of(text: str, now: datetime) -> datetime:
    """``2h`` ago, or a date, or a date and time (UTC where it names no zone)."""
    try:
        moment = _read(text, now)
    except (ValueError, OverflowError) as error:
        raise ConfigError(
            f"--since {text}: give an age (90m, 2h, 7d) or a time (2030-01-31T09:00Z)"
        ) from error
    if moment > now:
        raise ConfigError(f"--since {text} lies in the future")
    return moment


def _read(text: str, now: datetime) -> datetime:
    if age := re.fullmatch(r"(\d{1,6})([mhdw])", text):
        return now - timedelta(**{_UNITS[age[2]]: int(age[1])})
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _shape(line: Undone, *, apply: bool) -> dict[str, str]:
    outcome = "stays" if line.left else "undone" if apply else "would-undo"
    return {
        "ref": line.ref,
        "key": line.key,
        "value": line.value,
        "outcome": outcome,
        "why": line.left or "",
    }


def _text(line: Undone, *, apply: bool) -> str:
    shape = _shape(line, apply=apply)
    why = f"  {line.left}" if line.left else ""
    return fit(f"{shape['outcome']:<11}{line.ref}  {line.key}={line.value}{why}")
