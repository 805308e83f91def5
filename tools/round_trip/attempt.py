"""The one place that survives whatever an emulator raises when it meets the unexpected."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Broke:
    """The call did not come back; *why* is the first line of what was said."""

    why: str


def attempt(work: Callable[[], Result]) -> Result | Broke:
    """Do *work*; a refusal by the service and a failure inside moto both end it."""
    try:
        return work()
    except (ClientError, BotoCoreError) as error:
        return Broke(_first_line(error))
    except Exception as error:  # noqa: BLE001 (moto fails with whatever its code ran into, bare Exception included)
        return Broke(f"moto: {type(error).__name__}: {_first_line(error)}")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
