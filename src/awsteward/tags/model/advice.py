"""What belongs elsewhere: how tags are set at the source, so that nobody fights over them."""

from dataclasses import dataclass
from enum import StrEnum

from awsteward.tags.model.plan import Write


class Aim(StrEnum):
    """What a snippet is for."""

    SOURCE = "source"
    """The tags are set where the resource comes from."""
    IGNORE = "ignore"
    """The tool leaves tags alone that are not its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """What a person puts where, filled in."""

    aim: Aim
    place: str
    text: str
    left: tuple[str, ...] = ()
    """Keys that cannot be said in this form."""


class Cause(StrEnum):
    """Why somebody is advised."""

    TOOL = "tool"
    """Infrastructure-as-code made the resource, and its next plan may show our tags."""
    RECONCILER = "reconciler"
    """Software owns the resource and takes foreign tags away."""
    REMOVAL = "removal"
    """Somebody keeps taking our tags away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """How to set tags so that nobody fights over them."""

    cause: Cause
    by: str
    """The tool, the reconciler or whoever removed the tags."""
    held: tuple[Write, ...] = ()
    """What is known and was not written, because the source is to say it."""
    snippets: tuple[Snippet, ...] = ()
