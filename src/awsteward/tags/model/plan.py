"""What is to be done about it: tags to write, with where they are from, and questions."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Origin(StrEnum):
    """Where a tag value may come from, in the words of `awsteward.yaml`."""

    CREATOR = "creator"
    SESSION = "session"
    PARENT = "parent"
    STACK = "stack"
    ROLE = "role"
    ACCOUNT = "account"
    TEAM = "team"
    CONSTANT = "constant"
    ANSWER = "answer"
    NEAR_MISS = "near miss"
    """A key on the resource itself that was surely meant (``owner`` for ``Owner``)."""


@dataclass(frozen=True, slots=True)
class Unread:
    """An origin that was not looked at; *why* tells (no ``--read``, no such parent, denied)."""

    why: str
    of: str = ""
    """What could not be read, in a few words; empty where nothing was there to be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """Tags of one or more resources that another belongs to, the nearest first."""

    tags: Mapping[str, str]
    whose: Mapping[str, str]
    """For each of the tags the resource that carries it, in a few words."""
    unread: tuple[Unread, ...] = ()
    """What it belongs to as well, and could not be asked."""


Evidence = Mapping[Origin, Mapping[str, str] | Vouched | Unread]
"""Tags found at each origin outside the record itself: parent, stack, role, account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One tag to be written, and why we believe its value."""

    key: str
    value: str
    origin: Origin
    assumed: bool = False
    """True where the value is the best guess rather than proven (the creator as owner)."""
    raw: str | None = None
    """The value before it was cleaned for the service's character rules, if that changed it."""
    whose: str | None = None
    """The resource that the value was read from, in a few words (``Auto Scaling group web``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One key that only a person can settle."""

    key: str
    why: str
    allowed: tuple[str, ...] = ()
    pattern: str | None = None
    """A regular expression; a value may be one of `allowed` or match it whole."""
    suggestion: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything to be done for one resource; empty when nothing is."""

    writes: tuple[Write, ...] = ()
    asks: tuple[Ask, ...] = ()
    steps: tuple[str, ...] = ()
    """The decision in words, one line per key and origin tried; what `tags explain` prints."""
