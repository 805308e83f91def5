"""From untold notices to letters on their way: sealed in one transaction, then delivered."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from awsteward.clients.ledger import Ledger
from awsteward.clients.slack import Slack
from awsteward.tags.guard.daybook import opened
from awsteward.tags.guard.remind import StillOpen, remind
from awsteward.tags.guard.week import Sort, count, counted, week
from awsteward.tags.policy import model as policy
from awsteward.tags.policy.people import Severity
from awsteward.tags.tell import notice, question
from awsteward.tags.tell.asked import Asked
from awsteward.tags.tell.asked import encode as whom
from awsteward.tags.tell.deliver import Delivery, deliver, keep
from awsteward.tags.tell.letter import Letter
from awsteward.tags.tell.piles import Pile, in_order, piles, sealed
from awsteward.tags.tell.when import due, last_digest, severity

_MOMENT = timedelta(microseconds=1)
Kept = tuple[str, str, str]
"""A notice as the ledger keeps it: event id, ref, body."""


def post(
    ledger: Ledger,
    slack: Slack,
    manner: policy.Slack,
    now: Callable[[], datetime],
    still_open: StillOpen = lambda _: True,
) -> Delivery:
    """Tell people everything they were not told yet, and what an earlier run could not send."""
    seal(ledger, manner, now(), ledger.untold())
    remind(ledger, manner, now(), still_open)
    return deliver(ledger, slack, now, manner.telling.quiet)


def post_due(
    ledger: Ledger,
    slack: Slack,
    manner: policy.Slack,
    now: Callable[[], datetime],
    still_open: StillOpen = lambda _: True,
) -> Delivery:
    """The same for who runs all the time: what may wait is told of when its time is over."""
    at = now()
    ready = [each for each in ledger.untold() if due(notice.decode(each[2]), manner, at)]
    seal(ledger, manner, at, _once_a_day(ready, ledger, manner, at))
    remind(ledger, manner, at, still_open)
    return deliver(ledger, slack, now, manner.telling.quiet)


def _once_a_day(
    ready: Sequence[Kept], ledger: Ledger, manner: policy.Slack, at: datetime
) -> list[Kept]:
    """Without what a person's digest of today came too early for: it is in tomorrow's."""
    since = last_digest(manner.telling.digest, at) - _MOMENT  # one sent just then counts
    had: dict[str, bool] = {}

    def waits(told: notice.Notice) -> bool:
        if severity(told, manner.telling) is not Severity.DIGEST:
            return False
        (pile,) = piles([told], manner)
        for name in pile.persons:
            if name not in had:
                had[name] = counted(ledger, Sort.DIGEST, name, since) > 0
        return any(had[name] for name in pile.persons)

    return [each for each in ready if not waits(notice.decode(each[2]))]


def seal(ledger: Ledger, manner: policy.Slack, at: datetime, untold: Sequence[Kept]) -> None:
    """Put these notices into letters, and their questions where answers will find them.

    What is over a person's measure for the week stays, and is told of when there is room.
    """
    keys: dict[int, tuple[str, str]] = {}
    notices = []
    for event_id, ref, body in untold:
        told = notice.decode(body)
        keys[id(told)] = (event_id, ref)
        notices.append(told)
    room = week(ledger, manner, at)
    made: list[tuple[Letter, Pile]] = []
    done: list[tuple[str, str]] = []
    for pile in piles(notices, manner):
        letters = sealed(pile, room.room(pile.persons), manner, at)
        room.add(pile.persons, len(letters))
        made += [(letter, pile) for letter in letters]
        done += [keys[id(told)] for told in pile.notices if letters]
    _keep(ledger, manner, at, made, done)


def _keep(
    ledger: Ledger, manner: policy.Slack, at: datetime,
    made: Sequence[tuple[Letter, Pile]], done: Sequence[tuple[str, str]],
) -> None:  # fmt: skip
    with ledger.together():
        keep(ledger, in_order(letter for letter, _ in made), at)
        for letter, pile in made:
            count(ledger, Sort.LETTER, pile.persons, letter.id, at)
            if any(severity(told, manner.telling) is Severity.DIGEST for told in pile.notices):
                count(ledger, Sort.DIGEST, pile.persons, letter.id, at)
            for each in letter.questions:
                asked = Asked(to=pile.to, persons=pile.persons)
                ledger.ask(each.id, question.encode(each), at, whom(asked))
                opened(each, ledger, at)
        ledger.told(done, at)
