"""How far a long replay has come: on stderr, and only where somebody can see it."""

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from awsteward.cli.line import Line
from awsteward.core.printable import fit
from awsteward.tags.guard.dry import Tally
from awsteward.tags.read.records import Broken

EVERY_S = 0.1


def complain(broken: Broken) -> None:
    """Say what could not be read, and where it stands."""
    place = broken.file if broken.index is None else f"{broken.file}: record {broken.index}"
    print(fit(f"{place}: {broken.why}"), file=sys.stderr)


@contextmanager
def progress(tally: Tally) -> Iterator["Progress"]:
    """Show *tally* as it grows, as long as stderr is a terminal and stdout is not the same."""
    seen = Progress(tally, shown=sys.stderr.isatty() and not sys.stdout.isatty())
    try:
        yield seen
    finally:
        seen.wipe()


class Progress:
    """The counts as a line, some times a second, and what is said beside it."""

    def __init__(self, tally: Tally, *, shown: bool) -> None:
        self._tally = tally
        self._line = Line(shown=shown)
        self._next = 0.0

    def step(self) -> None:
        """Something was counted."""
        if self._line.shown and (now := time.monotonic()) >= self._next:
            self._next = now + EVERY_S
            counts = f"{self._tally.records:,} records, {self._tally.events:,} created something"
            self._line.write(counts)

    def aside(self, broken: Iterable[Broken]) -> None:
        """Say what could not be read, on lines of its own."""
        for one in broken:
            self.wipe()
            complain(one)

    def wipe(self) -> None:
        """Leave the line as if nothing had been there."""
        self._line.wipe()
