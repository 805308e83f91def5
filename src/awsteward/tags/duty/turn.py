"""One turn at the queue: a few messages in, the fate of each out.

What is done to the queue about a fate is `settle`'s business.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil
from typing import assert_never

from awsteward.clients.aws.queue import LONGEST_DELAY_S, Message
from awsteward.clients.ledger import Seen
from awsteward.tags.apply.readiness import readiness
from awsteward.tags.duty.envelope import Refused, opened
from awsteward.tags.duty.second import head_start_s, met
from awsteward.tags.guard.canary import Aviary, guarded
from awsteward.tags.guard.dry import End
from awsteward.tags.guard.live import Guard
from awsteward.tags.guard.removed import taken
from awsteward.tags.model.handled import Handled, Result
from awsteward.tags.model.outcome import Trouble
from awsteward.tags.model.reading import Created, Event, Ignored, Undetermined
from awsteward.tags.read.discoveries import discovery
from awsteward.tags.read.items import Item
from awsteward.tags.read.reading import reading
from awsteward.tags.read.record import Record

FIRST_PAUSE_S = 15
LONGEST_PAUSE_S = 300
"""Before a failure is tried again, doubling: ten receives last some half an hour."""


@dataclass(frozen=True, slots=True)
class Done:
    """Taken to its end; nothing of it is left to do."""

    event: Event
    ends: tuple[End, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """Its maker may still tag it, or there is no room to write it now: to be looked at again."""

    event: Event
    ends: tuple[End, ...]
    delay_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """It failed in a way that may pass."""

    event: Event
    ends: tuple[End, ...]
    pause_s: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """It cannot be read, or failed too often: for the dead letters."""

    event: Event | None
    ends: tuple[End, ...]
    why: str


Fate = Done | Later | Again | Lost


@dataclass(frozen=True, slots=True)
class Known:
    """Messages that came out, and what of them was known without the guard."""

    fates: Mapping[str, Fate]
    due: Sequence[tuple[Message, Created]]


def turn(
    messages: Sequence[Message],
    with_: Guard,
    seen: Seen | None,
    last: int,
    aviary: Aviary | None = None,
) -> Iterator[tuple[Message, Fate]]:
    """The fate of every message, in their order; *last* is the receive that no other follows."""
    known = _known(messages, with_, seen)
    fates = dict(known.fates)
    for final in (False, True):
        group = [(m, created) for m, created in known.due if (m.receives >= last) is final]
        if not group:
            continue
        ends = _ends((created for _, created in group), replace(with_, final=final), aviary)
        for message, created in group:
            told = tuple(ends[_key(created.event)])
            fates[message.id] = fate(created, told, with_, message.receives, last)
    yield from ((message, fates[message.id]) for message in messages)


def _known(messages: Iterable[Message], with_: Guard, seen: Seen | None) -> Known:
    fates: dict[str, Fate] = {}
    due = list[tuple[Message, Created]]()
    for message in messages:
        held = opened(message.body)
        if isinstance(held, Refused):
            fates[message.id] = Lost(event=None, ends=(), why=held.why)
            continue
        match discovery(held) if isinstance(held, Item) else reading(held):
            case Created(event) as created:
                if seen is not None and seen.seen(event.account, event.id):
                    fates[message.id] = Done(event, ())
                elif seen is not None and met(created, seen):
                    why = "CloudTrail has told of it"
                    fates[message.id] = Done(event, (Ignored(event, why),))
                elif wait := head_start_s(event, with_.policy, with_.now()):
                    fates[message.id] = Later(event=event, ends=(), delay_s=wait)
                else:
                    due.append((message, created))
            case Ignored(event) as end if isinstance(held, Record):
                took = taken(held, event, with_.policy, with_.ledger, with_.hold)
                fates[message.id] = Done(event, (replace(end, why=took) if took else end,))
            case Ignored(event) | Undetermined(event) as end:
                fates[message.id] = Done(event, (end,))
            case other:
                assert_never(other)
    return Known(fates, due)


def _ends(
    creations: Iterable[Created], with_: Guard, aviary: Aviary | None
) -> Mapping[tuple[str, str], list[Handled]]:
    ends: dict[tuple[str, str], list[Handled]] = defaultdict(list)
    for end in guarded(creations, with_, aviary):
        ends[_key(end.event)].append(end)
    return ends


def _key(event: Event) -> tuple[str, str]:
    return event.account, event.id


def fate(
    created: Created, ends: tuple[Handled, ...], with_: Guard, receives: int, last: int
) -> Fate:
    """What is to become of *created*, looked at so often, after these *ends*."""
    event, now = created.event, with_.now()
    failed = [end for end in ends if _may_pass(end)]
    if failed and receives >= last:
        return Lost(event=event, ends=ends, why=failed[0].why)
    if failed:
        pause = max(pause_s(receives), *map(_until_ready_s, failed))
        return Again(event=event, ends=ends, pause_s=pause, why=failed[0].why)
    left = with_.policy.grace.until(event.at, event.tool) - now
    if left > timedelta(0) and any(_waits(end) for end in ends):
        return Later(event=event, ends=ends, delay_s=_delay_s(left))
    if again := [held.again for end in ends for held in end.held if held.again]:
        return Later(event=event, ends=ends, delay_s=_delay_s(min(again) - now))
    return Done(event, ends)


def _delay_s(left: timedelta) -> int:
    """At most what a queue can wait; what has to wait longer comes again in between."""
    return min(LONGEST_DELAY_S, max(1, ceil(left.total_seconds())))


def pause_s(receives: int) -> int:
    """How long to wait after so many tries."""
    return int(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(receives - 1, LONGEST_PAUSE_S)))


def _may_pass(end: Handled) -> bool:
    """A denial passes too, once somebody allows it; what AWS refuses for good does not."""
    return end.result is Result.FAILED and end.trouble is not Trouble.REFUSED


def _until_ready_s(end: Handled) -> int:
    """What is still being made needs the time that its kind takes."""
    if end.trouble is not Trouble.NOT_YET:
        return 0
    return int(readiness(end.resource.type).pause.total_seconds())


def _waits(end: Handled) -> bool:
    return end.result is Result.PENDING and not end.asks
