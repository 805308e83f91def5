"""A file that another process reads while it is replaced: it sees the old one or the new one."""

import json
from pathlib import Path


def put(file: Path, content: object) -> None:
    """Replace *file* in one step."""
    fresh = file.with_suffix(".next")
    fresh.write_text(json.dumps(content), encoding="utf-8")
    fresh.replace(file)
