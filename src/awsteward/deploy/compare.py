"""What a new template changes in a stack, as far as two templates can tell. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One resource that is not as it was."""

    action: Literal["add", "change", "remove"]
    logical_id: str
    type: str


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Difference, ...]:
    """The resources in which *new* differs from *old* (empty where there is no stack yet)."""
    return tuple(_differences(old.get("Resources", {}), new.get("Resources", {})))


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    for name, told in new.items():
        if name not in old:
            yield Difference(action="add", logical_id=name, type=told["Type"])
        elif old[name] != told:
            yield Difference(action="change", logical_id=name, type=told["Type"])
    for name in old.keys() - new.keys():
        yield Difference(action="remove", logical_id=name, type=old[name]["Type"])
