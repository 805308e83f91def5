"""When a new resource can be tagged: a table by CloudFormation type. Nothing here waits."""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib import resources


@dataclass(frozen=True, slots=True)
class Readiness:
    """What is usual for one kind of resource while it is being made."""

    pause: timedelta
    """Between two looks."""
    within: timedelta
    """How long after its creation a missing one may still appear; later it is gone."""


def readiness(kind: str | None) -> Readiness:
    """What to expect of a resource of that CloudFormation type."""
    facts = _facts()
    return facts.get(kind or "", facts["usual"])


@functools.cache
def _facts() -> Mapping[str, Readiness]:
    text = (resources.files(__package__) / "readiness.toml").read_text(encoding="utf-8")
    return {
        kind: Readiness(
            pause=timedelta(seconds=told.get("pause_s", 0)),
            within=timedelta(seconds=told["within_s"]),
        )
        for kind, told in tomllib.loads(text).items()
    }
