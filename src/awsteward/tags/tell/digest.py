"""What goes into one message: everything one creator made in one window of time.

Pure, and the same whatever order the notices come in. A digest keeps at most so many rows and
counts the rest, so that a dry run over an archive of any size needs little memory.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from awsteward.tags.model.advice import Cause
from awsteward.tags.model.handled import Result
from awsteward.tags.tell.notice import Kind, Notice, Who
from awsteward.tags.tell.question import (
    OpenKey,
    OpenQuestion,
    Ref,
    Sameness,
    merged,
    open_keys,
    ref,
    sameness,
    short_id,
)

ROWS = 10
REFS_IN_A_DRY_RUN = 20
DIGESTS_IN_A_DRY_RUN = 200
SEEN_IN_A_DRY_RUN = 100_000
"""So many notices back a repetition is noticed: CloudTrail delivers some events twice."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9998, 1, 1, tzinfo=UTC)
# What needs a person stands first.
_URGENCY = (Result.FAILED, Result.PENDING, Result.UNKNOWN, Result.WOULD_TAG, Result.TAGGED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One creator and window, ready to be worded."""

    id: str
    who: Who
    since: datetime
    until: datetime
    rows: tuple[Notice, ...]
    more: Mapping[str, int]
    """How many are not among the rows, by CloudFormation type (else by service)."""
    results: Mapping[Result, int]
    questions: tuple[OpenQuestion, ...]
    at_source: int = 0
    """Resources whose tags are left to whoever made them."""

    @property
    def total(self) -> int:
        """How many resources it tells of."""
        return sum(self.results.values())


def window_start(at: datetime, window: timedelta) -> datetime:
    """The start of the window that *at* lies in; windows are counted from 1970, in UTC."""
    sure = sane(at)
    return sure - (sure - _EPOCH) % window


def sane(at: datetime) -> datetime:
    """*at*, or the end of the time that clocks and zones can be reckoned in."""
    return min(max(at, _EPOCH), _LAST)


def urgency(told: Notice) -> tuple[int, int, datetime, str, str]:
    """The order of rows in a message."""
    rank = _URGENCY.index(told.result) if told.result in _URGENCY else len(_URGENCY)
    return (rank, not told.asks, told.at, told.ref, told.event_id)


def kind(told: Notice) -> str:
    """What to count a resource as."""
    return told.type or told.service


@dataclass(slots=True, kw_only=True)
class _Asked:
    """The resources that lack the same keys, while notices are still coming in."""

    keys: tuple[OpenKey, ...]
    refs: list[Ref] = field(default_factory=list)
    count: int = 0


@dataclass(slots=True, kw_only=True)
class _Pile:
    """One digest while notices are still coming in."""

    who: Who
    since: datetime
    most_refs: int | None
    rows: list[Notice] = field(default_factory=list)
    more: Counter[str] = field(default_factory=Counter)
    results: Counter[Result] = field(default_factory=Counter)
    at_source: int = 0
    asked: dict[Sameness, _Asked] = field(default_factory=dict)
    seal: int = 0
    """The sum of the hashes of its members: the same in whatever order they came."""

    def add(self, told: Notice) -> None:
        self.seal += _hash(told)
        self.results[told.result] += 1
        self.at_source += _is_left(told)
        self.rows.append(told)
        if len(self.rows) > 2 * ROWS:
            self._settle_rows()
        if told.asks:
            self._ask(told)

    def _settle_rows(self) -> None:
        self.rows.sort(key=urgency)
        self.more.update(map(kind, self.rows[ROWS:]))
        del self.rows[ROWS:]

    def _ask(self, told: Notice) -> None:
        keys = open_keys(told.asks)
        asked = self.asked.setdefault(sameness(keys), _Asked(keys=keys))
        asked.keys = merged(asked.keys, keys)
        asked.count += 1
        asked.refs.append(ref(told))
        if self.most_refs is not None and len(asked.refs) > 2 * self.most_refs:
            asked.refs.sort(key=_by_name)
            del asked.refs[self.most_refs :]

    def digest(self, window: timedelta) -> Digest:
        self._settle_rows()
        name = short_id(repr(self.who), self.since.isoformat(), str(self.seal))
        return Digest(
            id=name, who=self.who, since=self.since, until=self.since + window,
            rows=tuple(self.rows), more=dict(sorted(self.more.items())),
            results=dict(sorted(self.results.items())),
            questions=tuple(self._questions(name)), at_source=self.at_source,
        )  # fmt: skip

    def _questions(self, digest_id: str) -> Iterator[OpenQuestion]:
        for same, asked in sorted(self.asked.items(), key=lambda item: repr(item[0])):
            refs = sorted(asked.refs, key=_by_name)[: self.most_refs]
            yield OpenQuestion(
                id=short_id(digest_id, repr(same)),
                keys=asked.keys, refs=tuple(refs), count=asked.count,
            )  # fmt: skip


def _is_left(told: Notice) -> bool:
    return bool(told.advice and told.advice.held and told.advice.cause is not Cause.REMOVAL)


def joined(notices: Iterable[Notice]) -> Digest:
    """All of *notices*, of which there is one at least, in one digest."""
    members = list({_hash(told): told for told in notices}.values())
    who = {told.who for told in members}
    names = ", ".join(sorted({one.name for one in who if one.name}))
    since = min(told.at for told in members)
    pile = _Pile(
        who=who.pop() if len(who) == 1 else Who(kind=Kind.SEVERAL, name=names),
        since=since, most_refs=None,
    )  # fmt: skip
    for told in members:
        pile.add(told)
    return pile.digest(max(told.at for told in members) - since)


def _hash(told: Notice) -> int:
    """What came of it is a part: a failure and its later success are two letters, not one."""
    text = f"{told.event_id}\0{told.ref}\0{told.result}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(text).digest())


def _by_name(one: Ref) -> tuple[str, str]:
    return (one.name, one.event_id)


class Digests:
    """Gathers notices into digests; with `bounded`, in memory that does not grow."""

    def __init__(self, window: timedelta, *, bounded: bool) -> None:
        self._window = window
        self._bounded = bounded
        self._piles: dict[tuple[datetime, Who], _Pile] = {}
        self._seen: set[int] = set()
        self.left_out: Counter[str] = Counter()
        """Resources of digests beyond the newest so many, by type."""

    def add(self, told: Notice) -> None:
        """Put one notice where it belongs; the same one twice counts once."""
        seal = _hash(told)
        if seal in self._seen:
            return
        if self._bounded and len(self._seen) >= SEEN_IN_A_DRY_RUN:
            self._seen.clear()
        self._seen.add(seal)
        key = (window_start(told.at, self._window), told.who)
        if key not in self._piles:
            self._make_room()
            most_refs = REFS_IN_A_DRY_RUN if self._bounded else None
            self._piles[key] = _Pile(since=key[0], who=told.who, most_refs=most_refs)
        self._piles[key].add(told)

    def _make_room(self) -> None:
        """Halve what is held once it is twice too much: what goes can never come back on top."""
        if self._bounded and len(self._piles) >= 2 * DIGESTS_IN_A_DRY_RUN:
            self._keep_newest()

    def _keep_newest(self) -> None:
        oldest_first = sorted(self._piles, key=_by_time)
        for key in oldest_first[:-DIGESTS_IN_A_DRY_RUN]:
            pile = self._piles.pop(key)
            self.left_out.update(pile.more)
            self.left_out.update(map(kind, pile.rows))

    def digests(self) -> tuple[Digest, ...]:
        """All of them, oldest window first."""
        if self._bounded:
            self._keep_newest()
        return tuple(
            self._piles[key].digest(self._window) for key in sorted(self._piles, key=_by_time)
        )


def _by_time(key: tuple[datetime, Who]) -> tuple[datetime, str]:
    return (key[0], repr(key[1]))


def digests(notices: Iterable[Notice], window: timedelta) -> tuple[Digest, ...]:
    """Every notice in its digest, and every resource in its question."""
    gathered = Digests(window, bounded=False)
    for told in notices:
        gathered.add(told)
    return gathered.digests()
