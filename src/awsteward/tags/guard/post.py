"""From untold notices to letters on their way: sealed in one transaction, then delivered."""

from collections.abc import Callable
from datetime import datetime

from awsteward.clients.ledger import Ledger
from awsteward.clients.slack import Slack
from awsteward.tags.policy import model as policy
from awsteward.tags.tell import notice, question
from awsteward.tags.tell.deliver import Delivery, deliver, keep
from awsteward.tags.tell.letter import compose


def post(
    ledger: Ledger, slack: Slack, manner: policy.Slack, now: Callable[[], datetime]
) -> Delivery:
    """Tell people everything they were not told yet, and what an earlier run could not send."""
    seal(ledger, manner, now())
    return deliver(ledger, slack, now)


def seal(ledger: Ledger, manner: policy.Slack, at: datetime) -> None:
    """Put every untold notice into a letter, and its questions where answers will find them."""
    untold = ledger.untold()
    letters = compose(
        (notice.decode(body) for _, _, body in untold),
        window=manner.window, language=manner.language, links=manner.links,
    )  # fmt: skip
    with ledger.together():
        keep(ledger, letters, at)
        for letter in letters:
            for asked in letter.questions:
                ledger.ask(asked.id, question.encode(asked))
        ledger.told(((event_id, ref) for event_id, ref, _ in untold), at)
