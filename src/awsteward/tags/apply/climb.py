"""From a resource up to what it belongs to, and what that belongs to, until the tags are found.

The way up is bounded in reads, and what many resources share is read once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from awsteward.clients.aws.door import Aws
from awsteward.tags.apply.attempt import Clock, Target, attempt
from awsteward.tags.apply.belonging import Pointer, pointers
from awsteward.tags.apply.current import Present, current, parted
from awsteward.tags.apply.request import tags_in, walk
from awsteward.tags.model.arn import Arn
from awsteward.tags.model.outcome import Failed
from awsteward.tags.model.plan import Unread, Vouched
from awsteward.tags.model.reading import Resource

MOST_READS = 4
"""Parents asked for one resource: instance, group, node group, cluster, and one to spare."""

MOST_KEPT = 1000
"""Parents remembered at a time: what a hostile estate holds must not fill the memory."""

_BEFORE = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Climber:
    """Who reads parents, and remembers them."""

    door: Aws
    clock: Clock
    kept: dict[str, Present | Unread] = field(default_factory=dict)
    """By `Pointer.key`; whoever writes has to empty it, for a parent may be written to."""

    def read(self, pointer: Pointer) -> Present | Unread:
        """The tags of the resource that *pointer* leads to."""
        if pointer.key not in self.kept:
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            self.kept[pointer.key] = _read(pointer, self.door, self.clock)
        return self.kept[pointer.key]


@dataclass(frozen=True, slots=True, kw_only=True)
class Climbed:
    """What was found on the way up."""

    found: Vouched | Unread
    marks: Mapping[str, str]
    """Every tag seen on the way, AWS's own included, the nearest first: they may name a stack."""


def climb(
    start: Iterable[Pointer],
    on: Resource,
    needed: frozenset[str],
    climber: Climber,
    *,
    made_by_person: bool,
) -> Climbed:
    """The tags of what *on* belongs to; the nearest wins, and the way ends when all are found."""
    ahead = list(start)
    if not ahead:
        return Climbed(found=Unread("nothing says what it belongs to"), marks={})
    tags: dict[str, str] = {}
    whose: dict[str, str] = {}
    marks: dict[str, str] = {}
    unread: list[Unread] = []
    asked = {on.ref}
    while (pointer := _next(ahead, asked)) and len(asked) <= MOST_READS:
        if needed <= tags.keys():
            break
        asked.add(pointer.key)
        match climber.read(pointer):
            case Unread(why=why):
                unread.append(Unread(why, of=pointer.what))
            case Present(own, system):
                for key, value in own.items():
                    tags.setdefault(key, value)
                    whose.setdefault(key, pointer.what)
                marks = {**own, **system, **marks}
                seen = {**own, **system}
                ahead += pointers(seen, pointer.resource, made_by_person=made_by_person)
    if not tags and unread and len(unread) == len(asked) - 1:
        return Climbed(found=unread[0], marks=marks)
    return Climbed(found=Vouched(tags=tags, whose=whose, unread=tuple(unread)), marks=marks)


def _next(ahead: list[Pointer], asked: set[str]) -> Pointer | None:
    """The nearest that has not been asked."""
    left = [pointer for pointer in ahead if pointer.key not in asked]
    return min(left, key=lambda pointer: pointer.rank, default=None)


def _read(pointer: Pointer, door: Aws, clock: Clock) -> Present | Unread:
    """Whatever vouches was there before; if it is not, it is gone, and not worth waiting for."""
    target = Target(resource=pointer.resource, born=_BEFORE)
    if pointer.find:
        answer = attempt(door, target, pointer.find, clock)
        if isinstance(answer, Failed):
            return Unread(answer.why)
        arn = next((e[pointer.found] for e in walk(answer, pointer.find.call.tags.split("."))), "")
        if not arn:
            return Unread("it no longer exists")
        target = replace(target, resource=replace(pointer.resource, arn=Arn(arn)))
    if pointer.read:
        answer = attempt(door, target, pointer.read, clock)
        if isinstance(answer, Failed):
            return Unread(answer.why)
        return parted(tags_in(pointer.read.call, answer))
    present = current(target, door, clock)
    return present if isinstance(present, Present) else Unread(present.why)
