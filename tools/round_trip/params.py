"""The fewest parameters a call accepts, made from the SDK's model of its input. Calls nothing.

What must exist before (a subnet, a REST API) is asked of *find*; what a model cannot tell
stands in `recipes.toml`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from tools.round_trip.text import matching

Find = Callable[[str, str], str | None]
"""(operation, member) -> the id, name or ARN of something that exists, or None."""

_AT = datetime(2030, 1, 1, tzinfo=UTC)
_DEEPEST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Makes parameters for the calls of one service."""

    find: Find
    values: Mapping[str, Any]
    """Values by member name, for members whose model says too little."""
    serial: str
    """Goes into every new name, so that two creations do not collide."""

    def params(self, operation: OperationModel) -> dict[str, Any]:
        """Give every required parameter of *operation*."""
        shape = operation.input_shape
        return {} if shape is None else self._structure(operation.name, shape, 0)

    def _structure(self, call: str, shape: StructureShape, depth: int) -> dict[str, Any]:
        if depth > _DEEPEST:
            return {}
        needed = list(shape.required_members)
        if not needed and getattr(shape, "is_tagged_union", False):
            needed = [next(iter(shape.members))]
        return {name: self._value(call, name, shape.members[name], depth + 1) for name in needed}

    def _value(self, call: str, name: str, shape: Shape, depth: int) -> Any:
        if name in self.values:
            return self.values[name]
        match shape:
            case StructureShape():
                return self._structure(call, shape, depth)
            case ListShape():
                count = max(1, int(shape.metadata.get("min", 1)))
                return [self._element(call, name, shape.member, depth) for _ in range(count)]
            case MapShape():
                key = self._value(call, "Key", shape.key, depth)
                return {key: self._value(call, "Value", shape.value, depth)}
            case _:
                return self._scalar(call, name, shape)

    def _element(self, call: str, name: str, shape: Shape, depth: int) -> Any:
        single = name[:-3] + "y" if name.endswith("ies") else name.removesuffix("s")
        return self._value(call, single, shape, depth)

    def _scalar(self, call: str, name: str, shape: Shape) -> Any:
        match shape.type_name:
            case "boolean":
                return False
            case "integer" | "long":
                return max(1, int(shape.metadata.get("min", 1)))
            case "float" | "double":
                return float(max(1, shape.metadata.get("min", 1)))
            case "timestamp":
                return _AT
            case "blob":
                return b"awsteward"
            case _:
                return self._text(call, name, shape)

    def _text(self, call: str, name: str, shape: Shape) -> str:
        if choices := shape.metadata.get("enum"):
            return str(choices[0])
        if (found := self.find(call, name)) is not None:
            return found
        least = int(shape.metadata.get("min", 0))
        most = int(shape.metadata.get("max", 10_000))
        text = f"trip-{self.serial}".ljust(least, "x")[:most]
        pattern = shape.metadata.get("pattern")
        if pattern is None or _fits(pattern, text):
            return text
        plain = f"trip{self.serial}".ljust(least, "x")[:most]
        return plain if _fits(pattern, plain) else matching(pattern, least) or text


def _fits(pattern: str, text: str) -> bool:
    """Tell whether *text* matches; a pattern that Python cannot read forbids nothing."""
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:
        return True
