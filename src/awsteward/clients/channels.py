"""The channels that messages go to: the usual one, and those that the policy's routes name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from awsteward.clients.bot import Bot, BotChannel
from awsteward.clients.slack import Closed, Posted, Slack

DIRECT: Final = "@"
"""Begins a route to one person; no route of the policy's can."""


@dataclass(frozen=True, slots=True)
class Channels:
    """The usual channel first; as a `Slack` it is that one alone."""

    usual: Slack
    named: Mapping[str, Callable[[], Slack | Closed]] = field(default_factory=dict)
    """By the name of the route; looked up when a letter needs it. `Closed`: it cannot be had."""
    bot: Callable[[], Bot | Closed] = lambda: Closed("there is no bot here")
    """Who speaks to one person, and changes what it posted."""

    def post(self, payload: bytes) -> Posted:
        """Post to the usual channel."""
        return self.usual.post(payload)

    def to(self, route: str) -> Slack | Closed:
        """The channel of *route*, or why there is none."""
        if not route:
            return self.usual
        if route.startswith(DIRECT):
            bot = self.bot()
            return bot if isinstance(bot, Closed) else BotChannel(bot, route.removeprefix(DIRECT))
        if find := self.named.get(route):
            return find()
        return Closed(f"no channel is named {route} in AWSTEWARD_SLACKS")
