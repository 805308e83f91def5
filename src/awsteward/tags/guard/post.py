"""From untold notices to letters on their way: sealed in one transaction, then delivered."""

from collections.abc import Callable, Sequence
from datetime import datetime

from awsteward.clients.ledger import Ledger
from awsteward.clients.slack import Slack
from awsteward.tags.guard.daybook import opened
from awsteward.tags.policy import model as policy
from awsteward.tags.tell import notice, question
from awsteward.tags.tell.deliver import Delivery, deliver, keep
from awsteward.tags.tell.digest import window_start
from awsteward.tags.tell.letter import compose

Kept = tuple[str, str, str]
"""A notice as the ledger keeps it: event id, ref, body."""


def post(
    ledger: Ledger, slack: Slack, manner: policy.Slack, now: Callable[[], datetime]
) -> Delivery:
    """Tell people everything they were not told yet, and what an earlier run could not send."""
    seal(ledger, manner, now(), ledger.untold())
    return deliver(ledger, slack, now)


def post_due(
    ledger: Ledger, slack: Slack, manner: policy.Slack, now: Callable[[], datetime]
) -> Delivery:
    """The same for who runs all the time: a window is told of once it is over, in one letter."""
    at = now()
    due = [each for each in ledger.untold() if _over(notice.decode(each[2]), manner, at)]
    seal(ledger, manner, at, due)
    return deliver(ledger, slack, now)


def _over(told: notice.Notice, manner: policy.Slack, at: datetime) -> bool:
    return window_start(told.at, manner.window) + manner.window <= at


def seal(ledger: Ledger, manner: policy.Slack, at: datetime, untold: Sequence[Kept]) -> None:
    """Put these notices into letters, and their questions where answers will find them."""
    letters = compose(
        (notice.decode(body) for _, _, body in untold),
        window=manner.window, language=manner.language, links=manner.links,
    )  # fmt: skip
    with ledger.together():
        keep(ledger, letters, at)
        for letter in letters:
            for asked in letter.questions:
                ledger.ask(asked.id, question.encode(asked))
                opened(asked, ledger, at)
        ledger.told(((event_id, ref) for event_id, ref, _ in untold), at)
