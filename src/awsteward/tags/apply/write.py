"""Writing tags to one resource and taking them back, by its service's own calls.

Nothing that is there is ever overwritten: the tags are read again just before writing.
"""

from collections.abc import Mapping, Sequence

from awsteward.clients.aws.door import Aws
from awsteward.tags.apply.attempt import WAITS_S, Clock, Target, attempt
from awsteward.tags.apply.current import Present, present
from awsteward.tags.apply.request import request, writing
from awsteward.tags.catalogue.spared import spared
from awsteward.tags.catalogue.tagcalls import NoWay, Way, Whole, way
from awsteward.tags.model import Failed, Outcome, Trouble, Write, Written

_SAME_BY_ANY_CALL = (Trouble.NOT_YET, Trouble.GONE)
"""Another call on the same resource would fail the same way."""


def write(target: Target, writes: Sequence[Write], door: Aws, clock: Clock) -> Outcome:
    """Add those of *writes* whose keys are still free, and say which were not."""
    route = writable(target)
    if isinstance(route, Failed):
        return route
    before = present(target, route, door, clock)
    if isinstance(before, Failed):
        return before
    plan = free(writes, before)
    return add(target, route, plan, door, clock) if plan.writes else plan


def untag(target: Target, tags: Mapping[str, str], door: Aws, clock: Clock) -> Outcome:
    """Remove *tags*; the caller has made sure that we wrote them and nobody changed them since."""
    route = writable(target)
    if isinstance(route, Failed):
        return route
    whole = route.kind.whole
    asked = writing(route, route.kind.untag, tags)
    answer = attempt(door, target, asked, clock, _waits(whole))
    if not isinstance(answer, Failed):
        return Written(())
    if whole is None or answer.trouble in _SAME_BY_ANY_CALL:
        return answer
    return _both(answer, _put_without(target, route, whole, tags, door, clock))


def free(writes: Sequence[Write], before: Present) -> Written:
    """*writes* parted by whether their keys are free."""
    taken = before.tags.keys() | before.system.keys()
    return Written(
        writes=tuple(write for write in writes if write.key not in taken),
        left=tuple(write for write in writes if write.key in taken),
    )


def add(target: Target, route: Way, plan: Written, door: Aws, clock: Clock) -> Outcome:
    """Write what *plan* found free; for whoever has just read the resource."""
    whole = route.kind.whole
    asked = writing(route, route.kind.write, _values(plan))
    answer = attempt(door, target, asked, clock, _waits(whole))
    if not isinstance(answer, Failed):
        return plan
    if whole is None or answer.trouble in _SAME_BY_ANY_CALL:
        return answer
    return _both(answer, _put_with(target, route, whole, plan, door, clock))


def writable(target: Target) -> Way | Failed:
    """How *target* is tagged, unless nothing can or may tag it."""
    if why := spared(target.resource.service):
        return Failed(trouble=Trouble.REFUSED, why=why)
    route = way(target.resource)
    return Failed(trouble=Trouble.REFUSED, why=route.why) if isinstance(route, NoWay) else route


def _put_with(
    target: Target, route: Way, whole: Whole, plan: Written, door: Aws, clock: Clock
) -> Outcome:
    """Put the whole set back with *plan* in it, read an instant before to lose nobody's tags.

    AWS's own tags go back with it: S3 refuses a set that lacks them.
    """
    before = present(target, route, door, clock)
    if isinstance(before, Failed):
        return before
    now = free(plan.writes, before)
    tags = {**before.system, **before.tags, **_values(now)}
    asked = writing(route, whole.replace, tags)
    answer = attempt(door, target, asked, clock) if now.writes else {}
    done = Written(writes=now.writes, left=(*plan.left, *now.left))
    return answer if isinstance(answer, Failed) else done


def _put_without(
    target: Target, route: Way, whole: Whole, tags: Mapping[str, str], door: Aws, clock: Clock
) -> Outcome:
    """Put the whole set back without *tags*, as far as they are still ours."""
    before = present(target, route, door, clock)
    if isinstance(before, Failed):
        return before
    kept = {key: value for key, value in before.tags.items() if tags.get(key) != value}
    left = {**before.system, **kept}
    asked = writing(route, whole.replace, left) if left else request(route, whole.clear)
    answer = attempt(door, target, asked, clock)
    return answer if isinstance(answer, Failed) else Written(())


def _both(first: Failed, second: Outcome) -> Outcome:
    """The second way's outcome; where it failed too, a person needs both reasons."""
    if isinstance(second, Failed):
        return Failed(trouble=second.trouble, why=f"{first.why}; and {second.why}")
    return second


def _values(plan: Written) -> dict[str, str]:
    return {write.key: write.value for write in plan.writes}


def _waits(whole: Whole | None) -> tuple[float, ...]:
    """Where there is another way to write, it is taken at once."""
    return () if whole else WAITS_S
