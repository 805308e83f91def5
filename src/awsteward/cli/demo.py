"""``awsteward demo``: the whole story on an embedded AWS."""

import time
from datetime import UTC, datetime
from typing import Literal

from rich.console import Console

from awsteward.demo.run import Clock
from awsteward.demo.run import run as play


def run(form: Literal["text", "json"]) -> int:
    """Play the story; 0 when it holds."""
    console = Console(highlight=False)
    return play(form, console, Clock(now=lambda: datetime.now(UTC), seconds=time.monotonic))
