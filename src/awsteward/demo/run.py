"""The demo from curtain to curtain. The only part that knows the order of things."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from rich.console import Console

from awsteward.demo import tell
from awsteward.demo.outcome import Outcome
from awsteward.demo.play import Played, play
from awsteward.demo.props import furnish
from awsteward.demo.prove import look, prove
from awsteward.demo.receiver import receiver
from awsteward.demo.replay import replay
from awsteward.demo.stage import Stage, stage
from awsteward.demo.story import story


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Time as the demo needs it: the date for records, and seconds for how long it took."""

    now: Callable[[], datetime]
    seconds: Callable[[], float]


def run(form: Literal["text", "json"], console: Console, clock: Clock) -> int:
    """Play, guard, prove; exit code 0 when the story holds, 1 when it does not."""
    if form == "json":
        outcome = whole(Console(quiet=True), clock)
        console.out(json.dumps(outcome.document(), indent=2), highlight=False)
    else:
        outcome = whole(console, clock)
    return 1 if outcome.problems else 0


def whole(console: Console, clock: Clock) -> Outcome:
    """Play everything, telling it on *console*; give what came of it."""
    began = clock.seconds()
    tell.title(console)
    scenes = story()
    with stage() as on, TemporaryDirectory(prefix="awsteward-demo-") as folder:
        tell.heading(console, 1, "People and machines at work")
        played = play(scenes, on, furnish(on), clock.now())
        tell.calls(console, scenes)
        outcome = _guarded(console, played, on, Path(folder))
    tell.heading(console, 4, "What is so now: each service's own answer")
    tell.table(console, outcome.proven)
    tell.ending(console, outcome, clock.seconds() - began)
    return outcome


def _guarded(console: Console, played: Played, on: Stage, folder: Path) -> Outcome:
    count = len(played.records)
    tell.heading(console, 2, f"awsteward tags replay --apply, on {count} CloudTrail records")
    before = look(played.made, on)
    with receiver() as slack:
        replayed = replay(played.records, folder, slack.url)
        messages, refused = tuple(slack.messages), tuple(slack.refused)
    tell.replayed(console, replayed)
    tell.heading(console, 3, f"What arrived on Slack: {len(messages)} messages, one per caller")
    tell.messages(console, messages)
    return Outcome(
        played=played,
        replayed=replayed,
        proven=prove(played, before, replayed, on),
        messages=messages,
        refused=refused,
    )
