"""The facts of `shapes.toml` as one value. No rule lives here."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class EC2List:
    """How the older EC2 dialect names a list and, for lists of plain ids, each element."""

    name: str
    item: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """Where records differ from the SDK's models; keys are ``service`` or ``service.Member``."""

    event_source: Mapping[str, str]
    home_region: Mapping[str, str]
    name_suffix: Mapping[str, str]
    name_version: Mapping[str, str]
    capital: frozenset[str]
    renamed: Mapping[str, str]
    unwrapped: frozenset[str]
    input_wrapped: frozenset[str]
    hidden: Mapping[str, str]
    absent: frozenset[str]
    ec2_wrapped: frozenset[str]
    ec2_lists: Mapping[str, EC2List]
    ec2_nested: Mapping[str, tuple[str, ...]]


@cache
def shapes() -> Shapes:
    """Read the packaged facts once."""
    raw = tomllib.loads((files(__package__) / "shapes.toml").read_text(encoding="utf-8"))
    return Shapes(
        event_source=raw["event_source"],
        home_region=raw["home_region"],
        name_suffix=raw["name_suffix"],
        name_version=raw["name_version"],
        capital=frozenset(raw["casing"]["capital"]),
        renamed=raw["casing"]["renamed"],
        unwrapped=frozenset(raw["wrapper"]["dropped"]),
        input_wrapped=frozenset(raw["wrapper"]["input"]),
        hidden=raw["hidden"],
        absent=frozenset(raw["absent"]["members"]),
        ec2_wrapped=frozenset(raw["ec2"]["wrapped"]),
        ec2_lists={key: EC2List(**entry) for key, entry in raw["ec2"]["lists"].items()},
        ec2_nested={key: tuple(names) for key, names in raw["ec2"]["nested"].items()},
    )
