"""How S3 is recorded: the bucket by `bucketName`, headers by name, bodies as XML, no response."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from botocore.model import OperationModel, StructureShape

from awsteward.demo.recorder import xml
from awsteward.demo.recorder.values import Json

_URI_NAMES = {"Bucket": "bucketName", "Key": "key"}


def request(
    operation: OperationModel, shape: StructureShape, value: Mapping[str, Any], region: str
) -> dict[str, Json]:
    """Spell a request by where each member travels: path, query, header or body."""
    written: dict[str, Json] = {"Host": _host(value.get("Bucket"), region)}
    subresource = urlsplit(operation.http["requestUri"]).query.split("&")[0]
    if subresource:
        written[subresource] = ""
    for name, member in value.items():
        written |= _member(name, shape.members[name], member)
    return written


def _member(name: str, shape: Any, value: Any) -> dict[str, Json]:  # noqa: ANN401 (SDK values)
    sent_as = str(shape.serialization.get("name", name))
    if shape.serialization.get("location") == "uri":
        return {_URI_NAMES.get(name, name): value}
    if isinstance(shape, StructureShape):
        namespace: dict[str, Json] = {"xmlns": "http://s3.amazonaws.com/doc/2006-03-01/"}
        return {sent_as: namespace | xml.body(shape, value)}
    if shape.type_name == "blob":
        return {}
    return {sent_as: str(value)}


def _host(bucket: str | None, region: str) -> str:
    return f"{bucket}.s3.{region}.amazonaws.com" if bucket else f"s3.{region}.amazonaws.com"
