"""How a letter lies in the outbox: its message, and where it goes. Never a URL."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

Message = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A message, ready to be sent."""

    message: Message
    route: str = ""
    """A channel's name; empty for the usual one."""
    urgent: bool = False
    """Sent in quiet hours, too."""
    astray: Message | None = None
    """A block to be added where the message goes to the usual channel instead."""
    thread: str = ""
    """The letter that it follows up: a bot puts it into that one's thread."""


def sealed(envelope: Envelope) -> str:
    """As the outbox keeps it; a bare message where there is nothing to be said of it."""
    bare = not (envelope.route or envelope.urgent or envelope.thread)
    return msgspec.json.encode(envelope.message if bare else envelope).decode()


def opened(text: str) -> Envelope:
    """As it was before `sealed`; bare messages are for the usual channel, and may wait."""
    held: dict[str, object] = msgspec.json.decode(text, type=dict[str, object])
    if isinstance(held.get("message"), dict) and "blocks" not in held:
        return msgspec.convert(held, Envelope)
    return Envelope(message=held)
