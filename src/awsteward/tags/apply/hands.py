"""What the guard does to an estate, in its own words; each method is one function beside this."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from awsteward.clients.aws.door import Aws
from awsteward.tags.apply.attempt import Clock, Target
from awsteward.tags.apply.bulk import Job, write_many
from awsteward.tags.apply.children import children
from awsteward.tags.apply.current import Present, current
from awsteward.tags.apply.evidence import Cache, evidence
from awsteward.tags.model import Event, Evidence, Failed, Origin, Outcome, Resource, Write


@dataclass(frozen=True, slots=True)
class Sighting:
    """What `current` saw and later looks at the same resource need."""

    born: datetime
    system: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsHands:
    """AWS behind *door*, for one run that looks at a resource before it does anything to it."""

    door: Aws
    clock: Clock
    shared: Cache = field(default_factory=dict)
    seen: dict[str, Sighting] = field(default_factory=dict)

    def current(self, event: Event, resource: Resource) -> Mapping[str, str] | Failed:
        """The tags on the resource now, without AWS's own (``aws:…``)."""
        present = current(Target(resource=resource, born=event.at), self.door, self.clock)
        match present:
            case Present(tags, system):
                self.seen[resource.ref] = Sighting(event.at, system)
                return tags
            case Failed():
                self.seen[resource.ref] = Sighting(event.at, {})
                return present

    def children(self, resource: Resource) -> tuple[Resource, ...] | Failed:
        """What came into being with it and is to be tagged like it."""
        target = Target(resource=resource, born=self.seen[resource.ref].born)
        return children(target, self.door, self.clock)

    def evidence(self, event: Event, resource: Resource, wanted: frozenset[Origin]) -> Evidence:
        """Tags of what vouches for it."""
        return evidence(
            event,
            resource,
            wanted,
            system=self.seen[resource.ref].system,
            door=self.door,
            clock=self.clock,
            cache=self.shared,
        )

    def write(
        self, items: Sequence[tuple[Event, Resource, tuple[Write, ...]]]
    ) -> Mapping[str, Outcome]:
        """Add tags where their keys are free; one outcome per `Resource.ref`."""
        jobs = [
            Job(Target(resource=resource, born=event.at), writes)
            for event, resource, writes in items
        ]
        return write_many(jobs, self.door, self.clock)
