"""The settings of a guard on duty, as its environment gives them. Pure; opens nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from awsteward.clients.secret import BOT_TOKEN, SIGNING_SECRET
from awsteward.clients.slacks import VARIABLE, references, split
from awsteward.core.errors import ConfigError

USUAL_RECEIVES = 10


class Mode(StrEnum):
    """How far the guard may go."""

    OBSERVE = "observe"
    """Says in its log what it would do."""
    NOTIFY = "notify"
    """Tells people, too."""
    ENFORCE = "enforce"
    """Writes tags, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where everything lies that a guard on duty works with."""

    region: str
    table: str
    queue: str
    dead_letters: str
    policy: str
    """A reference, or empty for the default policy."""
    slack: str
    """A reference to the Slack URL, or empty where nobody is told."""
    slacks: Mapping[str, str] = field(default_factory=dict)
    """References to the URLs of other channels, by the names that the policy's routes use."""
    bot: str = ""
    """A reference to a bot's token, or empty where there is none."""
    signing: str = ""
    """A reference to what Slack signs its requests with."""
    mode: Mode
    last: int
    """The receive after which a message that still fails goes to the dead letters."""
    role: str | None
    """The role to assume in other accounts."""
    canary: str = ""
    """How the names of canaries begin, or empty where none are made."""


_CANARY = re.compile(r"/[A-Za-z0-9_.#-]+/([A-Za-z0-9_.#-]+/)*")
"""In a folder of their own: whatever lies there may be deleted."""
_NEEDED = ("AWS_REGION", "AWSTEWARD_TABLE", "AWSTEWARD_QUEUE_URL", "AWSTEWARD_DEAD_LETTERS_URL")


def settings(environment: Mapping[str, str]) -> Settings:
    """What *environment* says; ConfigError names everything that is missing or wrong at once."""
    problems = [f"{name} is not set" for name in _NEEDED if not environment.get(name)]
    mode = environment.get("AWSTEWARD_MODE") or Mode.OBSERVE
    if mode not in set(Mode):
        problems.append(f"AWSTEWARD_MODE is {mode!r}, not one of {', '.join(Mode)}")
    last = environment.get("AWSTEWARD_MAX_RECEIVES") or str(USUAL_RECEIVES)
    if not last.isdecimal() or not int(last):
        problems.append(f"AWSTEWARD_MAX_RECEIVES is {last!r}, not a number from 1 on")
    if mode == Mode.NOTIFY and not environment.get("SLACK_URL"):
        problems.append("SLACK_URL is not set, and mode notify does nothing but tell")
    canary = environment.get("AWSTEWARD_CANARY", "")
    if canary and not _CANARY.fullmatch(canary):
        problems.append(
            f"AWSTEWARD_CANARY is {canary!r}, not the beginning of log groups' names such as "
            "/awsteward/canary/main/"
        )
    slacks = _slacks(environment, problems)
    if problems:
        raise ConfigError("\n".join(problems))
    return Settings(
        region=environment["AWS_REGION"],
        table=environment["AWSTEWARD_TABLE"],
        queue=environment["AWSTEWARD_QUEUE_URL"],
        dead_letters=environment["AWSTEWARD_DEAD_LETTERS_URL"],
        policy=environment.get("AWSTEWARD_POLICY", ""),
        slack=environment.get("SLACK_URL", ""),
        slacks=slacks,
        bot=environment.get(BOT_TOKEN.variable, ""),
        signing=environment.get(SIGNING_SECRET.variable, ""),
        mode=Mode(mode),
        last=int(last),
        role=environment.get("AWSTEWARD_ROLE") or None,
        canary=environment.get("AWSTEWARD_CANARY", ""),
    )


def _slacks(environment: Mapping[str, str], problems: list[str]) -> Mapping[str, str]:
    pairs = split(environment.get(VARIABLE, ""))
    if pairs and not environment.get("SLACK_URL"):
        problems.append(f"{VARIABLE} is set, but SLACK_URL, where all else goes, is not")
    try:
        return references(pairs)
    except ValueError as error:
        problems.append(f"{VARIABLE}: {error}")
        return {}
