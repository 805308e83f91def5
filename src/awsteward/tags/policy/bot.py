"""``slack: bot:`` what a bot may do beside posting. Values, and how they are read."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from awsteward.core.yaml import Node
from awsteward.tags.policy.checker import Checker

WHERE: Final = "slack.bot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """Its messages hold buttons, and change when what they ask is settled."""

    direct: bool = False
    """Who is asked alone is asked in a direct message."""
    answerers: frozenset[str] = frozenset()
    """Slack ids of who may answer besides whoever was asked by name."""


def bot(check: Checker, node: Node | None, answerers: Iterable[str]) -> Bot | None:
    """What stands there; *answerers* are read as other lists of people are."""
    if node is None:
        return None
    part = check.fields(node, WHERE, ("direct", "answerers"))
    return Bot(
        direct=bool(check.truth(part.get("direct"), f"{WHERE}.direct")),
        answerers=frozenset(answerers),
    )
