"""CloudTrail's event history: what was called in our own account, by region, without a trail.

One page at a time; how fast, how often and how far back is decided elsewhere.
"""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources

import msgspec

from awsteward.clients.aws.door import Aws
from awsteward.clients.aws.refusals import Refusal


class Lookup(msgspec.Struct, frozen=True):
    """The limits of `LookupEvents`."""

    page: int
    per_second: int
    days: int
    source: str


class Lateness(msgspec.Struct, frozen=True):
    """How late an event may turn up."""

    minutes: int
    source: str


class Global(msgspec.Struct, frozen=True):
    """Of services without regions."""

    service: str
    source: str


class Facts(msgspec.Struct, frozen=True, rename={"everywhere": "global"}):
    """What is true of the event history: the data beside this, read once."""

    lookup: Lookup
    lateness: Lateness
    everywhere: Global

    @property
    def gap_s(self) -> float:
        """Seconds between two requests to one region."""
        return 1 / self.lookup.per_second

    @property
    def reach(self) -> timedelta:
        """How far back it reaches."""
        return timedelta(days=self.lookup.days)

    @property
    def late(self) -> timedelta:
        """What is older than this is there, if it comes at all."""
        return timedelta(minutes=self.lateness.minutes)


@functools.cache
def facts() -> Facts:
    """What AWS says of it."""
    text = (resources.files(__package__) / "history.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Facts)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, both ends in it."""

    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the calls of a span, the newest first."""

    records: Mapping[str, bytes]
    """As CloudTrail writes them, each whole, by their ids."""
    more: str | None
    """Leads to the next page, with the same question only."""


def page(door: Aws, region: str, span: Span, more: str | None) -> Page | Refusal:
    """The calls that changed something in *span*; *more* is what the page before it said."""
    asked = {
        "LookupAttributes": [{"AttributeKey": "ReadOnly", "AttributeValue": "false"}],
        "StartTime": span.begin,
        "EndTime": span.end,
        "MaxResults": facts().lookup.page,
        **({"NextToken": more} if more else {}),
    }
    answer = door.call("", region, "cloudtrail", "LookupEvents", asked)
    if isinstance(answer, Refusal):
        return answer
    told = {event["EventId"]: event["CloudTrailEvent"] for event in answer.get("Events", ())}
    return Page({id_: text.encode() for id_, text in told.items()}, answer.get("NextToken"))
