"""What the guard does to an estate, in its own words; each method is one function beside this."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from awsteward.clients.aws.door import Aws
from awsteward.tags.apply.attempt import Clock, Target
from awsteward.tags.apply.bulk import Job, write_many
from awsteward.tags.apply.children import children
from awsteward.tags.apply.current import Present, current
from awsteward.tags.apply.evidence import Cache, evidence
from awsteward.tags.model import Event, Evidence, Failed, Origin, Outcome, Resource, Write


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsHands:
    """AWS behind *door*, for one run that looks at a resource before it does anything to it."""

    door: Aws
    clock: Clock
    shared: Cache = field(default_factory=dict)
    system: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """AWS's own tags on what `current` saw, by ref: they name stacks and groups."""

    def current(self, event: Event, resource: Resource) -> Mapping[str, str] | Failed:
        """The tags on the resource now, without AWS's own (``aws:…``)."""
        present = current(Target(resource=resource, born=event.at), self.door, self.clock)
        match present:
            case Present(tags, system):
                self.system[resource.ref] = system
                return tags
            case Failed():
                return present

    def children(self, event: Event, resource: Resource) -> tuple[Resource, ...] | Failed:
        """What came into being with it and is to be tagged like it."""
        target = Target(resource=resource, born=event.at)
        return children(target, self.door, self.clock)

    def evidence(self, event: Event, resource: Resource, wanted: frozenset[Origin]) -> Evidence:
        """Tags of what vouches for it."""
        return evidence(
            event,
            resource,
            wanted,
            system=self.system.get(resource.ref, {}),
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
