"""Draw `docs/images/demo.svg`, the README's picture of the demo, from a real run.

    .venv/bin/python -m tools.draw_demo

Nothing in the picture is made up; the messages and some of the table are left out.
"""

import io
import re
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from awsteward.demo import tell
from awsteward.demo.outcome import Outcome
from awsteward.demo.run import Clock, whole
from awsteward.demo.story import story

PICTURE = Path("docs/images/demo.svg")
SHOWN = ("S3 bucket", "DynamoDB", "SQS", "RDS", "KMS", "ECR", "Kinesis", "EC2", "└ its volume")
"""The resources in the picture, by how their names start."""

_OUTSIDE = re.compile(r"\s*@font-face \{.*?\}|<!--.*?-->", re.DOTALL)
"""What rich adds that points elsewhere: web fonts, and a comment."""


def main() -> None:
    """Run the demo and draw what it told."""
    clock = Clock(now=lambda: datetime.now(UTC), seconds=time.monotonic)  # noqa: TID251 (a command's real clock)
    began = clock.seconds()
    outcome = whole(Console(quiet=True), clock)
    drawn = draw(outcome, clock.seconds() - began)
    PICTURE.write_text(drawn, encoding="utf-8")
    print(f"{PICTURE}: {len(drawn):,} bytes")


def draw(outcome: Outcome, seconds: float) -> str:
    """Give the picture as SVG that loads nothing from anywhere."""
    console = Console(record=True, width=92, file=io.StringIO(), force_terminal=True)
    records = len(outcome.played.records)
    tell.title(console)
    tell.heading(console, 1, "People and machines at work")
    tell.calls(console, story())
    tell.heading(console, 2, f"awsteward tags replay --apply, on {records} CloudTrail records")
    tell.replayed(console, outcome.replayed)
    count = len(outcome.messages)
    tell.heading(
        console, 3, f"What arrived on Slack: {count} messages, one per caller (left out here)"
    )
    tell.heading(console, 4, "What is so now: each service's own answer (a part of the table)")
    tell.table(console, [each for each in outcome.proven if each.made.scene.what.startswith(SHOWN)])
    tell.ending(console, outcome, seconds)
    return _OUTSIDE.sub("", console.export_svg(title="make demo"))


if __name__ == "__main__":
    main()
