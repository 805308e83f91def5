"""The guard with its hands in its pockets: what the records alone tell. Nothing is called.

Every record ends as one of the values here; what a file could not give is told apart from them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never

from awsteward.tags.guard.decide import told
from awsteward.tags.model.handled import Handled, Result
from awsteward.tags.model.outcome import Trouble
from awsteward.tags.model.reading import Created, Ignored, Reading, Undetermined
from awsteward.tags.policy.model import Policy
from awsteward.tags.read.reading import creations, reading
from awsteward.tags.read.record import Record

End = Handled | Undetermined | Ignored


@dataclass(slots=True)
class Tally:
    """How many of what went by; it counts up and never grows."""

    records: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    """By `Result`; ``unknown`` holds events of which nothing could be told, too."""
    events: int = 0
    """Records that created something."""
    asked: int = 0
    """Resources of which a person has to say something."""
    troubles: Counter[Trouble] = field(default_factory=Counter)
    """Failures, by what helps against them."""
    broken: int = 0

    def count(self, end: End) -> None:
        """Count one end."""
        self.ends[word(end)] += 1
        if isinstance(end, Handled):
            self.asked += bool(end.asks)
            if end.trouble is not None and end.result is Result.FAILED:
                self.troubles[end.trouble] += 1

    def add(self, other: "Tally") -> None:
        """Count *other* in."""
        self.records += other.records
        self.ends.update(other.ends)
        self.events += other.events
        self.asked += other.asked
        self.troubles.update(other.troubles)
        self.broken += other.broken


def readings(whole: Iterable[Record], *, every: bool) -> Iterator[Reading]:
    """What records mean; those that created nothing only when *every* one is wanted."""
    return map(reading, whole) if every else creations(whole)


def ends(
    batch: Sequence[Record], tally: Tally, policy: Policy, now: datetime, *, every: bool
) -> Iterator[End]:
    """How the records of a batch end, told from themselves; counted in *tally*."""
    tally.records += len(batch)
    for each in readings(batch, every=every):
        tally.events += isinstance(each, Created)
        for end in _ends(each, policy, now):
            tally.count(end)
            yield end


def word(end: End) -> str:
    """The outcome of *end* in one word, as `Result` has them."""
    match end:
        case Handled(result=result):
            return result
        case Undetermined():
            return "unknown"
        case Ignored():
            return "ignored"
        case _:
            assert_never(end)


def _ends(each: Reading, policy: Policy, now: datetime) -> Iterator[End]:
    match each:
        case Created(event, resources):
            for resource in resources:
                yield told(event, resource, policy, now)
        case Undetermined() | Ignored():
            yield each
        case _:
            assert_never(each)
