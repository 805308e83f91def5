"""What holds the guard back, asked anew for each batch; and what is learnt for the next one.

The facts come from the reins and the policy; `restraint` decides by them. Only the guard on duty
is held so. A person who replays decides for himself: only the kill switch holds him (`Stoppable`).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from awsteward.clients.ledger import Outbox
from awsteward.clients.reins import Brakes, Fault, Observation, Reins, Stop, Trip
from awsteward.core.errors import ConfigError
from awsteward.tags.guard.restraint import Restraint, all_restrained, cell, would
from awsteward.tags.model.handled import Brake, Handled
from awsteward.tags.policy.enforcement import Enforcement, Promoting
from awsteward.tags.policy.model import Policy, Slack
from awsteward.tags.tell import brake

_HOUR = timedelta(hours=1)
_TOLD_BY_ITSELF = frozenset({Brake.STOP, Brake.BREAKER, Brake.FREEZE, Brake.UNREAD, Brake.CAP})
"""That a cell is not promoted is told with each resource; it is no news."""


class Hold(Protocol):
    """What stands between a decision and its writing."""

    def restrained(self, drafts: Sequence[Handled]) -> list[Handled]:
        """Each draft with those of its tags alone that may be written now."""
        ...

    def observed(self, drafts: Sequence[Handled]) -> None:
        """These would have been written, by a guard that may not write."""
        ...

    def denied(self, accounts: Iterable[str]) -> None:
        """Our writes were denied in these accounts, once for each time an account is named."""
        ...

    def removed(self, account: str, n: int) -> None:
        """Somebody took *n* tags away, in that account, that we had written."""
        ...

    def for_ours(self) -> "Hold":
        """What holds for things that the guard itself made."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stoppable:
    """For a person who writes: nothing but the kill switch."""

    brakes: Brakes

    def restrained(self, drafts: Sequence[Handled]) -> list[Handled]:
        """See `Hold.restrained`."""
        stop = self.brakes.pulled().stop
        facts = Restraint(promoted=None, stopped=stopped(stop) if stop else None)
        return list(all_restrained(drafts, facts))

    def observed(self, drafts: Sequence[Handled]) -> None:
        """See `Hold.observed`: a person's runs are not counted as observed."""

    def denied(self, accounts: Iterable[str]) -> None:
        """See `Hold.denied`: a person sees it on the screen."""

    def removed(self, account: str, n: int) -> None:
        """See `Hold.removed`: a person's run hears of none."""

    def for_ours(self) -> "Stoppable":
        """See `Hold.for_ours`."""
        return self

    def refuse(self) -> None:
        """Raise a ConfigError where the kill switch is pulled."""
        if stop := self.brakes.pulled().stop:
            raise ConfigError(f"{stopped(stop)}; `awsteward tags resume` lets go of it")


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDuty:
    """For a guard on duty: stages, cap, breaker, kill switch and freeze."""

    reins: Reins
    rules: Enforcement
    manner: Slack
    outbox: Outbox | None
    """Where it is said that a brake came on; None where nobody is told."""
    now: Callable[[], datetime]
    unread: Mapping[str, str] = field(default_factory=dict)
    """Accounts whose policies nobody could read, and why."""

    @classmethod
    def of(
        cls, policy: Policy, reins: Reins, outbox: Outbox | None, now: Callable[[], datetime]
    ) -> "OnDuty":
        """As *policy* says."""
        return cls(
            reins=reins, rules=policy.enforcement, manner=policy.slack, outbox=outbox, now=now
        )

    def restrained(self, drafts: Sequence[Handled]) -> list[Handled]:
        """See `Hold.restrained`; room is taken for exactly what nothing else holds back."""
        facts = self._facts(drafts)
        free = [each for each in all_restrained(drafts, facts) if would(each)]
        wanted = sum(len(each.applied) for each in free)
        most, hour = self.rules.writes_per_hour, _hour(self.now())
        room = self.reins.take(hour, wanted, most) if wanted else 0
        ends = list(all_restrained(drafts, replace(facts, room=room)))
        self.reins.observe(
            each for end in ends for held in end.held if held.again is None
            for each in self._observations(replace(end, applied=held.writes))
        )  # fmt: skip
        for kind, why in dict.fromkeys((held.brake, held.why) for e in ends for held in e.held):
            self._say(kind, why)
        return ends

    def observed(self, drafts: Sequence[Handled]) -> None:
        """See `Hold.observed`."""
        self.reins.observe(
            each for draft in drafts if would(draft) for each in self._observations(draft)
        )

    def denied(self, accounts: Iterable[str]) -> None:
        """See `Hold.denied`."""
        for account, n in Counter(accounts).items():
            self._count(account, Fault.DENIAL, n, self.rules.breaker.denials)

    def for_ours(self) -> Stoppable:
        """See `Hold.for_ours`: nobody promotes a canary, and nothing is written when stopped."""
        return Stoppable(brakes=self.reins)

    def removed(self, account: str, n: int) -> None:
        """See `Hold.removed`."""
        self._count(account, Fault.REMOVAL, n, self.rules.breaker.removals)

    def _facts(self, drafts: Sequence[Handled]) -> Restraint:
        """Asked anew each time: what was pulled a moment ago holds already."""
        now, pulled = self.now(), self.reins.pulled()
        accounts = {draft.resource.account for draft in drafts}
        most, hour = self.rules.writes_per_hour, _hour(now)
        cells = [cell(d.resource, w.key) for d in drafts if would(d) for w in d.applied]
        required = self.rules.promotion is Promoting.REQUIRED
        known = self.reins.known(cells) if required else ()
        return Restraint(
            promoted=frozenset(k.cell for k in known if k.promotion) if required else None,
            stopped=stopped(pulled.stop) if pulled.stop else None,
            open={trip.account: tripped(trip) for trip in pulled.trips},
            frozen={
                account: f"frozen until {freeze.last} (UTC): {freeze.why}"
                for freeze in self.rules.freezes if freeze.holds(now)
                for account in accounts if freeze.accounts.admit(account)
            },
            unread=self.unread,
            full=f"the {most} writes of the hour from {hour:%Y-%m-%d %H:%M} UTC are used up",
            again=hour + _HOUR,
        )  # fmt: skip

    def _observations(self, end: Handled) -> Iterable[Observation]:
        for write in end.applied:
            yield Observation(
                cell=cell(end.resource, write.key), event_id=end.event.id, ref=end.resource.ref,
                value=write.value, origin=write.origin, at=self.now(),
            )  # fmt: skip

    def _count(self, account: str, fault: Fault, n: int, most: int) -> None:
        """Count it, and open the breaker where it is too much."""
        now = self.now()
        self.reins.count(account, fault, n, now)
        since = now - self.rules.breaker.within
        closed = self.reins.pulled().closed.get(account, since)
        seen = self.reins.counted(account, fault, max(since, closed))
        if seen < most:
            return
        trip = Trip(account=account, why=f"{seen} {fault} of {most} that are allowed", at=now)
        if self.reins.trip(trip):
            self._say(Brake.BREAKER, tripped(trip))

    def _say(self, kind: Brake, why: str) -> None:
        if self.outbox is None or kind not in _TOLD_BY_ITSELF:
            return
        letter_id, payload = brake.told(kind, why, self.manner)
        self.outbox.put(letter_id, msgspec.json.encode(payload).decode(), self.now())


def stopped(stop: Stop) -> str:
    """The kill switch in one sentence."""
    return f"stopped by {stop.by} at {_moment(stop.at)}: {stop.why}"


def tripped(trip: Trip) -> str:
    """An open breaker in one sentence."""
    return f"no writes in {trip.account} since {_moment(trip.at)}: {trip.why}"


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
