"""Writing tags to one resource and taking them back, by its service's own calls.

Nothing that is there is ever overwritten: every try reads the tags again just before it writes,
but for a first try whose caller has read them a moment ago (docs/decisions/0016).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from awsteward.clients.aws.door import Aws
from awsteward.tags.apply.attempt import Clock, Target, at_once, once, patiently
from awsteward.tags.apply.current import Present, Seen, present
from awsteward.tags.apply.request import request, writing
from awsteward.tags.catalogue.spared import spared
from awsteward.tags.catalogue.tagcalls import Call, NoWay, Way, Whole, way
from awsteward.tags.model.outcome import Failed, Outcome, Trouble, Written
from awsteward.tags.model.plan import Write

FRESH = timedelta(seconds=2)
"""A look no older than this may serve the write; a look just before it is some 50 ms old."""

SETTLED = timedelta(seconds=10)
"""Whoever creates and tags in two calls has made the second by then: consoles, scripts, SDKs."""

_SAME_BY_ANY_CALL = (Trouble.NOT_YET, Trouble.GONE)
"""Another call on the same resource would fail the same way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one resource is to get, and how it is tagged."""

    target: Target
    route: Way
    writes: tuple[Write, ...]
    unsure: set[Write] = field(default_factory=set)
    """Sent, and then the way to AWS broke: found on the resource later, they are ours."""
    seen: list[Seen] = field(default_factory=list)
    """At most one: what the caller read. It serves for one look, and only while it is fresh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A resource's tags a moment ago, and what they leave to be done."""

    before: Present
    open: tuple[Write, ...]
    """What is still to be written."""
    done: Written
    """The outcome once that is written."""


def write(
    target: Target, writes: Sequence[Write], door: Aws, clock: Clock, seen: Seen | None = None
) -> Outcome:
    """Add those of *writes* whose keys are still free, and say which were not."""
    route = writable(target)
    if isinstance(route, Failed):
        return route
    return add(wished(target, route, writes, seen), door, clock)


def wished(target: Target, route: Way, writes: Sequence[Write], seen: Seen | None) -> Wish:
    """What *target* is to get, by whoever may have *seen* its tags."""
    known = [] if seen is None else [seen]
    return Wish(target=target, route=route, writes=tuple(writes), seen=known)


def add(wish: Wish, door: Aws, clock: Clock) -> Outcome:
    """Read and write until it is done or nothing helps."""
    return patiently(lambda: _try(wish, door, clock), clock)


def untag(target: Target, tags: Mapping[str, str], door: Aws, clock: Clock) -> Outcome:
    """Remove *tags*, which the caller knows to be ours, as far as nobody changed their values."""
    route = writable(target)
    if isinstance(route, Failed):
        return route
    return patiently(lambda: _try_taking(target, route, tags, door, clock), clock)


def free(writes: Sequence[Write], before: Present) -> Written:
    """*writes* parted by whether their keys are free."""
    taken = before.tags.keys() | before.system.keys()
    return Written(
        writes=tuple(write for write in writes if write.key not in taken),
        left=tuple(write for write in writes if write.key in taken),
    )


def look(wish: Wish, door: Aws, clock: Clock) -> Look | Failed:
    """Read once, without waiting, because whatever else was read before would go stale."""
    fresh = _fresh(wish, clock)
    before = fresh or present(wish.target, wish.route, door, at_once(clock))
    if isinstance(before, Failed):
        return before
    plan = free(wish.writes, before)
    landed = tuple(w for w in plan.left if w in wish.unsure and before.tags.get(w.key) == w.value)
    left = tuple(w for w in plan.left if w not in landed)
    return Look(before=before, open=plan.writes, done=Written((*plan.writes, *landed), left))


def _fresh(wish: Wish, clock: Clock) -> Present | None:
    """What was read a moment ago of a resource whose maker has had the time to tag it."""
    if not wish.seen:
        return None
    seen = wish.seen.pop()
    settled = seen.at - wish.target.born >= SETTLED
    return seen.present if settled and clock.now() - seen.at <= FRESH else None


def _try(wish: Wish, door: Aws, clock: Clock) -> Outcome:
    """By the call that adds single tags; where there is another way, by that too, and at once."""
    kind = wish.route.kind
    seen = look(wish, door, clock)
    if isinstance(seen, Failed):
        return seen
    first = _send(wish, seen, kind.write, {}, door, clock)
    if not isinstance(first, Failed) or not kind.whole or first.trouble in _SAME_BY_ANY_CALL:
        return first
    seen = look(wish, door, clock)
    if isinstance(seen, Failed):
        return seen
    kept = {**seen.before.system, **seen.before.tags}  # S3 refuses a set without AWS's own tags
    return _both(first, _send(wish, seen, kind.whole.replace, kept, door, clock))


def _send(
    wish: Wish, seen: Look, call: Call, kept: Mapping[str, str], door: Aws, clock: Clock
) -> Outcome:
    """Write what is open, beside what the call would otherwise take away."""
    if not seen.open:
        return seen.done
    asked = writing(wish.route, call, {**kept, **values(seen.open)})
    answer = once(door, wish.target, asked, clock)
    if not isinstance(answer, Failed):
        return seen.done
    if answer.trouble is Trouble.REMOTE:
        wish.unsure.update(seen.open)
    return answer


def writable(target: Target) -> Way | Failed:
    """How *target* is tagged, unless nothing can or may tag it."""
    if why := spared(target.resource.service):
        return Failed(trouble=Trouble.REFUSED, why=why)
    route = way(target.resource)
    return Failed(trouble=Trouble.REFUSED, why=route.why) if isinstance(route, NoWay) else route


def _try_taking(
    target: Target, route: Way, tags: Mapping[str, str], door: Aws, clock: Clock
) -> Outcome:
    """As `_try`, to remove."""
    before = present(target, route, door, at_once(clock))
    if isinstance(before, Failed):
        return before
    ours = {key: value for key, value in tags.items() if before.tags.get(key) == value}
    if not ours:
        return Written(())
    whole = route.kind.whole
    answer = once(door, target, writing(route, route.kind.untag, ours), clock)
    if not isinstance(answer, Failed):
        return Written(())
    if whole is None or answer.trouble in _SAME_BY_ANY_CALL:
        return answer
    return _both(answer, _put_without(target, route, whole, tags, door, clock))


def _put_without(
    target: Target, route: Way, whole: Whole, tags: Mapping[str, str], door: Aws, clock: Clock
) -> Outcome:
    """Put the whole set back without *tags*, as far as they are still ours."""
    before = present(target, route, door, at_once(clock))
    if isinstance(before, Failed):
        return before
    kept = {key: value for key, value in before.tags.items() if tags.get(key) != value}
    left = {**before.system, **kept}
    asked = writing(route, whole.replace, left) if left else request(route, whole.clear)
    answer = once(door, target, asked, clock)
    return answer if isinstance(answer, Failed) else Written(())


def _both(first: Failed, second: Outcome) -> Outcome:
    """The second way's outcome; where it failed too, a person needs both reasons."""
    if isinstance(second, Failed):
        return Failed(trouble=second.trouble, why=f"{first.why}; and {second.why}")
    return second


def values(writes: Sequence[Write]) -> dict[str, str]:
    """The tags that *writes* make."""
    return {write.key: write.value for write in writes}
