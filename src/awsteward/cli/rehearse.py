"""``awsteward rollout rehearse``: play a scenario for real, and say what was lost."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from awsteward.cli.line import Line
from awsteward.cli.whole import writable, write
from awsteward.core.printable import fit
from awsteward.rollout.rehearse import shipped, tell
from awsteward.rollout.rehearse.director import Seen, rehearse
from awsteward.rollout.rehearse.page import page
from awsteward.rollout.rehearse.scenario import Scenario, parse
from awsteward.rollout.rehearse.sender import Counts
from awsteward.rollout.rehearse.verdict import judged

ENDED_BY_TERM = 143


def run(asked: str, *, seed: str, form: str, html: Path | None = None) -> int:
    """0 when what the scenario expects holds, 1 when not; TERM ends it as Ctrl-C does."""
    scenario = parse(*shipped.text(asked))
    if html:
        writable(html)
    try:
        with _counts() as counts:
            seen = asyncio.run(_played(scenario, seed, counts))
    except asyncio.CancelledError:
        return ENDED_BY_TERM
    found = judged(scenario, seen)
    if html:
        write(html, page(found))
    print(tell.as_json(found) if form == "json" else tell.text(found))
    return int(not found.held)


def names() -> int:
    """The shipped scenarios, a line each."""
    for name in shipped.names():
        scenario = parse(*shipped.text(name))
        print(fit(f"{name:24}{scenario.about}"))
    return 0


async def _played(scenario: Scenario, seed: str, counts: Counts) -> Seen:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task:
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
    return await rehearse(scenario.case, scenario.parts, seed, counts)


@contextlib.contextmanager
def _counts() -> Iterator[Counts]:
    """One line that is written over, where somebody looks."""
    line = Line(shown=sys.stderr.isatty())
    try:
        yield lambda sent, under_way, bad: line.write(
            f"{sent:,} sent, {under_way} under way, {bad:,} not answered well"
        )
    finally:
        line.wipe()
