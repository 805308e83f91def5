"""Getting letters to Slack: kept first, then sent, then marked. It words nothing.

The promise: no letter is lost, and a letter is repeated at most once for each timeout (or 5xx,
or broken connection) and each kill between Slack's taking it and our recording that. A webhook
post has no idempotency key, so nothing better can be promised; the repeat shows the same id.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

import msgspec

from awsteward.clients.ledger import Outbox
from awsteward.clients.slack import Closed, Rejected, Slack, Taken, Unreachable
from awsteward.tags.tell.letter import Letter


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A letter that stays in the outbox, and why; the next delivery tries it again."""

    id: str
    why: str
    needs_a_person: bool
    """True where trying again will not help by itself."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one delivery came to."""

    sent: tuple[str, ...]
    left: tuple[Left, ...]


def keep(outbox: Outbox, letters: Iterable[Letter], at: datetime) -> tuple[str, ...]:
    """Put *letters* into the outbox; the ids that were not known yet."""
    return tuple(
        letter.id
        for letter in letters
        if outbox.put(letter.id, msgspec.json.encode(letter.payload).decode(), at)
    )


def deliver(outbox: Outbox, slack: Slack, now: Callable[[], datetime]) -> Delivery:
    """Send what lies in the outbox, oldest first; stops where no further letter would pass."""
    sent: list[str] = []
    left: list[Left] = []
    waiting = list(outbox.unsent())
    while waiting:
        letter_id, payload = waiting.pop(0)
        outcome = slack.post(payload.encode())
        match outcome:
            case Taken():
                outbox.sent(letter_id, now())
                sent.append(letter_id)
            case Rejected(why):
                left.append(Left(id=letter_id, why=why, needs_a_person=True))
            case Closed(why) | Unreachable(why):
                person = isinstance(outcome, Closed)
                ids = [letter_id, *(other for other, _ in waiting)]
                left += [Left(id=each, why=why, needs_a_person=person) for each in ids]
                waiting.clear()
            case _:
                assert_never(outcome)
    return Delivery(tuple(sent), tuple(left))
