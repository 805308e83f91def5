"""The end of a resource's way through the guard."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from awsteward.tags.model.advice import Advice
from awsteward.tags.model.outcome import Trouble
from awsteward.tags.model.plan import Ask, Write
from awsteward.tags.model.reading import Event, Resource
from awsteward.tags.model.verdict import Invalid, NearMiss


class Result(StrEnum):
    """What became of one resource, in the words of ``tags replay --format json``."""

    TAGGED = "tagged"
    WOULD_TAG = "would-tag"
    COMPLIANT = "compliant"
    PENDING = "pending"
    """Waiting: for its maker's own tags, or for a person's answer."""
    UNKNOWN = "unknown"
    FAILED = "failed"


class Brake(StrEnum):
    """What keeps a guard on duty from writing what it would."""

    STOP = "stopped"
    BREAKER = "breaker open"
    FREEZE = "freeze"
    PROMOTION = "not promoted"
    CAP = "hourly cap"
    UNREAD = "policies unread"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Tags that a brake held back."""

    brake: Brake
    writes: tuple[Write, ...]
    why: str
    again: datetime | None = None
    """When it is looked at again; None where a person has to see to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """The end of one resource's way through the guard: the line people and ledgers see."""

    event: Event
    resource: Resource
    result: Result
    missing: tuple[str, ...]
    """Required keys that the resource lacked (or had with a value not allowed) when judged."""
    applied: tuple[Write, ...]
    """Tags written; in a dry run, tags that would be."""
    asks: tuple[Ask, ...]
    """Keys that stay open until a person answers."""
    why: str
    near: tuple[NearMiss, ...] = ()
    """Keys it carries that were surely meant to be among `missing`."""
    invalid: tuple[Invalid, ...] = ()
    """Keys among `missing` that are there with a value not allowed."""
    trouble: Trouble | None = None
    """What kind of failure, where `result` is failed."""
    canary: bool = False
    """Made by the guard itself to see that it sees: nobody's, and told to nobody."""
    held: tuple[Held, ...] = ()
    """Tags that were not written because a brake is on."""
    advice: Advice | None = None
