"""The line that ``tags replay --format json`` prints for one resource, or one event without."""

from typing import assert_never

import msgspec

from awsteward.tags.model.handled import Handled
from awsteward.tags.model.reading import Event, Ignored, Undetermined


class Value(
    msgspec.Struct,
    frozen=True,
    rename={"origin": "from", "whose": "of"},
    omit_defaults=True,
    gc=False,
):
    """One tag value and the origin it came from, in `Origin`'s words."""

    value: str
    origin: str
    whose: str | None = None
    """The resource it was read from, where the origin alone does not say; else absent."""


class Line(msgspec.Struct, frozen=True, rename={"id": "event_id"}, omit_defaults=True, gc=False):
    """One resource and what became of it; later work and outside checks rely on this shape."""

    id: str
    source: str
    name: str
    arn: str | None
    type: str | None
    outcome: str
    missing: tuple[str, ...]
    applied: dict[str, Value]
    why: str
    handle: str | None = None
    """The name of a resource that has no ARN in its record; absent for all others."""


def line(item: Handled | Undetermined | Ignored) -> Line:
    """The line for one end of the pipeline."""
    match item:
        case Handled(event=event, resource=resource):
            return Line(
                event.id, event.source, event.name, resource.arn, resource.type,
                item.result, item.missing,
                {w.key: Value(w.value, w.origin, w.whose) for w in item.applied}, item.why,
                None if resource.arn else resource.handle,
            )  # fmt: skip
        case Undetermined(event, why):
            return _bare(event, "unknown", why)
        case Ignored(event, why):
            return _bare(event, "ignored", why)
        case _:
            assert_never(item)


def _bare(event: Event, outcome: str, why: str) -> Line:
    return Line(event.id, event.source, event.name, None, None, outcome, (), {}, why)
