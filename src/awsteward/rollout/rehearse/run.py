"""What a rehearsal that was really run came to: its counts, and everything they were counted from.

All times are seconds since the load began. It is what the text, the JSON and the page are made of.
"""

from dataclasses import dataclass
from enum import StrEnum

from awsteward.rollout.model import Case, Tally


class Happened(StrEnum):
    """What a mark on the timeline says."""

    STARTED = "started"
    READY = "ready"
    WEIGHT = "weight"
    DEREGISTER = "deregister"
    OUT = "out"
    HOOK_ENDED = "hook ended"
    TERM = "TERM"
    KILL = "KILL"
    GONE = "gone"
    DATABASE_AWAY = "database away"
    DATABASE_BACK = "database back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something happened to a replica (or to *detail*, where no replica is meant)."""

    at_s: float
    what: Happened
    replica: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as its client saw it; status 0 is no answer at all."""

    id: str
    due_s: float
    sent_s: float
    answered_s: float | None
    status: int
    replica: str
    method: str

    @property
    def accepted(self) -> bool:
        """True where the client was told that it is done."""
        return 200 <= self.status < 300  # noqa: PLR2004  the statuses that mean yes


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One replica's way out."""

    replica: str
    asked_s: float
    hook_exit: int | None
    term_s: float
    killed: bool
    gone_s: float
    said: str = ""

    @property
    def took_s(self) -> float:
        """From deregistration to the end of the process."""
        return self.gone_s - self.asked_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """Requests against commits, by their ids."""

    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    committed_unanswered: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One scenario, rehearsed; *lost_share* is of what was sent while things changed."""

    name: str
    about: str
    balancer: str
    server: str
    case: Case
    tally: Tally
    reckoning: Reckoning
    requests: tuple[Request, ...]
    marks: tuple[Mark, ...]
    stops: tuple[Stop, ...]
    lost_share: float
    expected: str
    held: bool
    notes: tuple[str, ...]
