"""A run as text for people and as JSON for machines. Pure."""

import json
from collections.abc import Iterator

import msgspec

from awsteward.rollout.rehearse.run import Run

SHOWN = 10
WIDTH = 12


def text(run: Run) -> str:
    """Counts, the way out of each replica, and the verdict."""
    return "\n".join(_lines(run))


def as_json(run: Run) -> str:
    """All of it, the requests included."""
    return json.dumps(msgspec.to_builtins(run), ensure_ascii=False)


def _lines(run: Run) -> Iterator[str]:
    tally = run.tally
    yield f"{run.name}: {run.about}" if run.about else run.name
    yield ""
    for name, count in (
        ("sent", tally.sent),
        ("answered", tally.answered),
        ("lost", tally.lost),
        ("doubled", tally.doubled),
        ("unanswered", tally.committed_unanswered),
    ):
        yield f"  {name:<{WIDTH}}{count:>10,}"
    if tally.committed_unanswered:
        yield f"  {'':<{WIDTH}}  (committed, and its client does not know)"
    yield ""
    yield from _stops(run)
    yield from (f"  note: {each}" for each in run.notes)
    yield f"expected: {run.expected}"
    share = f" ({100 * run.lost_share:.2f} % of what was sent meanwhile)" if run.lost_share else ""
    yield f"{'it held' if run.held else 'IT DID NOT HOLD'}{share}"


def _stops(run: Run) -> Iterator[str]:
    if not run.stops:
        return
    yield f"  {'replica':<{WIDTH}}{'deregister':>11}{'TERM':>9}{'gone':>9}{'took':>9}"
    for each in run.stops[:SHOWN]:
        hook = {None: "", 0: ""}.get(each.hook_exit, f"  hook ended with {each.hook_exit}")
        killed = "  KILLED" if each.killed else ""
        yield (
            f"  {each.replica:<{WIDTH}}{each.asked_s:>9.2f} s{each.term_s:>7.2f} s"
            f"{each.gone_s:>7.2f} s{each.took_s:>7.2f} s{hook}{killed}"
        )
    if len(run.stops) > SHOWN:
        yield f"  ... and {len(run.stops) - SHOWN} more"
    yield ""
