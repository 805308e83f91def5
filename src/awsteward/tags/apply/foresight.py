"""Reading together what a batch would read one by one: children, and the tags of them all.

It only ever saves calls. What it cannot read is left to whoever asks for it alone, and so is the
reason why.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from awsteward.clients.aws.door import Aws
from awsteward.tags.apply.attempt import Clock, Target, at_once, attempt
from awsteward.tags.apply.children import children_of_many, has_children
from awsteward.tags.apply.current import Seen, parted
from awsteward.tags.apply.request import Request, next_page
from awsteward.tags.apply.together import Manner, listed, listing, manner
from awsteward.tags.catalogue.tagcalls import Way, way
from awsteward.tags.model.outcome import Failed
from awsteward.tags.model.reading import Resource


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What was read ahead, by `Resource.ref`; whoever uses a part of it takes it out."""

    children: dict[str, tuple[Resource, ...]] = field(default_factory=dict)
    tags: dict[str, Seen] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Asked:
    target: Target
    way: Way


def foresee(
    unknown: Sequence[Target], shown: Sequence[Target], into: Foreseen, door: Aws, clock: Clock
) -> None:
    """Read the tags of what is *unknown*, and of the children of that and of what is *shown*."""
    into.children.clear()
    into.tags.clear()
    born = {target.resource.ref: target.born for target in (*unknown, *shown)}
    parents = [each for each in (*unknown, *shown) if has_children(each.resource)]
    into.children.update(children_of_many(parents, door, clock))
    offspring = [
        Target(resource=child, born=born[ref])
        for ref, children in into.children.items()
        for child in children
    ]
    for how, group in _groups((*unknown, *offspring)):
        for start in range(0, len(group), how.most):
            into.tags.update(_read(how, group[start : start + how.most], door, clock))


def _groups(targets: Sequence[Target]) -> Iterator[tuple[Manner, list[_Asked]]]:
    """Those that one call can read; one alone gains nothing."""
    groups: dict[object, list[_Asked]] = defaultdict(list)
    for target in {each.resource.ref: each for each in targets}.values():
        route = way(target.resource)
        if isinstance(route, Way) and manner(route):
            resource = target.resource
            key = (route.service, route.kind.list.operation, resource.account, resource.region)
            groups[key].append(_Asked(target, route))
    for group in groups.values():
        how = manner(group[0].way)
        if how and len(group) > 1:
            yield how, group


def _read(how: Manner, group: Sequence[_Asked], door: Aws, clock: Clock) -> Mapping[str, Seen]:
    ways = [asked.way for asked in group]
    at = clock.now()
    tags: dict[str, dict[str, str]] = defaultdict(dict)
    asked: Request | None = listing(ways)
    while asked is not None:
        answer = attempt(door, group[0].target, asked, at_once(clock))
        if isinstance(answer, Failed):
            return {}
        for name, found in listed(ways, answer, how.of).items():
            tags[name] |= found
        asked = next_page(asked, answer)
    return {
        each.target.resource.ref: Seen(present=parted(tags[each.way.blanks["id"]]), at=at)
        for each in group
    }
