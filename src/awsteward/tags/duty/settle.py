"""What is done to the queue about each fate; what cannot be done now leaves the message there."""

from collections.abc import Iterable
from typing import assert_never

from awsteward.clients.aws.queue import Mailbox, Message
from awsteward.clients.ledger import Seen
from awsteward.core.errors import RemoteError
from awsteward.tags.duty.second import meet
from awsteward.tags.duty.turn import Again, Done, Fate, Later, Lost
from awsteward.tags.model.handled import Handled


def settle(
    fates: Iterable[tuple[Message, Fate]], mailbox: Mailbox, seen: Seen | None
) -> frozenset[str]:
    """Carry each fate out; the ids of the messages that stay in the queue."""
    return frozenset(
        message.id for message, fate in fates if not _settled(message, fate, mailbox, seen)
    )


def _settled(message: Message, fate: Fate, mailbox: Mailbox, seen: Seen | None) -> bool:
    """False where the message is to come again."""
    try:
        if seen is not None:
            meet(fate.ends, seen)
        return _carried_out(message, fate, mailbox, seen)
    except RemoteError:  # of one message: the others are none the worse for it
        return False


def _carried_out(message: Message, fate: Fate, mailbox: Mailbox, seen: Seen | None) -> bool:
    match fate:
        case Done(event, ends):
            if seen is not None and any(isinstance(end, Handled) for end in ends):
                seen.see(event.account, event.id)
            return True
        case Later(delay_s=delay_s):
            mailbox.later(message, delay_s)
            return True
        case Again(pause_s=pause_s):
            mailbox.back(message, pause_s)
            return False
        case Lost(why=why):
            mailbox.bury(message, why)
            return True
        case _:
            assert_never(fate)
