"""Lays `overrides.toml` over what the rules derive, and refuses entries that nothing needs."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Row = dict[str, Any]
SAID = ("reason", "source")


def read(path: Path) -> Row:
    """The whole file; its head explains the tables."""
    return tomllib.loads(path.read_text())


def lay(rows: Mapping[str, Mapping[str, Row]], overrides: Row) -> tuple[dict[str, Row], list[str]]:
    """*rows* with every call's override applied, and complaints about stale or bare entries."""
    laid: dict[str, Row] = {service: dict(calls) for service, calls in rows.items()}
    complaints = []
    for service, calls in overrides.get("calls", {}).items():
        for name, entry in calls.items():
            complaints += _complaints(f"calls.{service}.{name}", laid.get(service, {}).get(name), entry)
            if service in laid:
                laid[service][name] = merged(laid[service].get(name, {"service": service}), entry)
    return laid, complaints


def merged(row: Row, entry: Row) -> Row:
    """The row with the entry's facts; an empty string takes a fact away."""
    facts = {key: value for key, value in entry.items() if key not in SAID}
    if facts.keys() & {"arn", "template", "handle"}:
        row = {key: value for key, value in row.items() if key != "unresolved"}
    return {key: value for key, value in (row | facts).items() if value != ""}


def _complaints(where: str, row: Row | None, entry: Row) -> Iterator[str]:
    if not all(entry.get(key) for key in SAID):
        yield f"{where}: needs a reason and a source"
    if row is None and not entry.get("added"):
        yield f"{where}: the rules find no such creation any more"
    if row is not None and merged(row, entry) == row:
        yield f"{where}: the rules give the same; remove it"


def stated(overrides: Row) -> list[str]:
    """Every entry of the other tables that does not say why or whence."""
    return [
        f"{table}: needs a reason and a source"
        for table, entry in overrides.items()
        if table != "calls" and not all(entry.get(key) for key in SAID)
    ]
