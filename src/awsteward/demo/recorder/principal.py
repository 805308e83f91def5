"""Who makes a call, as `userIdentity` and the envelope show it."""

from collections.abc import Mapping
from dataclasses import dataclass

from awsteward.demo.recorder.values import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """One caller: the identity element, and what its calls leave in the envelope."""

    identity: Mapping[str, Json]
    user_agent: str
    address: str
