"""The end of a replay: how many of what, and the exit code that says who must act."""

import sys

from awsteward.tags.guard.dry import Tally
from awsteward.tags.model.handled import Result
from awsteward.tags.model.outcome import Trouble

_SETTLED = {Result.COMPLIANT, Result.TAGGED, "ignored"}
_TRY_AGAIN = {Trouble.REMOTE, Trouble.THROTTLED, Trouble.NOT_YET}


def closing(tally: Tally) -> int:
    """Print the summary on stderr; 3 where access was denied, 4 where trying again may help."""
    counts = ", ".join(f"{count:,} {word}" for word, count in sorted(tally.ends.items()))
    asked = f"; a person's word is asked for on {tally.asked:,}" if tally.asked else ""
    broken = f"; {tally.broken:,} could not be read" if tally.broken else ""
    records = "1 record" if tally.records == 1 else f"{tally.records:,} records"
    head = f"{records}, {tally.events:,} created something"
    print(f"{head}: {counts or 'nothing to tell'}{asked}{broken}", file=sys.stderr)
    return _code(tally)


def _code(tally: Tally) -> int:
    if Trouble.DENIED in tally.troubles:
        return 3
    if _TRY_AGAIN & tally.troubles.keys():
        return 4
    return 1 if tally.broken or tally.asked or tally.ends.keys() - _SETTLED else 0
