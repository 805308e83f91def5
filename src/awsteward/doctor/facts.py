"""What is true of AWS and Slack rather than of us: the data beside this, read once."""

import functools
import tomllib
from importlib import resources

import msgspec


class SlackFacts(msgspec.Struct, frozen=True):
    """Of incoming webhooks."""

    empty: str
    source: str


class TagPolicyFacts(msgspec.Struct, frozen=True):
    """Of AWS Organizations: error codes by what they mean."""

    alone: frozenset[str]
    none: frozenset[str]
    source: str


class CostFacts(msgspec.Struct, frozen=True):
    """Of Cost Explorer."""

    not_payer: str
    most_asked: int
    most_changed: int
    source: str


class TrailFacts(msgspec.Struct, frozen=True):
    """Of CloudTrail's event selectors."""

    harmless: frozenset[str]
    writing: frozenset[str]
    source: str


class StackFacts(msgspec.Struct, frozen=True):
    """Of CloudFormation's states."""

    only_deleted: frozenset[str]
    carried_on: frozenset[str]
    source: str


class RightsFacts(msgspec.Struct, frozen=True):
    """Of IAM's simulation."""

    at_once: int
    to_look: str
    to_tag: str
    source: str


class RulesFacts(msgspec.Struct, frozen=True):
    """Of what is tried on EventBridge's patterns."""

    usual: tuple[str, ...]
    most: int
    source: str


class MembersFacts(msgspec.Struct, frozen=True):
    """Of StackSets: the states of a stack that was not brought up to date."""

    failed: tuple[str, ...]
    source: str


class ClockFacts(msgspec.Struct, frozen=True):
    """Of times that AWS does not take."""

    codes: frozenset[str]
    says: tuple[str, ...]
    source: str


class Facts(msgspec.Struct, frozen=True):
    """All of them."""

    slack: SlackFacts
    tag_policy: TagPolicyFacts
    cost_tags: CostFacts
    trail: TrailFacts
    stack: StackFacts
    rights: RightsFacts
    rules: RulesFacts
    clock: ClockFacts
    members: MembersFacts


@functools.cache
def facts() -> Facts:
    """The file's content."""
    text = (resources.files(__package__) / "data" / "facts.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Facts)
