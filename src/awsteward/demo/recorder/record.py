"""One SDK call becomes one CloudTrail record. Pure: time and ids are arguments."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.model import OperationModel, ServiceModel, StructureShape

from awsteward.demo.recorder import ec2, plain, s3, xml
from awsteward.demo.recorder.facts import shapes
from awsteward.demo.recorder.principal import Principal
from awsteward.demo.recorder.values import Json, iso, lower_first

_READS = re.compile(r"^(Get|Describe|List|BatchGet|Head|Search|Lookup|Simulate|Select)")
_URI_DATE = re.compile(r"^/(\d{4})-(\d{2})-(\d{2})/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What the SDK knows of one finished call: the question, the answer, or the refusal."""

    operation: OperationModel
    params: Mapping[str, Any]
    answer: Mapping[str, Any]
    error_code: str | None
    error_message: str | None
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What AWS adds to every record of its own: when it was, and the ids."""

    at: datetime
    event_id: str
    request_id: str


def record(call: Call, who: Principal, account: str, stamp: Stamp) -> dict[str, Json]:
    """Write the record of one call as it would lie in a trail's file."""
    service = call.operation.service_model
    reads = _READS.match(call.operation.name) is not None
    return {
        "eventVersion": "1.10",
        "userIdentity": dict(who.identity),
        "eventTime": iso(stamp.at),
        "eventSource": event_source(service),
        "eventName": event_name(call.operation),
        "awsRegion": _trail_region(service, call.region),
        "sourceIPAddress": who.address,
        "userAgent": who.user_agent,
        **_error(call),
        "requestParameters": _request(call) or None,
        "responseElements": None if reads or call.error_code else _response(call) or None,
        "requestID": stamp.request_id,
        "eventID": stamp.event_id,
        "readOnly": reads,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
    }


def event_source(service: ServiceModel) -> str:
    """Give the service's event source: its signing name, with the documented exceptions."""
    name = shapes().event_source.get(service.service_name, service.signing_name)
    return f"{name}.amazonaws.com"


def event_name(operation: OperationModel) -> str:
    """Give the operation's name, with the API date that two services append to it."""
    service = operation.service_model.service_name
    suffix = shapes().name_suffix.get(service)
    date = _URI_DATE.match(operation.http.get("requestUri", ""))
    if suffix is None or date is None:
        return operation.name
    year, month, day = date.groups()
    version = shapes().name_version.get(f"{service}.{operation.name}", "")
    return operation.name + suffix.format(year=year, month=month, day=day) + version


def _trail_region(service: ServiceModel, region: str) -> str:
    return shapes().home_region.get(service.service_name, region)


def _error(call: Call) -> dict[str, Json]:
    if call.error_code is None:
        return {}
    client_side = call.operation.service_model.service_name == "ec2"
    code = f"Client.{call.error_code}" if client_side else call.error_code
    return {"errorCode": code, "errorMessage": call.error_message}


def _request(call: Call) -> Json:
    shape, name = call.operation.input_shape, call.operation.name
    if shape is None:
        return None
    match call.operation.service_model.service_name:
        case "ec2" if xml.is_wrapped(name):
            return xml.wrapped_request(name, shape, call.params)
        case "ec2":
            return ec2.request(name, shape, call.params)
        case "s3":
            return s3.request(call.operation, shape, call.params, call.region)
        case service if service in shapes().input_wrapped:
            return _wrapped_input(service, shape, call)
        case service:
            return plain.structure(service, shape, call.params)


def _wrapped_input(service: str, shape: StructureShape, call: Call) -> Json:
    """Keep path members outside; the body stands inside ``<operation>Input``."""
    in_path = {
        name for name, each in shape.members.items() if each.serialization.get("location") == "uri"
    }
    outside = {name: value for name, value in call.params.items() if name in in_path}
    inside = {name: value for name, value in call.params.items() if name not in in_path}
    return plain.structure(service, shape, outside) | {
        f"{lower_first(call.operation.name)}Input": plain.structure(service, shape, inside)
    }


def _response(call: Call) -> Json:
    shape, name = call.operation.output_shape, call.operation.name
    answer = {key: value for key, value in call.answer.items() if key != "ResponseMetadata"}
    if shape is None:
        return None
    match call.operation.service_model.service_name:
        case "ec2" if xml.is_wrapped(name):
            return xml.wrapped_response(name, shape, answer)
        case "ec2":
            return ec2.response(shape, answer)
        case "s3":
            return None
        case service if service in shapes().unwrapped and len(answer) == 1:
            (only,) = answer
            return plain.spell(service, shape.members[only], answer[only])
        case service:
            return plain.structure(service, shape, answer)
