"""Lays `overrides.toml` over what the rules derive, and refuses entries that nothing needs."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Row = dict[str, Any]
SAID = ("reason", "source", "added", "dropped")


def read(path: Path) -> Row:
    """The whole file; its head explains the tables."""
    return tomllib.loads(path.read_text())


def lay(rows: Mapping[str, Mapping[str, Row]], overrides: Row) -> tuple[dict[str, Row], list[str]]:
    """*rows* with every call's override applied, and complaints about stale or bare entries."""
    laid = {service: _served(service, calls, overrides) for service, calls in rows.items()}
    complaints: list[str] = []
    for service, calls in overrides.get("calls", {}).items():
        for name, entry in calls.items():
            complaints += _complaints(
                f"calls.{service}.{name}", laid.get(service, {}).get(name), entry
            )
            if entry.get("dropped"):
                laid[service].pop(name, None)
            elif service in laid:
                row = laid[service].get(name, {"service": service, "type": None})
                laid[service][name] = merged(row, entry)
    return laid, complaints


def _served(service: str, calls: Mapping[str, Row], overrides: Row) -> dict[str, Row]:
    """What holds for all of a service's calls: ids that stand alone, names instead of ARNs."""
    facts: Row = {}
    if service in overrides.get("ids", {}).get("services", ()):
        facts["ids"] = True
    handles = overrides.get("handles", {}).get("names", {})
    if service in handles:
        facts |= {
            "handle": handles[service],
            "arn": "",
            "template": "",
            "echo": "",
            "echo_form": "",
        }
    return {name: merged(row, facts) if facts else row for name, row in calls.items()}


def merged(row: Row, entry: Row) -> Row:
    """The row with the entry's facts; an empty string takes a fact away."""
    facts = {key: value for key, value in entry.items() if key not in SAID}
    if any(facts.get(key) for key in ("arn", "template", "handle")):
        row = {key: value for key, value in row.items() if key != "unresolved"}
    kept = {key: value for key, value in (row | facts).items() if value != ""}
    return {"type": None} | kept


def _complaints(where: str, row: Row | None, entry: Row) -> Iterator[str]:
    if not (entry.get("reason") and entry.get("source")):
        yield f"{where}: needs a reason and a source"
    if row is not None and entry.get("added"):
        yield f"{where}: the rules find it now; say no longer that it is added"
    if row is None and not entry.get("added"):
        yield f"{where}: the rules find no such creation any more"
    if row is not None and not entry.get("dropped") and merged(row, entry) == row:
        yield f"{where}: the rules give the same; remove it"


def stated(overrides: Row) -> list[str]:
    """Every entry of the other tables that does not say why or whence."""
    return [
        f"{table}: needs a reason and a source"
        for table, entry in overrides.items()
        if table != "calls" and not (entry.get("reason") and entry.get("source"))
    ]
