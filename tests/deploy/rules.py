"""EventBridge's matching, as far as our patterns use it, and the events to match."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

API_CALL = "AWS API Call via CloudTrail"

Event = Mapping[str, Any]
Matcher = Callable[[Any], bool]


def matches(pattern: Mapping[str, Any], event: Event) -> bool:
    return compiled(pattern)(event)


def compiled(pattern: Mapping[str, Any]) -> Matcher:
    """*pattern* parted once, for who has thousands of events to ask it about."""
    parts = [_part(name, wanted) for name, wanted in pattern.items()]
    return lambda event: all(part(event) for part in parts)


def _part(name: str, wanted: Any) -> Matcher:
    if name == "$or":
        ways = [compiled(each) for each in wanted]
        return lambda event: any(way(event) for way in ways)
    if isinstance(wanted, Mapping):
        inner = compiled(wanted)
        return lambda event: inner(event.get(name, {}))
    fits = _fitting(wanted)
    return lambda event: fits(event.get(name))


def _fitting(wanted: Sequence[Any]) -> Matcher:
    """Whether one of *wanted* fits: texts by a set and beginnings at one go, as they are many."""
    texts = frozenset(each for each in wanted if isinstance(each, str))
    others = [each for each in wanted if not isinstance(each, str)]
    beginnings = tuple(each["prefix"] for each in others if each.keys() == {"prefix"})
    tests = [_test(each) for each in others if each.keys() != {"prefix"}]
    return lambda value: (
        value in texts
        or (value is not None and value.startswith(beginnings))
        or any(test(value) for test in tests)
    )


def _test(wanted: Mapping[str, Any]) -> Matcher:
    match wanted:
        case {"anything-but": [*others], **rest} if not rest:
            return lambda value: value is not None and value not in others
        case {"exists": bool(exists), **rest} if not rest:
            return lambda value: (value is not None) is exists
        case _:
            raise AssertionError(f"the matcher does not know {wanted}")


def called(
    host: str, name: str, *, source: str = "aws.any", kind: str = API_CALL, **more: str
) -> Event:
    detail = {"eventSource": host, "eventName": name, **more}
    return {"source": source, "detail-type": kind, "detail": detail}
