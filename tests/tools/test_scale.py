"""The simulation of an organisation's day: it loses nothing, and asks no more than AWS gives."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from awsteward.tags.duty.settings import USUAL_RECEIVES
from awsteward.tags.duty.turn import pause_s
from benchmarks.scale import Day, costs, day, facts, percentile


def small(**load: Any) -> dict[str, Any]:
    """An organisation of one in ten thousand."""
    told = facts()
    where = {"accounts": 5, "regions": 2, "events_per_day": 5_000}
    calm = {**told["load"], "let_through": 0.2, "burst": 0, **load}
    return {**told, "organisation": where, "load": calm}


@cache
def quiet() -> Day:
    return day(small(), 2)


@cache
def burst() -> Day:
    return day(small(burst=6_000, burst_seconds=60), 20)


@cache
def drowned() -> Day:
    return day(small(burst=40_000, burst_seconds=60), 40)


RUNS = pytest.mark.parametrize("run", [quiet, burst, drowned])
"""Made when a test asks for them: every worker imports this file, and one runs it."""


@RUNS
def test_every_message_is_tagged_dropped_or_a_dead_letter(run: Callable[[], Day]) -> None:
    found = run()

    assert found.arrived == found.tagged + found.dropped + found.lost
    assert len(found.ages) == found.tagged


@RUNS
def test_no_bucket_gives_more_than_it_holds_and_is_filled_with(run: Callable[[], Day]) -> None:
    found = run()

    for (_, _, api), times in found.writes.items():
        told = facts()["api"][api]
        drawn = sorted(times)
        for first in range(0, len(drawn), 97):
            for last in range(first, len(drawn), 31):
                taken, seconds = last - first + 1, drawn[last] - drawn[first]
                assert taken <= told["bucket"] + told["refill"] * seconds + 1


@RUNS
def test_no_more_functions_work_at_once_than_there_are(run: Callable[[], Day]) -> None:
    found = run()

    known: dict[Callable[[], Day], int] = {quiet: 2, burst: 20, drowned: 40}
    most = known[run]

    assert max(found.busy) <= most
    assert found.seconds <= most * (found.ended + 1)


@RUNS
def test_nothing_is_tagged_before_its_maker_had_the_time_to(run: Callable[[], Day]) -> None:
    found = run()

    assert min(found.ages) >= 0


def test_a_quiet_day_meets_no_throttle_and_keeps_up() -> None:
    assert quiet().throttled == quiet().lost == 0
    assert percentile(quiet().ages, 1.0) < 10


def test_a_burst_is_throttled_and_caught_up_with() -> None:
    assert burst().throttled > 0
    assert burst().lost == 0
    assert percentile(burst().ages, 1.0) <= sum(map(pause_s, range(1, USUAL_RECEIVES)))


def test_what_is_throttled_ten_times_is_a_dead_letter_and_counted() -> None:
    assert drowned().lost > 0


def test_the_same_numbers_give_the_same_day() -> None:
    assert day(small(), 2) == quiet()


def test_only_what_is_there_all_month_costs_something_without_events() -> None:
    assert {name for name, cost in costs(facts(), Day()).items() if cost} == {"metrics and alarms"}


def test_every_price_names_its_page_or_is_an_assumption() -> None:
    told = facts()["price"]

    for name in told.keys() - {"month_days", "read_on", "sources", "region_gb"}:
        assert any(name.startswith(source) for source in told["sources"]), name
