"""What is said to people about a key, in the languages that messages are written in.

The steps of `tags explain` are English and stand beside the code that takes them; only what can
reach a message is here.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


def say(language: str, name: str, /, **parts: str) -> str:
    """The sentence *name* in *language* with its parts put in."""
    return _sentences()[language][name].format_map(parts)


@cache
def _sentences() -> Mapping[str, Mapping[str, str]]:
    table = files("awsteward.tags.policy").joinpath("data", "words.toml")
    return tomllib.loads(table.read_text("utf-8"))
