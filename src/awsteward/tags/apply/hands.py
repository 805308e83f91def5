"""What the guard does to an estate, in its own words; each method is one function beside this."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from awsteward.clients.aws.door import Aws
from awsteward.tags.apply.attempt import Clock, Target
from awsteward.tags.apply.bulk import Job, write_many
from awsteward.tags.apply.children import children
from awsteward.tags.apply.climb import Climber
from awsteward.tags.apply.current import Present, Seen, current
from awsteward.tags.apply.evidence import Cache, evidence
from awsteward.tags.apply.foresight import Foreseen, foresee
from awsteward.tags.model.outcome import Failed, Outcome
from awsteward.tags.model.plan import Evidence, Origin, Unread, Write
from awsteward.tags.model.reading import Event, Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsHands:
    """AWS behind *door*, for one run that looks at a resource before it does anything to it."""

    door: Aws
    clock: Clock
    shared: Cache = field(default_factory=dict)
    foreseen: Foreseen = field(default_factory=Foreseen)
    seen: dict[str, Seen] = field(default_factory=dict)
    """What `current` saw, by ref, until it is written to."""
    parents: dict[str, Present | Unread] = field(default_factory=dict)
    """What others belong to, as read since the last write."""

    def foresee(
        self, unknown: Sequence[tuple[Event, Resource]], shown: Sequence[tuple[Event, Resource]]
    ) -> None:
        """Read together what will be asked for one by one."""
        self.seen.clear()
        foresee(_targets(unknown), _targets(shown), self.foreseen, self.door, self.clock)

    def current(self, event: Event, resource: Resource) -> Mapping[str, str] | Failed:
        """The tags on the resource now, without AWS's own (``aws:…``)."""
        seen = self.foreseen.tags.pop(resource.ref, None)
        if seen is None:
            at = self.clock.now()
            target = Target(resource=resource, born=event.at)
            present = current(target, self.door, self.clock)
            if isinstance(present, Failed):
                return present
            seen = Seen(present=present, at=at)
        self.seen[resource.ref] = seen
        return seen.present.tags

    def children(self, event: Event, resource: Resource) -> tuple[Resource, ...] | Failed:
        """What came into being with it and is to be tagged like it."""
        known = self.foreseen.children.pop(resource.ref, None)
        if known is not None:
            return known
        return children(Target(resource=resource, born=event.at), self.door, self.clock)

    def evidence(
        self, event: Event, resource: Resource, wanted: Mapping[Origin, frozenset[str]]
    ) -> Evidence:
        """Tags of what vouches for it; *wanted* says the keys that are looked for."""
        return evidence(
            event,
            resource,
            wanted,
            marks={**(resource.tags or {}), **self._marks(resource)},
            climber=Climber(door=self.door, clock=self.clock, kept=self.parents),
            cache=self.shared,
        )

    def write(
        self, items: Sequence[tuple[Event, Resource, tuple[Write, ...]]]
    ) -> Mapping[str, Outcome]:
        """Add tags where their keys are free; one outcome per `Resource.ref`."""
        self.parents.clear()  # one of them may be written to
        jobs = [
            Job(
                Target(resource=resource, born=event.at),
                writes,
                seen=self.seen.pop(resource.ref, None),
            )
            for event, resource, writes in items
        ]
        return write_many(jobs, self.door, self.clock)

    def _marks(self, resource: Resource) -> Mapping[str, str]:
        seen = self.seen.get(resource.ref)
        return {**seen.present.tags, **seen.present.system} if seen else {}


def _targets(items: Sequence[tuple[Event, Resource]]) -> list[Target]:
    return [Target(resource=resource, born=event.at) for event, resource in items]
