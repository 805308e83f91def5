"""How a resource is tagged, measured by the policy."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Compliant:
    """Every required key is there with an allowed value, or excepted; *why* names exceptions."""

    why: str = "has every required tag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invalid:
    """A required key whose present value the policy does not allow."""

    key: str
    value: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """A key that is not the required one but was surely meant (``owner`` for ``Owner``)."""

    key: str
    found: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """At least one required key is missing or has a value that is not allowed."""

    missing: tuple[str, ...]
    invalid: tuple[Invalid, ...] = ()
    near: tuple[NearMiss, ...] = ()
    """Near misses among the missing keys; each key here is in `missing` too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Its maker may still tag it; look again at *until*."""

    until: datetime
    missing: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Unjudged:
    """The present tags cannot be known without asking AWS; *why* says what hides them."""

    why: str


Verdict = Compliant | Lacking | Pending | Unjudged
