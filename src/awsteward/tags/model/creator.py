"""Who made a call, as far as its record tells."""

from dataclasses import dataclass

from awsteward.tags.model.arn import Arn


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A human being, as far as AWS can tell; only a person may become an assumed owner."""

    name: str
    arn: str | None
    via: str | None
    """What the person acted through: a role, a permission set, an identity provider; or None."""
    role: Arn | None = None
    """The IAM role or user whose tags may say more (never a session's ARN)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """CI, an instance, a function, a bare SDK session: its name is never an owner."""

    name: str
    arn: str | None
    via: str | None
    role: Arn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """An AWS service that acted by itself or for somebody it does not name."""

    name: str
    arn: str | None
    via: str | None
    role: Arn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """An account's root user: a person, but nobody can say which one."""

    account: str
    arn: str | None


@dataclass(frozen=True, slots=True)
class Nobody:
    """The record does not say who; *why* tells what was missing."""

    why: str


Creator = Person | Machine | Service | Root | Nobody
