"""Which infrastructure-as-code tool made a call, from the user agent. Not who ran the tool."""

import re
import tomllib
from functools import lru_cache
from importlib import resources

_LONGEST_AGENT = 2048
_TABLE = tomllib.loads((resources.files(__package__) / "data/tools.toml").read_text("utf-8"))
_TOOLS = tuple((re.compile(row["pattern"]), str(row["name"])) for row in _TABLE["tool"])


@lru_cache(maxsize=4096)
def tool(user_agent: str | None) -> str | None:
    """The tool's name in `awsteward.yaml`, or None for people and other software."""
    agent = (user_agent or "")[:_LONGEST_AGENT]
    return next((name for pattern, name in _TOOLS if pattern.search(agent)), None)
