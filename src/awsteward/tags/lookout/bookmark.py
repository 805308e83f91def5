"""How far the history of one region was looked through; kept beside what came of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import msgspec

from awsteward.clients.aws.history import Span, facts
from awsteward.clients.ledger import Slate

MOST_SEEN = 2_000
"""Remembered over a restart; to look at one of the others again does no harm."""
LONGEST_SPAN = timedelta(hours=1)
"""What is looked through at a time: so much, at most, is looked through again after a kill."""
_KIND = "lookout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """Nothing before *begin* is of interest any more, nor what was seen since."""

    begin: datetime
    seen: Mapping[str, datetime] = field(default_factory=dict)
    """Events that were taken to their ends: id, and the end of the span that they lie in."""
    tries: Mapping[str, int] = field(default_factory=dict)
    """Events that failed in a way that may pass, and how often."""


def read(slate: Slate, name: str) -> Bookmark | None:
    """The bookmark of that name, if there is one."""
    body = slate.slate(_KIND).get(name)
    return msgspec.json.decode(body, type=Bookmark) if body else None


def keep(bookmark: Bookmark, slate: Slate, name: str, now: datetime) -> None:
    """Have the next run go on from here; after as long as the history reaches it is of no use."""
    newest = sorted(bookmark.seen.items(), key=lambda one: one[1])[-MOST_SEEN:]
    body = msgspec.json.encode(replace(bookmark, seen=dict(newest))).decode()
    slate.chalk(_KIND, name, body, now + facts().reach)


def spans(begin: datetime, end: datetime) -> Iterator[Span]:
    """What lies between them, the oldest first."""
    while end - begin > LONGEST_SPAN:
        yield Span(begin, begin + LONGEST_SPAN)
        begin += LONGEST_SPAN
    yield Span(begin, end)


def reached(end: datetime, now: datetime) -> datetime:
    """From where to look again after all until *end* was seen at *now*: some comes late."""
    return min(end, now - facts().late)
