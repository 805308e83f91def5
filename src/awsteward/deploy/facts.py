"""AWS's limits and what the service reference says of actions: the data beside this, read once."""

import functools
import tomllib
from collections.abc import Mapping
from importlib import resources

import msgspec

_DATA = resources.files(__package__) / "data"


class Pattern(msgspec.Struct, frozen=True):
    """Of an EventBridge rule."""

    size: int
    source: str


class Managed(msgspec.Struct, frozen=True):
    """Of an IAM managed policy, and how many of them one role carries."""

    size: int
    per_role: int
    source: str


class Inline(msgspec.Struct, frozen=True):
    """Of all the inline policies of one role."""

    size: int
    source: str


class Body(msgspec.Struct, frozen=True):
    """Of a template, by the way it is handed over."""

    inline: int
    by_s3: int
    source: str


class Buses(msgspec.Struct, frozen=True):
    """Of an EventBridge bus: characters of its policy, and its rules."""

    policy: int
    rules: int
    source: str


class Quotas(msgspec.Struct, frozen=True):
    """Every limit that shapes the template."""

    event_pattern: Pattern
    event_bus: Buses
    managed_policy: Managed
    inline_policies: Inline
    template: Body


class Scope(msgspec.Struct, frozen=True):
    """Actions that are granted on some resources only."""

    actions: frozenset[str]
    resources: tuple[str, ...]
    source: str


class Actions(msgspec.Struct, frozen=True):
    """What `tools/gen_actions.py` found out about the catalogue's actions."""

    source: str
    unlisted: frozenset[str]
    """No reference has them, so nothing says that IAM would grant anything by them."""
    without_tag_keys: frozenset[str]
    """Their requests do not show IAM which keys they write."""


class Unwanted(msgspec.Struct, frozen=True):
    """Calls on data that no pattern may let in by the way."""

    own: frozenset[str]
    """Those that the guard itself makes."""
    many: frozenset[str]
    source: str


class Home(msgspec.Struct, frozen=True):
    """Where a partition's services without a region have their calls recorded."""

    beginning: str
    """Of the names of the partition's regions."""
    region: str


class Worldwide(msgspec.Struct, frozen=True):
    """Services without a region of their own."""

    sources: frozenset[str]
    homes: tuple[Home, ...]
    source: str

    def home(self, region: str) -> str:
        """The home region of *region*'s partition."""
        return next(each.region for each in self.homes if region.startswith(each.beginning))


@functools.cache
def worldwide() -> Worldwide:
    """Those services and their homes."""
    return msgspec.convert(_toml("worldwide.toml"), Worldwide)


@functools.cache
def unwanted() -> Unwanted:
    """Those calls."""
    return msgspec.convert(_toml("unwanted.toml"), Unwanted)


@functools.cache
def quotas() -> Quotas:
    """The limits."""
    return msgspec.convert(_toml("quotas.toml"), Quotas)


@functools.cache
def scopes() -> tuple[Scope, ...]:
    """Actions for which `*` would be too much."""
    return tuple(msgspec.convert(_toml("scoped.toml"), dict[str, Scope]).values())


@functools.cache
def actions() -> Actions:
    """What is known of actions."""
    return msgspec.json.decode((_DATA / "actions.json").read_bytes(), type=Actions)


def _toml(name: str) -> Mapping[str, object]:
    return tomllib.loads((_DATA / name).read_text("utf-8"))
