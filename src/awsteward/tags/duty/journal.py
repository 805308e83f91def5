"""What a guard on duty says of its work: lines for a log, figures for CloudWatch. Pure.

Every line is JSON, so that nothing a caller chose can begin a line of its own; no line holds a
URL, a tag value of a person's or a message's text.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import assert_never

from awsteward.clients.aws.queue import Message
from awsteward.tags.duty.settings import Mode
from awsteward.tags.duty.turn import Again, Done, Fate, Later, Lost
from awsteward.tags.guard.dry import End
from awsteward.tags.guard.line import line
from awsteward.tags.model.handled import Handled, Result
from awsteward.tags.model.reading import Event

NAMESPACE = "awsteward"
MOST_VALUES = 100
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html"""
_NAMES = {
    Result.TAGGED: "Tagged",
    Result.WOULD_TAG: "WouldTag",
    Result.COMPLIANT: "Compliant",
    Result.PENDING: "Pending",
    Result.FAILED: "Failed",
    Result.UNKNOWN: "Unknown",
}
Line = Mapping[str, object]
Turned = Sequence[tuple[Message, Fate]]


def lines(turned: Turned, now: datetime) -> Iterator[Line]:
    """One line for each resource, and for each message that has none."""
    for message, fate in turned:
        about = {"message": message.id, "receives": message.receives, "fate": _word(fate)}
        if why := _why(fate):
            about["reason"] = why
        if not fate.ends:
            yield {**_about(fate.event, now), **about}
        for end in fate.ends:
            yield {**_about(end.event, now), **about, **_end(end)}


def figures(turned: Turned, mode: Mode, now: datetime) -> Line:
    """One record in CloudWatch's embedded metric format."""
    ends = [end for _, fate in turned for end in fate.ends if not _canary(end)]
    outcomes = Counter(line(end).outcome for end in ends)
    fates = Counter(_word(fate) for _, fate in turned)
    ages = [_age_s(end.event, now) for end in ends if line(end).outcome == Result.TAGGED]
    counts = {
        "Messages": len(turned),
        **{_NAMES[word]: outcomes[word] for word in _NAMES},
        **{word.capitalize(): fates[word] for word in ("again", "later", "lost")},
        "HeldBack": sum(isinstance(end, Handled) and bool(end.held) for end in ends),
    }
    units = [{"Name": name, "Unit": "Count"} for name in counts]
    if ages:
        units.append({"Name": "AgeWhenTagged", "Unit": "Seconds"})
    shape = {"Namespace": NAMESPACE, "Dimensions": [["Mode"]], "Metrics": units}
    return {
        "_aws": {"Timestamp": int(now.timestamp() * 1000), "CloudWatchMetrics": [shape]},
        "Mode": mode,
        **counts,
        **({"AgeWhenTagged": ages[:MOST_VALUES]} if ages else {}),
    }


def _canary(end: End) -> bool:
    return isinstance(end, Handled) and end.canary


def spelled(line: Line) -> str:
    """One line of JSON, in ASCII: no character can end it early."""
    return json.dumps(line, separators=(",", ":"))


def _word(fate: Fate) -> str:
    match fate:
        case Done():
            return "done"
        case Later():
            return "later"
        case Again():
            return "again"
        case Lost():
            return "lost"
        case _:
            assert_never(fate)


def _why(fate: Fate) -> str:
    match fate:
        case Done(ends=()):
            return "was taken to its end before"
        case Done():
            return ""
        case Later(delay_s=seconds):
            return f"looked at again in {seconds} s"
        case Again(why=why, pause_s=seconds):
            return f"tried again in {seconds} s: {why}"
        case Lost(why=why):
            return why
        case _:
            assert_never(fate)


def _about(event: Event | None, now: datetime) -> dict[str, object]:
    at = {"at": now.isoformat(timespec="milliseconds")}
    if event is None:
        return dict(at)
    return {**at, "account": event.account, "region": event.region, "age_s": _age_s(event, now)}


def _end(end: End) -> dict[str, object]:
    """As `tags replay` says it, without the values that were written: keys and origins do."""
    told = line(end)
    held = {each.brake: each.why for each in end.held} if isinstance(end, Handled) else {}
    return {
        "event_id": told.id, "source": told.source, "name": told.name, "arn": told.arn,
        "type": told.type, "outcome": told.outcome, "missing": told.missing,
        "applied": {key: value.origin for key, value in told.applied.items()}, "why": told.why,
        **({"held": held} if held else {}),
    }  # fmt: skip


def _age_s(event: Event, now: datetime) -> float:
    return max(0.0, round((now - event.at).total_seconds(), 3))
