"""Getting letters to Slack: kept first, then sent, then marked. It words nothing.

The promise: no letter is lost, and a letter is repeated at most once for each timeout (or 5xx,
or broken connection) and each kill between Slack's taking it and our recording that. A webhook
post has no idempotency key, so nothing better can be promised; the repeat shows the same id.

A letter whose own channel cannot be had goes to the usual one, and says so; no broken channel
holds back the letters of another.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, assert_never

import msgspec

from awsteward.clients.bot import BotChannel
from awsteward.clients.channels import Channels
from awsteward.clients.ledger import Outbox, Slate
from awsteward.clients.slack import Closed, Posted, Rejected, Slack, Taken, Unreachable
from awsteward.core.slack import said
from awsteward.tags.policy.people import Quiet
from awsteward.tags.tell.envelope import Envelope, Message, opened, sealed
from awsteward.tags.tell.letter import Letter
from awsteward.tags.tell.posted import Standing, posted
from awsteward.tags.tell.posted import keep as remember
from awsteward.tags.tell.when import is_quiet


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
    astray: tuple[tuple[str, str], ...] = ()
    """Letters that went to the usual channel instead of their own, and why."""
    quiet: tuple[str, ...] = ()
    """Letters that wait for the end of quiet hours: nothing is wrong with them."""


def keep(outbox: Outbox, letters: Iterable[Letter], at: datetime) -> tuple[str, ...]:
    """Put *letters* into the outbox; the ids that were not known yet."""
    return tuple(
        letter.id for letter in letters if outbox.put(letter.id, sealed(letter.envelope), at)
    )


class Books(Outbox, Slate, Protocol):
    """What is still to be sent, and where a bot's letters lie."""


def deliver(
    outbox: Books, slack: Slack, now: Callable[[], datetime], quiet: Sequence[Quiet] = ()
) -> Delivery:
    """Send what lies in the outbox, oldest first, as far as its channels take it."""
    channels = slack if isinstance(slack, Channels) else Channels(slack)
    round_ = _Round(channels, outbox, now)
    for letter_id, text in outbox.unsent():
        letter = opened(text)
        if not letter.urgent and is_quiet(quiet, now()):
            round_.quiet.append(letter_id)
        elif round_.send(letter_id, letter):
            outbox.sent(letter_id, now())
            round_.sent.append(letter_id)
    return Delivery(
        sent=tuple(round_.sent), left=tuple(round_.left),
        astray=tuple(round_.astray), quiet=tuple(round_.quiet),
    )  # fmt: skip


@dataclass(slots=True)
class _Round:
    """One delivery under way."""

    channels: Channels
    slate: Slate
    now: Callable[[], datetime]
    down: dict[str, Closed | Unreachable] = field(default_factory=dict)
    """Channels that took nothing: in this round they are not tried again."""
    sent: list[str] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    astray: list[tuple[str, str]] = field(default_factory=list)
    quiet: list[str] = field(default_factory=list)

    def send(self, letter_id: str, letter: Envelope) -> bool:
        """True where a channel took the letter; else why not is noted."""
        outcome = self._post(letter.route, letter.message, letter_id, letter.thread)
        if letter.route and isinstance(outcome, Closed | Unreachable):
            why = outcome.why
            outcome = self._post("", _with_note(letter), letter_id, letter.thread)
            if isinstance(outcome, Taken):
                self.astray.append((letter_id, f"not to {letter.route}: {why}"))
        match outcome:
            case Taken():
                return True
            case Rejected(why) | Closed(why):
                self.left.append(Left(id=letter_id, why=why, needs_a_person=True))
            case Unreachable(why):
                self.left.append(Left(id=letter_id, why=why, needs_a_person=False))
            case _:
                assert_never(outcome)
        return False

    def _post(self, route: str, message: Message, letter_id: str, thread: str) -> Posted:
        channel = self.channels.to(route)
        if isinstance(channel, Closed):
            return channel
        outcome = self.down.get(route) or self._handed(channel, message, letter_id, thread)
        if isinstance(outcome, Closed | Unreachable):
            self.down[route] = outcome
        return outcome

    def _handed(self, channel: Slack, message: Message, letter_id: str, thread: str) -> Posted:
        if not isinstance(channel, BotChannel):
            return channel.post(msgspec.json.encode(_unpressed(message)))
        outcome: Posted = Rejected("")
        for way in self._ways(channel, message, thread):
            outcome = channel.bot.post(way.channel, {**way.message, **way.thread})
            if isinstance(outcome, Taken):
                kept = Standing(channel=outcome.channel, ts=outcome.ts, message=way.message)
                remember(self.slate, letter_id, kept, self.now())
            if not isinstance(outcome, Rejected):
                break
        return outcome

    def _ways(self, channel: BotChannel, message: Message, thread: str) -> Iterator["_Way"]:
        """In its thread; else outside of one that is gone; else without what can be pressed."""
        first = posted(self.slate, thread) if thread else None
        if first and _same(first.channel, channel.id):
            yield _Way(first.channel, message, {"thread_ts": first.ts})
        yield _Way(channel.id, message)
        if (bare := _unpressed(message)) != message:
            yield _Way(channel.id, bare)


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to send a letter as a bot."""

    channel: str
    message: Message
    thread: Mapping[str, str] = field(default_factory=dict)


def _same(channel: str, asked: str) -> bool:
    """Whoever is asked by name is answered from a conversation with an id of its own."""
    return channel == asked or (channel.startswith("D") and asked[:1] in "UW")


def _unpressed(message: Message) -> Message:
    """Without what only a bot can hear of."""
    blocks = message.get("blocks")
    return {**message, "blocks": said(blocks)} if isinstance(blocks, list) else message


def _with_note(letter: Envelope) -> Message:
    blocks = letter.message.get("blocks")
    if letter.astray is None or not isinstance(blocks, list):
        return letter.message
    return {**letter.message, "blocks": [*blocks, letter.astray]}
