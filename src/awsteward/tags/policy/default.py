"""The policy that holds without a file, and the file that shows every setting.

The former says no more than a file that only lists its keys; no YAML is read for it, because most
runs without a file are short.
"""

from functools import cache
from importlib.resources import files

from awsteward.tags.policy.model import Policy
from awsteward.tags.policy.usual import rule

REQUIRED = ("CreatedBy", "Owner", "CostCenter", "Environment")


@cache
def default() -> Policy:
    """CreatedBy and Owner are filled where that can be proven, the rest is asked for."""
    return Policy(rules=tuple(map(rule, REQUIRED)))


def example() -> str:
    """A valid, commented `awsteward.yaml` that uses every setting."""
    data = files("awsteward.tags.policy").joinpath("data")
    return data.joinpath("example.yaml").read_text("utf-8")
