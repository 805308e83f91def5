"""Letting a question rest: until when, and who said so. There is no rest without an end."""

import re
from datetime import UTC, datetime, timedelta

from awsteward.clients.ledger import Ledger
from awsteward.core.errors import ConfigError

LONGEST = timedelta(days=366)
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def snooze(ledger: Ledger, question_id: str, until: datetime, by: str) -> None:
    """Record it; ConfigError where no such question is open."""
    if all(each.id != question_id for each in ledger.waiting()):
        known = ledger.question(question_id) is not None
        why = "is answered, or was asked before there were reminders" if known else "is unknown"
        raise ConfigError(f"question {question_id} {why}; nobody is reminded of it")
    ledger.snooze(question_id, until, by)


def moment(text: str, now: datetime) -> datetime:
    """``3d`` from now, a day's beginning, or a time (UTC where it names no zone)."""
    try:
        until = _read(text, now)
    except (ValueError, OverflowError) as error:
        raise ConfigError(
            f"--until {text}: give a day (2030-01-31), a time (2030-01-31T09:00Z) or 12h, 3d, 2w"
        ) from error
    if not now < until <= now + LONGEST:
        raise ConfigError(f"--until {text} is not within the next {LONGEST.days} days")
    return until


def _read(text: str, now: datetime) -> datetime:
    if span := re.fullmatch(r"([0-9]{1,4})([hdw])", text):
        return now + timedelta(**{_UNITS[span[2]]: int(span[1])})
    found = datetime.fromisoformat(text)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
