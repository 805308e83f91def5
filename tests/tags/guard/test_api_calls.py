"""What a tagged resource costs in calls stays what the benchmark says."""

import runpy
from pathlib import Path
from typing import Any

import pytest

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "api_calls.py"

NO_CALL, ONE_READ, READ_AND_WRITE = (0, 0), (1, 0), (1, 1)


@pytest.fixture(scope="module")
def rows() -> dict[str, Any]:
    measured = runpy.run_path(str(BENCHMARK))["measured"]
    return {row.scene: row for row in measured()}


@pytest.mark.parametrize(
    ("scene", "cost"),
    [
        ("a queue whose request has all tags", NO_CALL),
        ("a queue", READ_AND_WRITE),
        ("a bucket", READ_AND_WRITE),
        ("a bucket by Terraform, looked at too early", NO_CALL),
        ("the same after the grace, tagged meanwhile", ONE_READ),
        ("the same after the grace, not tagged", READ_AND_WRITE),
    ],
)
def test_a_resource_costs_one_read_and_one_write_or_none(
    rows: dict[str, Any], scene: str, cost: tuple[int, int]
) -> None:
    assert (rows[scene].reads, rows[scene].writes) == cost


@pytest.mark.parametrize(
    ("scene", "tagged"),
    [
        ("an instance with a volume and an interface", 3),
        ("20 instances of one Auto Scaling group", 60),
    ],
)
def test_instances_and_their_children_share_two_reads_and_one_write(
    rows: dict[str, Any], scene: str, tagged: int
) -> None:
    assert (rows[scene].reads, rows[scene].writes) == (2, 1)
    assert rows[scene].tagged == tagged


def test_twenty_instances_ask_their_group_once(rows: dict[str, Any]) -> None:
    assert rows["20 instances of one Auto Scaling group"].evidence == 3  # group, role, account
