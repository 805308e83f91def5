"""The older EC2 dialect: every list is an object with `items`, named by its XML name."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.model import ListShape, Shape, StructureShape

from awsteward.demo.recorder.facts import EC2List, shapes
from awsteward.demo.recorder.values import Json, lower_first, milliseconds, singular, size_of


def request(operation: str, shape: StructureShape, value: Mapping[str, Any]) -> dict[str, Json]:
    """Spell a request; RunInstances nests what describes its instances."""
    nested = shapes().ec2_nested.get(operation, ())
    written = _request_members(
        shape, {name: each for name, each in value.items() if name not in nested}
    )
    inner = _request_members(shape, {name: value[name] for name in nested if name in value})
    return written | ({"instancesSet": {"items": [inner]}} if inner else {})


def _request_members(shape: StructureShape, value: Mapping[str, Any]) -> dict[str, Json]:
    written: dict[str, Json] = {}
    for name, member in value.items():
        hidden = shapes().hidden.get(f"ec2.{shape.name}.{name}")
        match shape.members[name]:
            case _ if hidden is not None:
                written[lower_first(name)] = hidden
            case ListShape() as many:
                written |= _request_list(shape, name, many, member)
            case StructureShape() as one:
                written[lower_first(name)] = _request_members(one, member)
            case inner:
                written[lower_first(name)] = _scalar(inner, member)
    return written


def _request_list(shape: StructureShape, name: str, many: ListShape, value: Any) -> dict[str, Json]:  # noqa: ANN401 (an SDK value)
    default = EC2List(f"{lower_first(singular(name))}Set", lower_first(singular(name)))
    known = shapes().ec2_lists.get(name, default)
    if isinstance(many.member, StructureShape):
        items: list[Json] = [_request_members(many.member, each) for each in value]
    else:
        item = known.item or lower_first(singular(name))
        items = [{item: _scalar(many.member, each)} for each in value]
    if shape.name == "TagSpecification":
        return {"tags": items}
    return {known.name: {"items": items} if items else {}}


def response(shape: StructureShape, value: Mapping[str, Any]) -> dict[str, Json]:
    """Spell a response by its XML names."""
    return {
        str(shape.members[name].serialization.get("name", lower_first(name))): _answer(
            f"ec2.{shape.name}.{name}", shape.members[name], member
        )
        for name, member in value.items()
        if name in shape.members
    }


def _answer(place: str, shape: Shape, value: Any) -> Json:  # noqa: ANN401 (an SDK value)
    if (hidden := shapes().hidden.get(place)) is not None:
        return hidden
    match shape:
        case StructureShape():
            return response(shape, value)
        case ListShape():
            items: list[Json] = [_answer(place, shape.member, each) for each in value]
            return {"items": items} if items else {}
        case _:
            return _scalar(shape, value)


def _scalar(shape: Shape, value: Any) -> Json:  # noqa: ANN401 (an SDK value)
    if isinstance(value, datetime):
        return milliseconds(value)
    return size_of(value) if shape.type_name == "blob" else value
