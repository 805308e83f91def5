"""From settings to everything that a guard on duty works with; the doors are made here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from awsteward.clients.aws.door import Aws, Boto
from awsteward.clients.aws.dynamo.reins import DynamoReins
from awsteward.clients.aws.queue import Queue
from awsteward.clients.aws.refusals import Answer
from awsteward.clients.aws.table import DynamoLedger
from awsteward.clients.aws.texts import text
from awsteward.clients.channels import Channels
from awsteward.clients.ledger import Shared
from awsteward.clients.slacks import channels, doors
from awsteward.tags.apply.attempt import Clock
from awsteward.tags.apply.hands import AwsHands
from awsteward.tags.duty.settings import Mode, Settings
from awsteward.tags.guard.canary import Aviary
from awsteward.tags.guard.guarded import scans, shielded, unread
from awsteward.tags.guard.hold import OnDuty
from awsteward.tags.guard.live import Guard
from awsteward.tags.policy.default import default
from awsteward.tags.policy.model import Policy, with_environment
from awsteward.tags.policy.parse import parse

BRIEF_WAITS_S = (0.2, 0.5)
"""A resource seldom needs longer to be found; whatever does comes again through the queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A guard on duty: its policy, its doors and how far it may go."""

    settings: Settings
    policy: Policy
    door: Aws
    queue: Queue
    ledger: Shared
    clock: Clock

    @property
    def kept(self) -> Shared | None:
        """The ledger, unless nothing is to be kept."""
        return None if self.settings.mode is Mode.OBSERVE else self.ledger

    def aviary(self) -> Aviary | None:
        """Where canaries are remembered, whatever else is kept; None where none are made."""
        return Aviary(self.settings.canary, self.ledger) if self.settings.canary else None

    @property
    def hold(self) -> OnDuty:
        """What holds its writes back; kept in every mode, so that observed days count."""
        now, settings = self.clock.now, self.settings
        reins = DynamoReins.of(self.door, settings.table, settings.region, now)
        return OnDuty.of(self.policy, reins, self.kept, now)

    @property
    def brief(self) -> Clock:
        """For who does not wait for a slow AWS, but comes again."""
        return replace(self.clock, waits_s=BRIEF_WAITS_S)

    def ask(self, service: str, operation: str, params: Mapping[str, Any]) -> Answer:
        """One AWS operation in our own account and region."""
        return self.door.call("", self.settings.region, service, operation, params)

    def guard(self) -> Guard:
        """A guard for one turn: what it sees is forgotten after it."""
        known = scans(self.ledger)
        return Guard(
            policy=shielded(self.policy, known),
            hands=AwsHands(door=self.door, clock=self.brief),
            ledger=self.kept,
            now=self.clock.now,
            writing=self.settings.mode is Mode.ENFORCE,
            believing=True,
            hold=replace(self.hold, unread=unread(known, self.clock.now())),
        )


def duty(settings: Settings, environment: Mapping[str, str], clock: Clock) -> Duty:
    """Open everything; ConfigError where the settings lead nowhere."""
    door = Boto(role=settings.role)
    return Duty(
        settings=settings,
        policy=_policy(settings, environment, door),
        door=door,
        queue=Queue(
            door=door, region=settings.region,
            url=settings.queue, dead_letters=settings.dead_letters,
        ),
        ledger=DynamoLedger(door, settings.table, settings.region, clock.now),
        clock=clock,
    )  # fmt: skip


def slack(
    of: Duty, monotonic: Callable[[], float], sleep: Callable[[float], None]
) -> Channels | None:
    """Where its letters go, or None where nobody is told."""
    settings = of.settings
    if not settings.slack or settings.mode is Mode.OBSERVE:
        return None
    with_ = doors(settings.bot, of.ask, monotonic, sleep)
    return channels(settings.slack, settings.slacks, of.ask, with_)


def _policy(settings: Settings, environment: Mapping[str, str], door: Aws) -> Policy:
    if not settings.policy:
        return default()
    told = text(settings.policy, door, settings.region)
    return with_environment(parse(told, settings.policy), environment)
