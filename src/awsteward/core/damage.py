"""What a source could not give; whoever reads on decides what that means."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Damage:
    """The rest of a source could not be read; *why* is for a person."""

    why: str
