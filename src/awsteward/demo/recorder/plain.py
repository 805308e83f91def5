"""The spelling of nearly every service: the model's members with the first letter lowered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from awsteward.demo.recorder.facts import Shapes, shapes
from awsteward.demo.recorder.values import Json, buffer_note, instant, lower_first, size_of

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"


def structure(service: str, shape: StructureShape, value: Mapping[str, Any]) -> dict[str, Json]:
    """Spell a structure's members; what is hidden or never recorded is handled per member."""
    facts = shapes()
    written: dict[str, Json] = {}
    for name, member in value.items():
        if name not in shape.members or f"{service}.{shape.name}.{name}" in facts.absent:
            continue
        inner = shape.members[name]
        hidden = facts.hidden.get(f"{service}.{shape.name}.{name}") or _by_trait(inner)
        written[key(service, name, facts)] = hidden or spell(service, inner, member)
    return written


def key(service: str, name: str, facts: Shapes) -> str:
    """Give a member's name as this service's records spell it."""
    if (renamed := facts.renamed.get(f"{service}.{name}")) is not None:
        return renamed
    return name[:1].upper() + name[1:] if service in facts.capital else lower_first(name)


def spell(service: str, shape: Shape, value: Any) -> Json:  # noqa: ANN401 (an SDK value)
    """Spell any value of this shape; a map's keys are data and stay as they are."""
    match shape:
        case StructureShape():
            return structure(service, shape, value)
        case MapShape():
            return {str(name): spell(service, shape.value, each) for name, each in value.items()}
        case ListShape():
            return [spell(service, shape.member, each) for each in value]
        case _:
            return scalar(shape, value)


def scalar(shape: Shape, value: Any) -> Json:  # noqa: ANN401 (an SDK value)
    """Spell a value without parts; bytes leave only a note of their size."""
    if shape.type_name == "blob":
        return buffer_note(size_of(value))
    if isinstance(value, datetime):
        return instant(value)
    return value if isinstance(value, bool | int | float | str) else str(value)


def _by_trait(shape: Shape) -> str | None:
    """AWS hides what the model marks as sensitive (smithy's trait of that name)."""
    return HIDDEN if shape.metadata.get("sensitive") else None
