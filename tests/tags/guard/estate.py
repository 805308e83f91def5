"""An estate of plain dictionaries, as the guard's hands see one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from awsteward.tags.guard.live import Item
from awsteward.tags.model.arn import Arn
from awsteward.tags.model.creator import Person
from awsteward.tags.model.outcome import Failed, Outcome, Trouble, Written
from awsteward.tags.model.plan import Evidence, Origin, Unread
from awsteward.tags.model.reading import Created, Event, Resource

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
ALICE = Person(name="alice", arn=None, via=None)


def bucket(name: str) -> Resource:
    return Resource(
        arn=Arn(f"arn:aws:s3:::{name}"), handle=None, type="AWS::S3::Bucket",
        account="111122223333", region="eu-west-1", partition="aws", service="s3", tags={},
    )  # fmt: skip


def made(*names: str, event: str = "e1", tool: str | None = None) -> Created:
    return Created(
        Event(
            id=event, source="s3.amazonaws.com", name="CreateBucket", at=NOON - timedelta(hours=1),
            account="111122223333", region="eu-west-1", creator=ALICE, tool=tool,
        ),
        tuple(map(bucket, names)),
    )  # fmt: skip


@dataclass
class Estate:
    """Tags by ref; `dies_after` makes the process end after so many writes landed."""

    tags: dict[str, dict[str, str]]
    family: dict[str, tuple[Resource, ...]] = field(default_factory=dict)
    trouble: dict[str, Trouble] = field(default_factory=dict)
    denied: frozenset[str] = frozenset()
    """Refs whose writes are refused."""
    dies_after: int | None = None
    meanwhile: dict[str, dict[str, str]] = field(default_factory=dict)
    """Tags that somebody else sets between our look and our write."""
    writes: int = 0

    def foresee(
        self, unknown: Sequence[tuple[Event, Resource]], shown: Sequence[tuple[Event, Resource]]
    ) -> None: ...

    def current(self, event: Event, resource: Resource) -> Mapping[str, str] | Failed:
        if resource.ref in self.trouble:
            return Failed(trouble=self.trouble[resource.ref], why="told to fail")
        return dict(self.tags[resource.ref])

    def children(self, event: Event, resource: Resource) -> tuple[Resource, ...] | Failed:
        return self.family.get(resource.ref, ())

    def evidence(
        self, event: Event, resource: Resource, wanted: Mapping[Origin, frozenset[str]]
    ) -> Evidence:
        return dict.fromkeys(wanted, Unread("a plain estate"))

    def write(self, items: Sequence[Item]) -> Mapping[str, Outcome]:
        done: dict[str, Outcome] = {}
        for _, resource, writes in items:
            if resource.ref in self.denied:
                done[resource.ref] = Failed(trouble=Trouble.DENIED, why="told to deny")
                continue
            held = self.tags[resource.ref]
            held.update(self.meanwhile.get(resource.ref, {}))
            new = tuple(write for write in writes if write.key not in held)
            held.update({write.key: write.value for write in new})
            self.writes += 1
            if self.writes == self.dies_after:
                raise KeyboardInterrupt
            done[resource.ref] = Written(new, tuple(write for write in writes if write not in new))
        return done
