"""What most likely became of a request that failed: the mark that explains it. Pure.

A balancer does not say which replica it tried in vain. It is concluded from the marks: the end of
a replica that could still be chosen when the request was sent.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from awsteward.rollout.rehearse.run import Happened, Mark, Request, Run

ENDS = frozenset({Happened.TERM, Happened.KILL, Happened.GONE})
CUTS = frozenset({Happened.KILL, Happened.GONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """One request that was lost, done twice, or done without its client knowing."""

    request: Request
    fate: str
    mark: Mark | None

    @property
    def replica(self) -> str:
        """Who answered; else whose mark explains it."""
        return self.request.replica or (self.mark.replica if self.mark else "")

    @property
    def happened(self) -> str:
        """In words, as its client and the ledger saw it."""
        status = self.request.status
        seen = f"answered {status}" if status else "connection ended without an answer"
        return f"{seen}; {COMMITTED[self.fate]}"


LOST, DOUBLED, UNANSWERED = "lost", "doubled", "unanswered"
COMMITTED: Mapping[str, str] = {
    LOST: "not committed",
    DOUBLED: "committed more than once",
    UNANSWERED: "committed, and its client does not know",
}


def failed(run: Run) -> tuple[Failed, ...]:
    """All of them, in the order in which they were sent."""
    fates = {
        **dict.fromkeys(run.reckoning.committed_unanswered, UNANSWERED),
        **dict.fromkeys(run.reckoning.doubled, DOUBLED),
        **dict.fromkeys(run.reckoning.lost, LOST),
    }
    bad = sorted((each for each in run.requests if each.id in fates), key=lambda it: it.sent_s)
    ways = _ways(run.marks)
    return tuple(
        Failed(request=each, fate=fates[each.id], mark=_explained(each, ways)) for each in bad
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """From when until when a replica (or the database, which all need) could be what failed."""

    replica: str
    ready_s: float
    out_s: float
    ends: tuple[Mark, ...]


def _ways(marks: Sequence[Mark]) -> tuple[_Way, ...]:
    names = dict.fromkeys(each.replica for each in marks if each.replica)
    replicas = (_way(name, [each for each in marks if each.replica == name]) for name in names)
    return (*replicas, *_database(marks))


def _way(name: str, marks: Sequence[Mark]) -> _Way:
    at_s = {each.what: each.at_s for each in marks}
    ready_s = at_s.get(Happened.READY, math.inf if Happened.STARTED in at_s else -math.inf)
    out_s = at_s.get(Happened.OUT, math.inf)
    ends = tuple(each for each in marks if each.what in ENDS)
    return _Way(replica=name, ready_s=ready_s, out_s=out_s, ends=ends)


def _database(marks: Iterable[Mark]) -> Iterator[_Way]:
    for each in marks:
        if each.what is Happened.DATABASE_AWAY:
            yield _Way(replica="", ready_s=-math.inf, out_s=math.inf, ends=(each,))


def _explained(request: Request, ways: Iterable[_Way]) -> Mark | None:
    ends = [mark for way in ways if _chosen(request, way) for mark in way.ends]
    until_s = request.sent_s if request.answered_s is None else request.answered_s
    before = [each for each in ends if each.at_s <= until_s]
    if before or request.answered_s is not None:
        return max(before, key=lambda it: it.at_s, default=None)
    cuts = (each for each in ends if each.what in CUTS)
    return min(cuts, key=lambda it: it.at_s, default=None)


def _chosen(request: Request, way: _Way) -> bool:
    if request.replica and way.replica:
        return request.replica == way.replica
    return way.ready_s <= request.sent_s <= way.out_s
