"""The policy that holds without a file, and the file that shows every setting.

Both are packaged YAML, read by the same parser as a user's own.
"""

from functools import cache
from importlib.resources import files

from awsteward.tags.policy.model import Policy
from awsteward.tags.policy.parse import parse


@cache
def default() -> Policy:
    """CreatedBy and Owner are filled where that can be proven, the rest is asked for."""
    return parse(_packaged("default.yaml"), "the built-in policy")


def example() -> str:
    """A valid, commented `awsteward.yaml` that uses every setting."""
    return _packaged("example.yaml")


def _packaged(name: str) -> str:
    return files("awsteward.tags.policy").joinpath("data", name).read_text("utf-8")
