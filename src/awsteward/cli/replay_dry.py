"""``tags replay`` from the records alone: files in, pages out, on as many processors as pay.

A page is what one stretch of a file gave, in the form it will be printed in, so that little has to
pass between processes. Neither AWS nor Slack is called.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

import msgspec

from awsteward.cli.place import archive
from awsteward.cli.progress import progress
from awsteward.cli.replay import Options
from awsteward.clients import workers
from awsteward.tags.guard.dry import End, Tally, ends
from awsteward.tags.guard.line import line
from awsteward.tags.model import Result
from awsteward.tags.policy.model import Policy
from awsteward.tags.read.records import Broken, records

PAGE = 2000
"""Records to a page, about: what is held in memory at a time."""

Shown = TypeVar("Shown")
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Page(Generic[Shown]):
    """What a stretch of records came to."""

    shown: Shown
    tally: Tally
    broken: tuple[Broken, ...]


def dry(options: Options, policy: Policy) -> int:
    """Print how every record ends; 0 when nothing is left to report, 1 when something is."""
    if options.form == "json":
        return _print_lines(options, policy)
    from awsteward.cli.replay_text import show

    return show(_pages(options, policy, tuple), policy)


def _print_lines(options: Options, policy: Policy) -> int:
    tally = Tally()
    with progress(tally) as seen:
        for page in _pages(options, policy, _lines):
            sys.stdout.buffer.write(page.shown)
            seen.aside(page.broken)
            tally.add(page.tally)
            seen.step()
    return closing(tally)


def _lines(found: Iterable[End]) -> bytes:
    return _encoder.encode_lines([line(end) for end in found])


def closing(tally: Tally) -> int:
    """The summary on stderr, and the exit code that goes with it."""
    counts = ", ".join(f"{count:,} {word}" for word, count in sorted(tally.ends.items()))
    asked = f"; {tally.asked:,} wait for a person's word" if tally.asked else ""
    broken = f"; {tally.broken:,} could not be read" if tally.broken else ""
    print(
        f"{tally.records:,} records, {tally.events:,} of them created something: "
        f"{counts or 'nothing to tell'}{asked}{broken}",
        file=sys.stderr,
    )
    settled = {Result.COMPLIANT, Result.TAGGED, "ignored"}
    return 1 if tally.broken or tally.asked or tally.ends.keys() - settled else 0


# --- reading ---------------------------------------------------------------------------------


def _pages(
    options: Options, policy: Policy, show: Callable[[Iterable[End]], Shown]
) -> Iterator[Page[Shown]]:
    """The pages of every file, in order."""
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
