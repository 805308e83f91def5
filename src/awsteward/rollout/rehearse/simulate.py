"""The same case without processes: requests, hooks, TERM and KILL as discrete events. Pure.

It knows of the timeline what the facts say and nothing of our servers or balancers, so that the
rehearsal with real ones can be held against it. Chance is in the seed: which request is of which
kind, when a stop begins between two requests, and how long a process takes to start.

Where it leaves something out, it loses more rather than less: KILL comes at the end of the grace,
though kubelet gives two seconds more after a hook that overran. One thing it takes on trust: that
the gate was told of the longest request. A database that fails over loses nothing here, as pools
ask again. Connections are none of its business: what is refused is what comes after TERM.
"""

import heapq
import itertools
import random
from bisect import bisect
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import assert_never

from awsteward.rollout.model import (
    WHOLE,
    BlueGreen,
    Canary,
    Case,
    DnsShift,
    Failover,
    GateHook,
    NodeDrain,
    NoHook,
    OnTerm,
    Rolling,
    ScaleIn,
    SleepHook,
    Tally,
)

WARM_S = 0.5
LOOK_S = 0.1
LOOKS = 2
PAUSE_S = 0.1
STARTS_WITHIN_S = 0.1


@dataclass(slots=True, eq=False)
class Request:
    """One that entered a replica; *cut* says that its client hears no answer any more."""

    cut: bool = False


@dataclass(slots=True)
class Waiting:
    """A play goes on when *left* things have happened."""

    left: int


@dataclass(slots=True, eq=False)
class Replica:
    """A server: what the balancer thinks of it, and whether it really takes requests."""

    side: int
    weight: int
    credit: float = 0.0
    listens: bool = True
    dead: bool = False
    leaving: bool = False
    out: bool = False
    asked_s: float = 0.0
    answered_s: float = float("-inf")
    waiting: Waiting | None = None
    in_flight: list[Request] = field(default_factory=list)


Play = Generator[Waiting, None, None]


class World:
    """Time, replicas, and what became of every request so far."""

    def __init__(self, case: Case, seed: int) -> None:
        self.case = case
        self.chance = random.Random(seed)  # noqa: S311  a simulation, not a secret
        self.now = 0.0
        self.replicas: list[Replica] = []
        self.shares = [WHOLE, 0]
        self.sent = self.answered = self.lost = self.unanswered = 0
        self.stop_s: list[float] = []
        self._kinds = tuple(each.takes_s for each in case.load.mix)
        self._weights = tuple(itertools.accumulate(each.weight for each in case.load.mix))
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._playing: Play | None = None
        self._ends = float("inf")

    def later(self, after_s: float, then: Callable[[], None]) -> None:
        """*then* happens in so many seconds."""
        heapq.heappush(self._events, (self.now + after_s, next(self._numbers), then))

    def run(self, play: Play) -> None:
        """Everything, from the first request to the last answer."""
        self._playing = play
        self.later(self.chance.random() / self.case.load.rate, self._send)
        self.later(WARM_S, self.go_on)
        while self._events:
            self.now, _, then = heapq.heappop(self._events)
            then()

    def go_on(self) -> None:
        """What the play waited for has come."""
        waiting = next(self._playing, None) if self._playing else None
        if waiting is None:
            self._playing = None
            self._ends = max(self.now + WARM_S, self.case.load.duration_s)
        elif not waiting.left:
            self.go_on()

    def done(self, waiting: Waiting) -> None:
        """One of the things that a play waits for."""
        waiting.left -= 1
        if not waiting.left:
            self.go_on()

    def _send(self) -> None:
        if self.now >= self._ends:
            return
        self.sent += 1
        takes_s = self._kinds[bisect(self._weights, self.chance.random() * self._weights[-1])]
        replica = self._chosen()
        if replica is None or not replica.listens:
            self.lost += 1
        else:
            request = Request()
            replica.in_flight.append(request)
            self.later(takes_s, lambda: self._answer(replica, request))
        self.later(1.0 / self.case.load.rate, self._send)

    def _chosen(self) -> Replica | None:
        """Smooth weighted round robin, on the side that the name leads to."""
        side = int(self.chance.random() * WHOLE >= self.shares[0])
        best, total = None, 0
        for each in self.replicas:
            if each.side == side and each.weight:
                each.credit += each.weight
                total += each.weight
                if best is None or each.credit > best.credit:
                    best = each
        if best is not None:
            best.credit -= total
        return best

    def _answer(self, replica: Replica, request: Request) -> None:
        if replica.dead:
            return
        replica.in_flight.remove(request)
        replica.answered_s = self.now
        if request.cut:
            self.unanswered += 1
        else:
            self.answered += 1
        if replica.leaving and not replica.in_flight:
            self.later(self.case.stopping.shutdown_s, lambda: self.die(replica))

    def die(self, replica: Replica) -> None:
        """The process ends; what was in flight was not committed."""
        if not replica.dead:
            replica.dead, replica.listens = True, False
            self.lost += len(replica.in_flight)
            replica.in_flight.clear()
            self.stop_s.append(self.now - replica.asked_s)
            self.see_whether_gone(replica)

    def see_whether_gone(self, replica: Replica) -> None:
        """Its stop is over when it is dead and the balancer has let go of it."""
        if replica.dead and replica.out and replica.waiting:
            self.done(replica.waiting)


def simulate(case: Case, seed: int) -> Tally:
    """What *case* comes to with *seed*."""
    world = World(case, seed)
    world.replicas = [Replica(side=0, weight=WHOLE) for _ in range(case.fleet.replicas)]
    world.run(_play(world, tuple(world.replicas)))
    return Tally(
        sent=world.sent, answered=world.answered, lost=world.lost, doubled=0,
        committed_unanswered=world.unanswered, stops=len(world.stop_s),
        stop_s=tuple(world.stop_s),
    )  # fmt: skip


def _play(world: World, fleet: tuple[Replica, ...]) -> Play:
    match play := world.case.play:
        case Rolling(rounds=rounds):
            return _rolling(world, fleet, rounds)
        case BlueGreen(rounds=rounds):
            return _blue_green(world, fleet, rounds)
        case Canary():
            return _canary(world, fleet, play)
        case ScaleIn():
            return _scale_in(world, list(fleet), play)
        case NodeDrain():
            return _node_drain(world, list(fleet), play)
        case DnsShift():
            return _dns_shift(world, fleet, play)
        case Failover(seconds_s=seconds_s):
            return _rest(world, seconds_s)
        case _:
            assert_never(play)


def _rolling(world: World, fleet: tuple[Replica, ...], rounds: int) -> Play:
    for _ in range(rounds):
        fresh: list[Replica] = []
        for old in fleet:
            yield from _grow(world, 1, fresh)
            yield from _stopped(world, (old,))
        fleet = tuple(fresh)


def _blue_green(world: World, fleet: tuple[Replica, ...], rounds: int) -> Play:
    for _ in range(rounds):
        green: list[Replica] = []
        yield from _grow(world, len(fleet), green)
        yield from _stopped(world, fleet)
        fleet = tuple(green)


def _canary(world: World, fleet: tuple[Replica, ...], canary: Canary) -> Play:
    new: list[Replica] = []
    yield from _grow(world, len(fleet), new, weight=0)
    for weight in canary.weights:
        for each in new:
            each.weight = weight
        for each in fleet:
            each.weight = WHOLE - weight
        yield from _rest(world, canary.step_s)
    yield from _stopped(world, fleet)


def _scale_in(world: World, fleet: list[Replica], scale_in: ScaleIn) -> Play:
    for number in range(scale_in.rounds):
        if number:
            yield from _grow(world, scale_in.by, fleet)
        going, fleet = fleet[: scale_in.by], fleet[scale_in.by :]
        yield from _stopped(world, tuple(going))


def _node_drain(world: World, fleet: list[Replica], drain: NodeDrain) -> Play:
    for _ in range(drain.rounds):
        going, fleet = fleet[: drain.at_once], fleet[drain.at_once :]
        waiting = Waiting(left=2 * len(going))
        for each in going:
            _enter_later(world, fleet, waiting, weight=WHOLE, side=0)
            _stop(world, each, waiting)
        yield waiting


def _dns_shift(world: World, fleet: tuple[Replica, ...], shift: DnsShift) -> Play:
    for number in range(shift.rounds):
        new = 1 - number % 2
        fresh: list[Replica] = []
        yield from _grow(world, len(fleet), fresh, side=new)
        for share in (WHOLE // 2, WHOLE):
            yield from _rest(world, shift.ttl_s)
            world.shares[new], world.shares[1 - new] = share, WHOLE - share
        yield from _stopped(world, fleet)
        fleet = tuple(fresh)


def _rest(world: World, seconds_s: float) -> Play:
    waiting = Waiting(left=1)
    world.later(seconds_s, lambda: world.done(waiting))
    yield waiting


def _grow(
    world: World, count: int, into: list[Replica], *, weight: int = WHOLE, side: int = 0
) -> Play:
    waiting = Waiting(left=count)
    for _ in range(count):
        _enter_later(world, into, waiting, weight=weight, side=side)
    yield waiting


def _enter_later(
    world: World, into: list[Replica], waiting: Waiting, *, weight: int, side: int
) -> None:
    def enter() -> None:
        replica = Replica(side=side, weight=weight)
        world.replicas.append(replica)
        into.append(replica)
        world.done(waiting)

    starts_s = world.case.fleet.starts_s + world.chance.uniform(0, STARTS_WITHIN_S)
    world.later(starts_s, enter)


def _stopped(world: World, going: tuple[Replica, ...]) -> Play:
    waiting = Waiting(left=len(going))
    for each in going:
        _stop(world, each, waiting)
    yield waiting


def _stop(world: World, replica: Replica, waiting: Waiting) -> None:
    """Both branches at once: the balancer's, and hook, TERM and KILL."""
    balancer = world.case.balancer
    replica.asked_s, replica.waiting = world.now, waiting

    def out() -> None:
        replica.out = True
        world.replicas.remove(replica)
        world.later(balancer.deregistration_delay_s, cut)
        world.see_whether_gone(replica)

    def cut() -> None:
        for each in replica.in_flight:
            each.cut = True

    world.later(balancer.propagation_s, out)
    world.later(world.case.stopping.grace_s, lambda: world.die(replica))
    _hook(world, replica)


def _hook(world: World, replica: Replica) -> None:
    hook = world.case.stopping.hook
    match hook:
        case NoHook():
            _term(world, replica)
        case SleepHook(seconds_s=seconds_s):
            world.later(seconds_s, lambda: _term(world, replica))
        case GateHook():
            _gate(world, replica, hook)
        case _:
            assert_never(hook)


def _gate(world: World, replica: Replica, hook: GateHook) -> None:
    """TERM when two looks in a row saw nothing in flight, nor just answered, or at the deadline."""
    until = world.now + hook.gives_up_s(world.case.stopping.grace_s)

    def look(quiet: int) -> None:
        busy = replica.in_flight or world.now < replica.answered_s + PAUSE_S
        seen = 0 if busy else quiet + 1
        if seen >= LOOKS or world.now >= until:
            _term(world, replica)
        else:
            world.later(min(LOOK_S, max(0.0, until - world.now)), lambda: look(seen))

    world.later(min(hook.min_wait_s, max(0.0, until - world.now)), lambda: look(0))


def _term(world: World, replica: Replica) -> None:
    if replica.dead:
        return
    match world.case.stopping.on_term:
        case OnTerm.DRAINS:
            replica.listens, replica.leaving = False, True
            if not replica.in_flight:
                world.later(world.case.stopping.shutdown_s, lambda: world.die(replica))
        case OnTerm.DIES:
            world.die(replica)
        case OnTerm.IGNORES:
            pass
