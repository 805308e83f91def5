"""What can be said of one link of the chain. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from awsteward.clients.aws.refusals import Cause, Refusal
from awsteward.core.errors import AccessError, ConfigError, StewardError


@dataclass(frozen=True, slots=True)
class Fine:
    """As it should be."""

    what: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """Not as it should be."""

    what: str
    mend: tuple[str, ...]
    """The commands that mend it, in their order; CAPITALS in them are for a person to fill in."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """Nobody could tell; never a reason to think that it is fine."""

    why: str


Verdict = Fine | Wrong | Unclear


@dataclass(frozen=True, slots=True)
class Check:
    """One link, and what is to be said of it."""

    link: str
    verdict: Verdict


def unclear(refusal: Refusal) -> Unclear:
    """Why *refusal* leaves us in the dark; a denied call names the right that it takes."""
    if refusal.cause is Cause.DENIED and refusal.action:
        return Unclear(f"not allowed to look: allow {refusal.action}")
    return Unclear(f"AWS did not say: {refusal.code}: {refusal.message}")


def failed(error: StewardError, mend: Iterable[str]) -> Verdict:
    """What an error says of a link: only what the user must act on is certainly wrong."""
    match error:
        case ConfigError():
            return Wrong(str(error), tuple(mend))
        case AccessError():
            return Unclear(f"not allowed to look: {error}")
        case _:
            return Unclear(str(error))
