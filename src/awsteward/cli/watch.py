"""``awsteward tags watch``: the guard without infrastructure, until SIGTERM or Ctrl-C."""

import os
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from awsteward.cli.clock import CLOCK
from awsteward.cli.ledgers import opened, region
from awsteward.cli.place import Place, place
from awsteward.cli.progress import complain
from awsteward.cli.reins import reins_of
from awsteward.cli.replay.live import printer
from awsteward.cli.replay.summary import closing
from awsteward.cli.slack import slack, told
from awsteward.cli.undo import moment_of
from awsteward.clients.aws.door import Aws, Boto
from awsteward.clients.aws.history import facts
from awsteward.clients.aws.refusals import given
from awsteward.clients.ledger import Lease, Ledger
from awsteward.clients.slack import Slack
from awsteward.core.errors import ConfigError, RemoteError, StewardError
from awsteward.tags.apply.attempt import Clock
from awsteward.tags.apply.hands import AwsHands
from awsteward.tags.catalogue.lookup import home, partition, places
from awsteward.tags.duty.setup import BRIEF_WAITS_S
from awsteward.tags.guard.daybook import sum_up
from awsteward.tags.guard.dry import Tally
from awsteward.tags.guard.guarded import scans, shielded, unread
from awsteward.tags.guard.hold import OnDuty, Stoppable
from awsteward.tags.guard.live import Guard
from awsteward.tags.guard.post import post_due
from awsteward.tags.guard.still import still_open
from awsteward.tags.lookout.bookmark import Bookmark, read
from awsteward.tags.lookout.lookout import Lookout
from awsteward.tags.lookout.pages import Pages
from awsteward.tags.lookout.patrol import Patrol
from awsteward.tags.policy.enforcement import Promoting
from awsteward.tags.policy.model import Policy

USUALLY_SINCE = "1h"
_LEASE = timedelta(minutes=3)
"""As long as the workers take it for, with whom we may share the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asked for."""

    regions: tuple[str, ...]
    everywhere: bool
    since: str | None
    every_s: int
    once: bool
    form: str
    policy: Path | None
    notify: bool
    apply: bool
    slack_url: str | None
    slacks: tuple[str, ...]
    ledger: str | None

    @property
    def mode(self) -> str:
        """What was only told of by one run is still to be written by another."""
        return "apply" if self.apply else "notify"


def run(options: Options) -> int:
    """Watch until told to stop, or once."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    def sleep(seconds: float) -> None:
        stop.wait(seconds)

    return watch(options, Boto(), replace(CLOCK, sleep=sleep), stop.is_set)


def watch(options: Options, door: Aws, clock: Clock, stopping: Callable[[], bool]) -> int:
    """The same with a world of one's own."""
    where = place(options.policy, options.ledger)
    if not (options.apply or options.notify):
        if options.slack_url or options.ledger:
            raise ConfigError("--slack-url and --ledger are for --notify or --apply")
        post = _Post(options, where, door, clock)
        return _watched(post, stopping)
    tellers = _Tellers(clock, stopping)
    people = slack(options.slack_url, options.slacks, door, options.form, tellers.wait)
    post = _Post(options, where, door, clock, people, tellers)
    if options.apply:
        with opened(where.ledger, door) as ledger:
            Stoppable(brakes=reins_of(ledger, where.ledger, door)).refuse()
    return _watched(post, stopping)


def _watched(post: "_Post", stopping: Callable[[], bool]) -> int:
    options = post.options
    patrol = Patrol(
        lookouts=tuple(post.lookouts(stopping)), tell=post.tell, stopping=stopping,
        sleep=post.clock.sleep, say=_said,
    )  # fmt: skip
    if options.once:
        return _closed(patrol, post, patrol.once())
    where = ", ".join(lookout.region for lookout in patrol.lookouts)
    _said(f"watching {where} every {options.every_s} s")
    patrol.go(options.every_s)
    _closed(patrol, post, None)
    return 0


def _closed(patrol: Patrol, post: "_Post", wrong: StewardError | None) -> int:
    for lookout in patrol.lookouts:
        lookout.leave()
    waiting = sum(len(lookout.waiting) for lookout in patrol.lookouts if lookout.keeping)
    if waiting:
        _said(f"{waiting:,} to be looked at again: the next run does")
    code = closing(post.tally)
    return wrong.exit_code if wrong else post.codes[-1] if any(post.codes[-1:]) else code


def _said(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class _Tellers:
    """Where machines share the ledger, one of them tells at a time."""

    clock: Clock
    stopping: Callable[[], bool]
    me: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}")
    _held: list[Lease] = field(default_factory=list)

    @contextmanager
    def turn(self, ledger: Ledger) -> Iterator[bool]:
        """Whether it is ours to tell; a file is ours while it is open."""
        if not isinstance(ledger, Lease):
            yield True
            return
        if not self._hold(ledger):
            yield False
            return
        self._held.append(ledger)
        try:
            yield True
        finally:
            self._held.clear()
            ledger.release("tell", self.me)

    def wait(self, seconds: float) -> None:
        """Wait for Slack with the lease in hand; before every post the door waits."""
        if not all(map(self._hold, self._held)):
            raise RemoteError("somebody else tells by now: this one was away for too long")
        self.clock.sleep(seconds)
        if self.stopping():
            raise RemoteError("told to stop: what is not sent yet stays in the ledger")

    def _hold(self, ledger: Lease) -> bool:
        return ledger.hold("tell", self.me, self.clock.now() + _LEASE)


@dataclass(frozen=True, slots=True)
class _Post:
    """What all regions share."""

    options: Options
    where: Place
    door: Aws
    clock: Clock
    people: Slack | None = None
    tellers: _Tellers | None = None
    tally: Tally = field(default_factory=Tally)
    codes: list[int] = field(default_factory=list)
    """How each telling went."""

    @property
    def policy(self) -> Policy:
        return self.where.policy

    @contextmanager
    def desk(self) -> Iterator[Guard]:
        """A guard for a moment: what it sees is forgotten, and the ledger is let go."""
        hands = AwsHands(door=self.door, clock=replace(self.clock, waits_s=BRIEF_WAITS_S))
        with_ = Guard(
            policy=self.policy, hands=hands, ledger=None, now=self.clock.now, writing=False
        )
        if self.people is None:
            yield with_
            return
        with opened(self.where.ledger, self.door) as ledger:
            known = scans(ledger)
            yield replace(
                with_, policy=shielded(self.policy, known), ledger=ledger,
                writing=self.options.apply,
                hold=replace(self._hold(ledger), unread=unread(known, self.clock.now())),
            )  # fmt: skip

    def _hold(self, ledger: Ledger) -> OnDuty:
        """Nobody sits before it, so all brakes hold; but --apply is a person's word."""
        reins = reins_of(ledger, self.where.ledger, self.door)
        hold = OnDuty.of(self.policy, reins, ledger, self.clock.now)
        return replace(hold, rules=replace(hold.rules, promotion=Promoting.WAIVED))

    def lookouts(self, stopping: Callable[[], bool]) -> Iterator[Lookout]:
        """One for each region, where its bookmark lies."""
        regions = _regions(self.options)
        account = given(self.door.call("", regions[0], "sts", "GetCallerIdentity", {}))["Account"]
        pages = Pages(door=self.door, clock=self.clock, monotonic=time.monotonic, stopping=stopping)
        for each in regions:
            name = f"{self.options.mode} {account} {each}"
            yield Lookout(
                region=each, name=name, bookmark=self._bookmark(name), pages=pages,
                desk=self.desk, grace=self.policy.grace, show=printer(self.options.form),
                complain=complain, tally=self.tally, keeping=self.people is not None,
            )  # fmt: skip

    def _bookmark(self, name: str) -> Bookmark:
        """Where an earlier run came to; --since goes further back, and leaves nothing out."""
        since = moment_of(self.options.since or USUALLY_SINCE, self.clock.now())
        first = Bookmark(begin=since)
        with self.desk() as with_:
            kept = read(with_.ledger, name) if with_.ledger else None
        if kept is None:
            return first
        farthest = self.clock.now() - facts().reach
        if kept.begin < farthest:
            _said(f"{name}: nobody watched since {kept.begin:%Y-%m-%d}, and what was called "
                  f"before {farthest:%Y-%m-%d} is forgotten")  # fmt: skip
        return first if self.options.since and since < kept.begin else kept

    def tell(self) -> None:
        """Send what is due by now."""
        if self.people is None or self.tellers is None:
            return
        with opened(self.where.ledger, self.door) as ledger, self.tellers.turn(ledger) as ours:
            if ours:
                self._tell(ledger, self.people)

    def _tell(self, ledger: Ledger, people: Slack) -> None:
        manner = self.policy.slack
        sum_up(ledger, manner.summary, manner.language, self.clock.now())
        delivery = post_due(
            ledger, people, manner, self.clock.now,
            lambda question: still_open(question, self.door, self.clock),
        )  # fmt: skip
        self.codes.append(told(delivery))
        if self.options.once and (later := len(ledger.untold())):
            _said(f"{later:,} to be told of when their time has come: the next run does")


def _regions(options: Options) -> tuple[str, ...]:
    named = options.regions or (region(),)
    for each in named:
        if not any(re.match(pattern, each) for pattern, _ in places().partitions):
            raise ConfigError(f"--region {each}: no region of AWS is called so")
    at_home = home(facts().everywhere.service, partition(named[0])) if options.everywhere else None
    return tuple(dict.fromkeys((*named, *((at_home,) if at_home else ()))))
