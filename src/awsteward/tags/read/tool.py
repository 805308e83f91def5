"""Which infrastructure-as-code tool made a call, from the user agent. Not who ran the tool."""

import re
import tomllib
from functools import lru_cache
from importlib import resources

_LONGEST_AGENT = 2048
_TABLE = tomllib.loads((resources.files(__package__) / "data/tools.toml").read_text("utf-8"))
_TOOLS = tuple((re.compile(row["pattern"]), str(row["name"])) for row in _TABLE["tool"])


def tool(user_agent: str | None) -> str | None:
    """The tool's name in `awsteward.yaml`, or None for people and other software."""
    return _tool(user_agent[:_LONGEST_AGENT]) if user_agent else None


@lru_cache(maxsize=4096)
def _tool(agent: str) -> str | None:
    return next((name for pattern, name in _TOOLS if pattern.search(agent)), None)
