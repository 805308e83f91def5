"""The nouns of a rollout: what is sent, what is stopped, how, and behind which balancer. Pure.

All durations are seconds. A `Case` is what both the simulation and the rehearsal with real
processes take, so that one can be held against the other; a `Tally` is what both give back.
"""

from dataclasses import dataclass
from enum import StrEnum

SPARE_S = 1.0  # what a gate without a deadline leaves of the grace for the server's own end


WHOLE = 100
"""All requests, where shares are per cent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One kind of request of the mix: how often beside the others, and how long it takes."""

    weight: float
    takes_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Open loop: requests start on schedule, *rate* a second, whatever became of those before."""

    rate: float
    duration_s: float
    mix: tuple[Share, ...]
    posts: float
    keepalive: bool


@dataclass(frozen=True, slots=True)
class NoHook:
    """TERM comes at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SleepHook:
    """TERM comes after a fixed time."""

    seconds_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GateHook:
    """TERM comes when nothing is in flight; no deadline means a second before the grace ends."""

    min_wait_s: float
    longest_s: float
    deadline_s: float | None = None

    def gives_up_s(self, grace_s: float) -> float:
        """When it lets go with work in flight, counted from the begin of the grace."""
        return grace_s - SPARE_S if self.deadline_s is None else self.deadline_s


Hook = NoHook | SleepHook | GateHook


class OnTerm(StrEnum):
    """What the server does on TERM."""

    DRAINS = "drains"
    DIES = "dies"
    IGNORES = "ignores"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopping:
    """How one replica is stopped; KILL comes *grace_s* after deregistration was asked for."""

    hook: Hook
    grace_s: float
    on_term: OnTerm
    shutdown_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Balancer:
    """How long it still sends after deregistration, and how long what it sent may then take."""

    propagation_s: float
    deregistration_delay_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Replicas, and how long one takes from its start until it is ready."""

    replicas: int
    starts_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolling:
    """A new replica first, then an old one goes, one by one."""

    rounds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlueGreen:
    """A whole second fleet enters, then the first one goes at once."""

    rounds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """The new fleet's share goes through *weights* (per cent), then the old fleet goes."""

    weights: tuple[int, ...]
    step_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleIn:
    """So many replicas go at once, and nothing comes in their place."""

    by: int
    rounds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeDrain:
    """So many replicas go at once, and their successors start only then."""

    at_once: int
    rounds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsShift:
    """The name's weights go over to a second balancer with a fleet of its own."""

    ttl_s: float
    rounds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failover:
    """The database's primary is away for so long; no replica is stopped."""

    seconds_s: float


Play = Rolling | BlueGreen | Canary | ScaleIn | NodeDrain | DnsShift | Failover


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One rollout under load."""

    load: Load
    fleet: Fleet
    stopping: Stopping
    balancer: Balancer
    play: Play


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a case came to; *stop_s* is how long each stop took."""

    sent: int
    answered: int
    lost: int
    doubled: int
    committed_unanswered: int
    stops: int
    stop_s: tuple[float, ...]
