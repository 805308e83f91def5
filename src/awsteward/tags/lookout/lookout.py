"""One region's history: each creation in it is taken to its end, once, however often it is read.

What is not at its end yet (its maker may still tag it, it failed in a way that may pass) waits in
memory. The bookmark stays before it: whoever goes on after a kill comes by it again.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import assert_never

from awsteward.clients.aws.history import Page, Span, facts
from awsteward.clients.ledger import Slate
from awsteward.tags.duty.settings import USUAL_RECEIVES
from awsteward.tags.duty.turn import Again, Done, Fate, Later, Lost, fate
from awsteward.tags.guard.dry import End, Tally
from awsteward.tags.guard.live import Guard, guard
from awsteward.tags.guard.removed import taken
from awsteward.tags.lookout.bookmark import Bookmark, keep, reached, spans
from awsteward.tags.lookout.pages import Pages
from awsteward.tags.model.handled import Handled
from awsteward.tags.model.reading import Created, Ignored, Undetermined
from awsteward.tags.policy.model import Grace
from awsteward.tags.read.reading import reading
from awsteward.tags.read.record import Record
from awsteward.tags.read.records import Broken, records
from awsteward.tags.read.untagging import untagged

Desk = Callable[[], AbstractContextManager[Guard]]
"""Opens the ledger, for a moment, so that whoever answers or stops finds it free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A creation that is not at its end yet."""

    created: Created
    span: Span
    """Where it lies in the history."""
    at: datetime
    """When to look at it."""
    tries: int
    """How often it has failed."""
    ends: tuple[End, ...] = ()
    """How it stood when it was last looked at."""


@dataclass(slots=True, kw_only=True)
class Lookout:
    """How far we have come in one region, and what is still to be done there."""

    region: str
    name: str
    """Of its bookmark."""
    bookmark: Bookmark
    pages: Pages
    desk: Desk
    grace: Grace
    show: Callable[[End], None]
    complain: Callable[[Broken], None]
    tally: Tally
    keeping: bool
    """False where nothing outlives this process."""
    last: int = USUAL_RECEIVES
    """After so many failures it is told of, and not tried again."""
    waiting: dict[str, Due] = field(default_factory=dict)
    _removals: list[tuple[Record, Ignored]] = field(default_factory=list, init=False)
    _read: dict[str, datetime] = field(default_factory=dict, init=False)
    """Everything that went by and may come again, with the end of its span."""
    _tries: dict[str, int] = field(default_factory=dict, init=False)
    """Of an earlier run's failures, which we have not come by again yet."""
    _from: datetime = field(init=False)

    def __post_init__(self) -> None:
        """Begin at the bookmark."""
        self._read |= self.bookmark.seen
        self._tries |= self.bookmark.tries
        self._from = self.bookmark.begin

    def look(self) -> None:
        """Take all that happened since the last look; told to stop, it ends between two pages."""
        now = self.pages.clock.now()
        for span in spans(max(self._from, now - facts().reach), now):
            for page in self.pages.of(self.region, span):
                self._sort(page, span)
                self._take()
            if self.pages.stopping():
                return
            self._advance(reached(span.end, now))
        self._tries.clear()

    def leave(self) -> None:
        """Count what waits as it stands; look at it where nobody will come back to it."""
        if not self.keeping:
            with self.desk() as with_:
                self._guarded([*self.waiting.values()], replace(with_, final=True))
        for one in self.waiting.values():
            for end in one.ends:
                self.tally.count(end)

    # --- from pages to what is due ---------------------------------------------------------------

    def _sort(self, page: Page, span: Span) -> None:
        fresh = {id_: text for id_, text in page.records.items() if id_ not in self._read}
        if not fresh:
            return
        found = records(f"event history of {self.region}", (b"\n".join(fresh.values()),))
        for batch in found:
            if isinstance(batch, Broken):
                self.tally.broken += 1
                self.complain(batch)
                continue
            self.tally.records += len(batch)
            for record in batch:
                self._note(record, span)
        self._read |= dict.fromkeys(fresh, span.end)

    def _note(self, record: Record, span: Span) -> None:
        match reading(record):
            case Created(event) as created:
                self.tally.events += 1
                at = self.grace.until(event.at, event.tool)
                tries = self._tries.pop(event.id, 0)
                self.waiting[event.id] = Due(created=created, span=span, at=at, tries=tries)
            case Undetermined() as end:
                self._end(end, span)
            case Ignored() as end:
                if untagged(record):
                    self._removals.append((record, end))
            case other:
                assert_never(other)

    # --- from what is due to its end -------------------------------------------------------------

    def _take(self) -> None:
        now = self.pages.clock.now()
        due = [one for one in self.waiting.values() if one.at <= now]
        if not due and not self._removals:
            return
        with self.desk() as with_:
            self._removed(with_)
            for final in (False, True):
                group = [one for one in due if (one.tries + 1 >= self.last) is final]
                self._guarded(group, replace(with_, final=final))
            self._keep(with_.ledger)

    def _removed(self, with_: Guard) -> None:
        for record, end in self._removals:
            if took := taken(record, end.event, with_.policy, with_.ledger, with_.hold):
                self.show(replace(end, why=took))
        self._removals.clear()

    def _guarded(self, group: Iterable[Due], with_: Guard) -> None:
        group = sorted(group, key=lambda one: one.created.event.at)
        ends: dict[str, list[Handled]] = defaultdict(list)
        for end in guard((one.created for one in group), with_):
            ends[end.event.id].append(end)
        for one in group:
            told = tuple(ends[one.created.event.id])
            self._settle(one, fate(one.created, told, with_, one.tries + 1, self.last))

    def _settle(self, one: Due, what: Fate) -> None:
        id_, now = one.created.event.id, self.pages.clock.now()
        match what:
            case Done(ends=ends) | Lost(ends=ends):
                self.waiting.pop(id_)
                for end in ends:
                    self._end(end, one.span)
                return
            case Later(delay_s=delay_s):
                again = replace(one, at=now + timedelta(seconds=delay_s), ends=what.ends)
            case Again(pause_s=pause_s):
                at = now + timedelta(seconds=pause_s)
                again = replace(one, at=at, ends=what.ends, tries=one.tries + 1)
            case _:
                assert_never(what)
        for end in what.ends if not one.ends else ():
            self.show(end)
        self.waiting[id_] = again

    def _end(self, end: End, span: Span) -> None:
        self.show(end)
        self.tally.count(end)
        seen = {**self.bookmark.seen, end.event.id: span.end}
        self.bookmark = replace(self.bookmark, seen=seen)

    # --- how far we have come --------------------------------------------------------------------

    def _advance(self, to: datetime) -> None:
        self._from = max(self._from, to)
        self._read = {id_: at for id_, at in self._read.items() if at >= self._from}
        with self.desk() as with_:
            self._keep(with_.ledger)

    def _keep(self, slate: Slate | None) -> None:
        """Nothing that waits lies before the bookmark; what was seen before it is forgotten."""
        waiting = self.waiting
        begin = min((self._from, *(one.span.begin for one in waiting.values())))
        self.bookmark = Bookmark(
            begin=begin,
            seen={id_: at for id_, at in self.bookmark.seen.items() if at >= begin},
            tries=self._tries | {id_: one.tries for id_, one in waiting.items() if one.tries},
        )
        if slate is not None:
            keep(self.bookmark, slate, self.name, self.pages.clock.now())
