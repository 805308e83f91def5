"""Figures for CloudWatch about one guard, in its embedded metric format. Pure.

They are told apart by the guard's table, so that a function and a worker of the same guard
feed the same alarm, and two guards in one region do not.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

NAMESPACE = "awsteward"
DIMENSION = "Table"
Unit = Literal["Count", "Seconds"]


def metrics(
    table: str, values: Mapping[str, tuple[Unit, float]], now: datetime
) -> Mapping[str, object]:
    """One record of *values*, each with its unit."""
    units = [{"Name": name, "Unit": unit} for name, (unit, _) in values.items()]
    shape = {"Namespace": NAMESPACE, "Dimensions": [[DIMENSION]], "Metrics": units}
    return {
        "_aws": {"Timestamp": int(now.timestamp() * 1000), "CloudWatchMetrics": [shape]},
        DIMENSION: table,
        **{name: value for name, (_, value) in values.items()},
    }


def age_s(since: datetime | None, now: datetime) -> float:
    """Seconds from then to now; nought where there is nothing."""
    return 0.0 if since is None else max(0.0, round((now - since).total_seconds(), 3))
