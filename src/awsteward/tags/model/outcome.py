"""How writing went."""

from dataclasses import dataclass
from enum import StrEnum

from awsteward.tags.model.plan import Write


@dataclass(frozen=True, slots=True)
class Written:
    """These tags are on the resource now and were not before."""

    writes: tuple[Write, ...]
    left: tuple[Write, ...] = ()
    """Left alone, because somebody had set these keys by the time we looked again."""


class Trouble(StrEnum):
    """Kinds of failure, by what helps against each."""

    NOT_YET = "not there yet"
    THROTTLED = "throttled"
    DENIED = "denied"
    GONE = "gone"
    REFUSED = "refused"
    REMOTE = "remote failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Nothing was written; *why* is for a person and names the missing permission if that is it."""

    trouble: Trouble
    why: str


Outcome = Written | Failed
