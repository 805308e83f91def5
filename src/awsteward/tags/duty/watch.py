"""What a guard on duty does over and over: take messages, tell what is due. It says all it did."""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

from awsteward.clients.aws.queue import Message
from awsteward.clients.bot import Bot
from awsteward.clients.channels import Channels
from awsteward.clients.slack import Slack
from awsteward.core.errors import RemoteError
from awsteward.tags.duty.heartbeat import heartbeat
from awsteward.tags.duty.journal import figures, lines, spelled
from awsteward.tags.duty.settle import settle
from awsteward.tags.duty.setup import Duty
from awsteward.tags.duty.turn import pause_s, turn
from awsteward.tags.guard.daybook import sum_up
from awsteward.tags.guard.post import post_due
from awsteward.tags.guard.settled import refresh
from awsteward.tags.guard.still import still_open
from awsteward.tags.tell.deliver import Delivery
from awsteward.tags.tell.wording import wording

Say = Callable[[str], None]
"""Takes one line for the log."""


def take(messages: Sequence[Message], duty: Duty, say: Say) -> frozenset[str]:
    """Bring every message to its fate; the ids of those that stay in the queue."""
    try:
        return _taken(messages, duty, say)
    except RemoteError as error:  # the table's: a pause is shorter than the queue's own
        say(spelled({"at": duty.clock.now().isoformat(), "trouble": str(error)}))
        for message in messages:
            duty.queue.back(message, pause_s(message.receives))
        return frozenset(message.id for message in messages)


def _taken(messages: Sequence[Message], duty: Duty, say: Say) -> frozenset[str]:
    return frozenset().union(*(_group(group, duty, say) for group in _groups(messages)))


def _groups(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    """New ones together, then each that came back alone, in another order each time.

    So an error that we did not foresee stops only what follows it, and never the same ones.
    """
    if new := [each for each in messages if each.receives == 1]:
        yield new
    back = [each for each in messages if each.receives > 1]
    yield from ([each] for each in sorted(back, key=_lot))


def _lot(message: Message) -> bytes:
    return sha256(f"{message.receives} {message.id}".encode()).digest()


def _group(messages: Sequence[Message], duty: Duty, say: Say) -> frozenset[str]:
    turned = tuple(turn(messages, duty.guard(), duty.kept, duty.settings.last, duty.aviary()))
    stay = settle(turned, duty.queue, duty.kept)
    now = duty.clock.now()
    for line in (*lines(turned, now), figures(turned, duty.settings.mode, now)):
        say(spelled(line))
    return stay


def tell(duty: Duty, slack: Slack | None, say: Say) -> Delivery:
    """Send every letter that is due."""
    if slack is None:
        say(spelled(heartbeat(duty.settings.table, None, duty.clock.now())))
        return Delivery((), ())
    manner = duty.policy.slack
    sum_up(duty.ledger, manner.summary, manner.language, duty.clock.now())
    delivery = post_due(
        duty.ledger, slack, manner, duty.clock.now,
        lambda question: still_open(question, duty.door, duty.brief),
    )  # fmt: skip
    at = duty.clock.now().isoformat(timespec="milliseconds")
    for letter in delivery.sent:
        say(spelled({"at": at, "letter": letter, "fate": "sent"}))
    for letter, why in delivery.astray:
        say(spelled({"at": at, "letter": letter, "fate": "astray", "reason": why}))
    for left in delivery.left:
        say(spelled({"at": at, "letter": left.id, "fate": "left", "reason": left.why}))
    for trouble in _refreshed(duty, slack):
        say(spelled({"at": at, "trouble": trouble}))
    say(spelled(heartbeat(duty.settings.table, duty.ledger, duty.clock.now())))
    return delivery


def _refreshed(duty: Duty, slack: Slack) -> tuple[str, ...]:
    """Show in a bot's messages what was settled since; nothing where there is no bot."""
    bot = slack.bot() if isinstance(slack, Channels) else None
    if not isinstance(bot, Bot):
        return ()
    words = wording(duty.policy.slack.language)
    return refresh(duty.ledger, bot, words, duty.clock.now())
