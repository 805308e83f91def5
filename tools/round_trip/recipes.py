"""What the SDK's models do not tell about parameters: `recipes.toml` as one value."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipes:
    """The facts of `recipes.toml`."""

    home_region: Mapping[str, str]
    everywhere: Mapping[str, Any]
    """Values by member name, whatever the service."""
    members: Mapping[str, Mapping[str, Any]]
    """Values by service and member name."""
    calls: Mapping[str, Mapping[str, Any]]
    """By ``service.Operation``: parameters beside (``with``) or instead of (``only``) the rest."""

    def known(self, service: str, member: str) -> Any:
        """Give the value for a text member of this name, or None."""
        return self.members.get(service, {}).get(member, self.everywhere.get(member))

    def values(self, service: str) -> Mapping[str, Any]:
        """Give the values that are no text, by member name."""
        every = {**self.everywhere, **self.members.get(service, {})}
        return {name: value for name, value in every.items() if not isinstance(value, str)}

    def params(self, service: str, operation: str) -> Mapping[str, Any]:
        """Give the recipe for one call; empty where mechanical parameters do."""
        return self.calls.get(f"{service}.{operation}", {})


@cache
def recipes() -> Recipes:
    """Read the facts once."""
    raw = tomllib.loads((Path(__file__).parent / "recipes.toml").read_text(encoding="utf-8"))
    return Recipes(
        home_region=raw["home_region"],
        everywhere=raw["everywhere"],
        members=raw["members"],
        calls={
            f"{service}.{operation}": entry
            for service, calls in raw["calls"].items()
            for operation, entry in calls.items()
        },
    )
