"""XML turned into JSON, as the newer EC2 operations and S3 bodies are recorded.

Three losses make it a dialect of its own: a list of one element is that element, the elements
of an EC2 request are counted by ``"tag": 1``, and the text ``true`` becomes a boolean.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from awsteward.demo.recorder.facts import shapes
from awsteward.demo.recorder.values import Json, iso, read_xml_text, size_of


def body(shape: StructureShape, value: Mapping[str, Any]) -> dict[str, Json]:
    """Spell a structure by its XML names."""
    return {
        str(shape.members[name].serialization.get("name", name)): _value(
            shape.members[name], member
        )
        for name, member in value.items()
        if name in shape.members
    }


def _value(shape: Shape, value: Any) -> Json:  # noqa: ANN401 (an SDK value)
    match shape:
        case StructureShape():
            return body(shape, value)
        case MapShape():
            return {str(key): _value(shape.value, each) for key, each in value.items()}
        case ListShape():
            elements = [_value(shape.member, each) for each in value]
            inner = str(shape.member.serialization.get("name", "member"))
            flat = shape.serialization.get("flattened") or not elements
            return _folded(elements) if flat else {inner: _folded(elements)}
        case _ if isinstance(value, datetime):
            return iso(value)
        case _ if shape.type_name == "blob":
            return size_of(value)
        case _:
            return read_xml_text(value) if isinstance(value, str) else value


def wrapped_response(operation: str, shape: StructureShape, value: Mapping[str, Any]) -> Json:
    """Spell a newer EC2 response: ``CreateNatGatewayResponse``."""
    document: dict[str, Json] = {"xmlns": "http://ec2.amazonaws.com/doc/2016-11-15/"}
    return {f"{operation}Response": document | body(shape, value)}


def wrapped_request(operation: str, shape: StructureShape, value: Mapping[str, Any]) -> Json:
    """Spell a newer EC2 request: ``CreateNatGatewayRequest``, with counted list elements."""
    return {f"{operation}Request": _counted(shape, value)}


def _counted(shape: StructureShape, value: Mapping[str, Any]) -> dict[str, Json]:
    """Spell a structure by its query names, which start with a capital."""
    written: dict[str, Json] = {}
    for name, member in value.items():
        inner = shape.members[name]
        sent_as = str(inner.serialization.get("queryName", inner.serialization.get("name", name)))
        written[sent_as[:1].upper() + sent_as[1:]] = _counted_value(inner, member)
    return written


def _counted_value(shape: Shape, value: Any) -> Json:  # noqa: ANN401 (an SDK value)
    match shape:
        case StructureShape():
            return _counted(shape, value)
        case ListShape():
            elements = [_counted_value(shape.member, each) for each in value]
            return _folded([_numbered(each, at) for at, each in enumerate(elements, 1)])
        case _:
            return _value(shape, value)


def _numbered(element: Json, at: int) -> Json:
    return {**element, "tag": at} if isinstance(element, dict) else {"content": element, "tag": at}


def _folded(elements: list[Json]) -> Json:
    if not elements:
        return ""
    return elements[0] if len(elements) == 1 else elements


def is_wrapped(operation: str) -> bool:
    """Tell whether this EC2 operation is one of the newer dialect."""
    return operation in shapes().ec2_wrapped
