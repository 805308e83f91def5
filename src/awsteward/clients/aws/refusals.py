"""What it means when AWS says no: error codes by what helps against each, from `errors.toml`.

Not what to do about it: that is for whoever made the call.
"""

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from importlib import resources
from typing import Any

from awsteward.core.errors import AccessError, ConfigError, RemoteError

_ACTION = re.compile(r"not authorized to perform:? ([A-Za-z0-9-]+:[A-Za-z0-9]+)")


class Cause(StrEnum):
    """Why a call failed; the sections of `errors.toml`, and whatever fits none."""

    THROTTLED = "throttled"
    DENIED = "denied"
    SETTINGS = "settings"
    ABSENT = "absent"
    BUSY = "busy"
    BROKEN = "broken"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One call that AWS, or the way to it, did not carry out."""

    code: str
    """The service's own error code, or the name of botocore's exception."""
    message: str

    @property
    def cause(self) -> Cause:
        """What kind of failure the code stands for."""
        return cause(self.code)

    @property
    def action(self) -> str | None:
        """The IAM action that is missing, where the message names it."""
        found = _ACTION.search(self.message)
        return found.group(1) if found else None


SETTINGS = "check your AWS settings (AWS_PROFILE, AWS_REGION, `aws configure`)"

Answer = Mapping[str, Any] | Refusal


def given(answer: Answer) -> Mapping[str, Any]:
    """The answer, for callers that cannot go on without it: a refusal stops the command."""
    match answer:
        case Refusal(cause=Cause.DENIED):
            allow = f"allow {answer.action}: " if answer.action else ""
            raise AccessError(f"{allow}{answer.code}: {answer.message}")
        case Refusal(cause=Cause.SETTINGS):
            raise ConfigError(f"{SETTINGS}: {answer.code}: {answer.message}")
        case Refusal():
            raise RemoteError(f"{answer.code}: {answer.message}")
        case _:
            return answer


@functools.cache
def cause(code: str) -> Cause:
    """The kind of failure that *code* stands for."""
    table = _table()
    for kind, section in table.items():
        if code in section.get("codes", ()):
            return kind
    for kind, section in table.items():
        if any(fnmatchcase(code, pattern) for pattern in section.get("patterns", ())):
            return kind
    return Cause.REFUSED


@functools.cache
def _table() -> Mapping[Cause, Mapping[str, list[str]]]:
    text = (resources.files(__package__) / "errors.toml").read_text(encoding="utf-8")
    return {Cause(name): section for name, section in tomllib.loads(text).items()}
