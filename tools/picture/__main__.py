"""The command: ``python -m tools.picture``. Nothing in the picture is made up, some is left out."""

import io
import re
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from awsteward.demo import tell
from awsteward.demo.outcome import Outcome
from awsteward.demo.run import Clock, whole

PICTURE = Path("docs/images/demo.svg")
SHOWN = ("S3 bucket", "DynamoDB", "SQS", "RDS", "KMS", "ECR", "EC2", "└ its volume")
"""The resources in the picture, by how their names start."""

_OUTSIDE = re.compile(r"\s*@font-face \{.*?\}|<!--.*?-->", re.DOTALL)
"""What rich adds that points elsewhere: web fonts, and a comment."""


def main() -> None:
    """Run the demo and draw a message and a part of the table."""
    clock = Clock(now=lambda: datetime.now(UTC), seconds=time.monotonic)  # noqa: TID251 (a command's real clock)
    began = clock.seconds()
    outcome = whole(Console(quiet=True), clock)
    drawn = draw(outcome, clock.seconds() - began)
    PICTURE.write_text(drawn, encoding="utf-8")
    print(f"{PICTURE}: {len(drawn):,} bytes")


def draw(outcome: Outcome, seconds: float) -> str:
    """Give the picture as SVG that loads nothing from anywhere."""
    console = Console(record=True, width=92, file=io.StringIO(), force_terminal=True)
    tell.title(console)
    tell.heading(console, 1, "What arrived on Slack, for one of nine callers")
    tell.messages(console, [each for each in outcome.messages if "dana.lee" in str(each)])
    tell.heading(console, 2, "What is so now: each service's own answer")
    tell.table(console, [each for each in outcome.proven if each.made.scene.what.startswith(SHOWN)])
    tell.ending(console, outcome, seconds)
    return _OUTSIDE.sub("", console.export_svg(title="make demo", clear=False))


if __name__ == "__main__":
    main()
