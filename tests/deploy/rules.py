"""EventBridge's matching, as far as our patterns use it, and the events to match."""

from collections.abc import Mapping
from typing import Any

API_CALL = "AWS API Call via CloudTrail"

Event = Mapping[str, Any]


def matches(pattern: Mapping[str, Any], event: Event) -> bool:
    return all(
        any(matches(each, event) for each in wanted)
        if name == "$or"
        else matches(wanted, event.get(name, {}))
        if isinstance(wanted, Mapping)
        else any(_fits(each, event.get(name)) for each in wanted)
        for name, wanted in pattern.items()
    )


def _fits(wanted: Any, value: str | None) -> bool:
    match wanted:
        case {"prefix": str(beginning), **rest} if not rest:
            return value is not None and value.startswith(beginning)
        case {"anything-but": [*others], **rest} if not rest:
            return value is not None and value not in others
        case {"exists": bool(exists), **rest} if not rest:
            return (value is not None) is exists
        case str():
            return value == wanted
        case _:
            raise AssertionError(f"the matcher does not know {wanted}")


def called(
    host: str, name: str, *, source: str = "aws.any", kind: str = API_CALL, **more: str
) -> Event:
    detail = {"eventSource": host, "eventName": name, **more}
    return {"source": source, "detail-type": kind, "detail": detail}
