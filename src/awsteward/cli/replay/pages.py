"""A replay from the records alone: files in, pages out, on as many processors as pay.

A page is what one stretch of a file gave, in the form it will be printed in, so that little has to
pass between processes. Neither AWS nor Slack is called.
"""

import gc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from awsteward.cli.place import archive
from awsteward.cli.replay.options import Options
from awsteward.clients import workers
from awsteward.tags.guard.dry import End, Tally, ends
from awsteward.tags.policy.model import Policy
from awsteward.tags.read.records import Broken, records

SELDOM = 100_000
"""New objects between two searches for cycles."""
PAGE = 2000
"""Records to a page, about: what is held in memory at a time."""

Shown = TypeVar("Shown")


@dataclass(frozen=True, slots=True)
class Page(Generic[Shown]):
    """What a stretch of records came to."""

    shown: Shown
    tally: Tally
    broken: tuple[Broken, ...]


def pages(
    options: Options, policy: Policy, show: Callable[[Iterable[End]], Shown]
) -> Iterator[Page[Shown]]:
    """The pages of every file, in order."""
    # Nothing here makes reference cycles, and looking for them costs one part in thirty.
    gc.freeze()
    gc.set_threshold(SELDOM)
    door, now = archive(), datetime.now(UTC)

    def pages_of(source: str) -> Iterator[Page[Shown]]:
        found, broken, tally = list[End](), list[Broken](), Tally()
        for batch in records(source, door.chunks(source)):
            if isinstance(batch, Broken):
                broken.append(batch)
                tally.broken += 1
                continue
            found += ends(batch, tally, policy, now, every=options.every)
            if tally.records >= PAGE:
                yield Page(show(found), tally, tuple(broken))
                found, broken, tally = [], [], Tally()
        yield Page(show(found), tally, tuple(broken))

    return workers.in_order(pages_of, door.sources(options.paths), workers.available())
