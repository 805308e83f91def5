"""What a person got of late, by the ledger: letters, digests and reminders."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from awsteward.clients.ledger import Slate, stamp
from awsteward.tags.policy import model as policy
from awsteward.tags.tell.piles import WEEK, Week

_STAYS = timedelta(days=40)
"""Nobody looks further back than some weeks."""


class Sort(StrEnum):
    """What is counted; a digest and a reminder are letters, too."""

    LETTER = "letters to"
    DIGEST = "digests to"
    REMINDER = "reminders to"


def week(ledger: Slate, manner: policy.Slack, at: datetime) -> Week:
    """The week that ends *at*."""
    return Week(
        most=manner.telling.most_per_week,
        used=lambda name: counted(ledger, Sort.LETTER, name, at - WEEK),
    )


def count(ledger: Slate, sort: Sort, names: Iterable[str], letter_id: str, at: datetime) -> None:
    """One more of this sort for each of *names*; the same letter counts once."""
    for name in names:
        ledger.chalk(f"{sort} {name}", letter_id, stamp(at), at + _STAYS)


def counted(ledger: Slate, sort: Sort, name: str, since: datetime) -> int:
    """How many of this sort *name* got after the moment *since*."""
    return sum(at > stamp(since) for at in ledger.slate(f"{sort} {name}").values())
