"""``awsteward tags snooze``: an open question rests until a day, and then is asked again."""

import getpass
import sys
from pathlib import Path

from awsteward.cli.clock import CLOCK
from awsteward.cli.ledgers import existing, opened
from awsteward.cli.place import place
from awsteward.clients.aws.door import Boto
from awsteward.core.errors import ConfigError
from awsteward.core.printable import fit
from awsteward.tags.guard.snooze import moment, snooze


def run(
    question: str, until: str, by: str | None, *, policy: Path | None, ledger: str | None
) -> int:
    """Record until when nobody is reminded of *question*, and who said so."""
    at = moment(until, CLOCK.now())
    name = by or _user()
    where = place(policy, ledger)
    with opened(existing(where.ledger), Boto(role=None)) as books:
        snooze(books, question, at, name)
    print(fit(f"{question} rests until {at:%Y-%m-%d %H:%M} UTC, says {name}"), file=sys.stderr)
    return 0


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:  # KeyError: of Python 3.12 and older
        raise ConfigError("this machine does not know who you are: say it with --by") from error
