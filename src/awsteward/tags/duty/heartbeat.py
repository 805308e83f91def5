"""That whoever tells people is alive, and how long what is to be told has waited."""

from datetime import datetime

from awsteward.clients.ledger import Ledger
from awsteward.tags.duty.metrics import age_s, metrics
from awsteward.tags.tell.notice import decode


def heartbeat(table: str, ledger: Ledger | None, now: datetime) -> dict[str, object]:
    """One beat; *ledger* is None where nobody is told anything."""
    untold = (
        min((decode(body).at for _, _, body in ledger.untold()), default=None) if ledger else None
    )
    unsent = ledger.unsent_since() if ledger else None
    return dict(
        metrics(
            table,
            {
                "Heartbeat": ("Count", 1.0),
                "OldestUntold": ("Seconds", age_s(untold, now)),
                "OldestUnsent": ("Seconds", age_s(unsent, now)),
            },
            now,
        )
    )
