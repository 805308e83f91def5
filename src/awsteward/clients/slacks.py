"""The Slack channels that references lead to: URLs, and ids of channels that a bot posts to."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from types import MappingProxyType
from typing import Final

from awsteward.clients.bot import CHANNEL, HOST, Bot, BotChannel
from awsteward.clients.channels import Channels
from awsteward.clients.secret import BOT_TOKEN, AskAws, Secret, resolve, resolve_text
from awsteward.clients.slack import Closed, Slack, Webhook
from awsteward.core.errors import ConfigError, StewardError

VARIABLE: Final = "AWSTEWARD_SLACKS"
_ID = re.compile(r"[CGD][A-Z0-9]{8,20}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def references(pairs: Iterable[str]) -> Mapping[str, str]:
    """The reference of each name; ValueError says what is wrong, and never shows a reference."""
    found: dict[str, str] = {}
    for number, pair in enumerate(pairs, 1):
        name, equals, reference = (part.strip() for part in pair.partition("="))
        if not (equals and reference and _NAME.fullmatch(name)):
            raise ValueError(f"number {number} is not NAME=REFERENCE, as in pay=ssm:/slack/pay")
        if name in found:
            raise ValueError(f"names {name} twice")
        found[name] = reference
    return MappingProxyType(found)


def split(text: str) -> tuple[str, ...]:
    """The pairs in the variable's text."""
    return tuple(pair for pair in text.split(",") if pair.strip())


@dataclass(frozen=True, slots=True)
class Doors:
    """What makes a channel of a URL, and the bot of a token where there is one."""

    webhook: Callable[[Secret], Slack]
    bot: Callable[[], Bot | Closed]


def doors(
    token: str, ask: AskAws, clock: Callable[[], float], sleep: Callable[[float], None],
    host: str = HOST,
) -> Doors:  # fmt: skip
    """*token* is a reference, or empty where there is no bot."""

    @cache
    def bot() -> Bot | Closed:
        if not token:
            return Closed(f"{BOT_TOKEN.variable} is not set")
        try:
            held = resolve_text(token, BOT_TOKEN, ask)
        except StewardError as error:
            return Closed(str(error))
        return Bot(held, clock=clock, sleep=sleep, host=host)

    return Doors(lambda url: Webhook(url, clock=clock, sleep=sleep), bot)


def channels(usual: str, others: Mapping[str, str], ask: AskAws, with_: Doors) -> Channels:
    """The usual channel, and *others*, by references; those are looked up when they are needed.

    StewardError where the usual one cannot be had.
    """
    named = {name: cache(partial(_found, name, text, ask, with_)) for name, text in others.items()}
    return Channels(_usual(usual, ask, with_), named, with_.bot)


def _usual(reference: str, ask: AskAws, with_: Doors) -> Slack:
    channel = _channel(reference)
    if channel is None:
        return with_.webhook(resolve(reference, ask))
    found = _of_bot(channel, with_)
    if isinstance(found, Closed):
        raise ConfigError(f"{reference} is a bot's channel, and there is no bot: {found.why}")
    return found


def _found(name: str, reference: str, ask: AskAws, with_: Doors) -> Slack | Closed:
    """One channel, or why it could not be had: others go on without it."""
    try:
        channel = _channel(reference)
        return _of_bot(channel, with_) if channel else with_.webhook(resolve(reference, ask))
    except StewardError as error:
        return Closed(f"{name} in {VARIABLE}: {error}")


def _of_bot(id_: str, with_: Doors) -> Slack | Closed:
    bot = with_.bot()
    return bot if isinstance(bot, Closed) else BotChannel(bot, id_)


def _channel(reference: str) -> str | None:
    """The id in ``channel:C0123ABCD``; None where it is a reference of another kind."""
    text = reference.strip()
    if not text.lower().startswith(CHANNEL):
        return None
    id_ = text[len(CHANNEL) :]
    if not _ID.fullmatch(id_):
        what = "is not channel: and the id that stands at the end of a channel's details in Slack"
        raise ConfigError(f"{text[:80]!r} {what}, such as channel:C0123ABCD")
    return id_
