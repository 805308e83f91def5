from dataclasses import replace

import pytest

from awsteward.rollout.model import (
    Balancer,
    BlueGreen,
    Canary,
    Case,
    DnsShift,
    Failover,
    Fleet,
    GateHook,
    Hook,
    Load,
    NodeDrain,
    NoHook,
    OnTerm,
    Play,
    Rolling,
    ScaleIn,
    Share,
    SleepHook,
    Stopping,
)
from awsteward.rollout.rehearse import shipped
from awsteward.rollout.rehearse.scenario import parse
from awsteward.rollout.rehearse.simulate import simulate
from awsteward.rollout.rehearse.verdict import held

GATE = GateHook(min_wait_s=2.2, longest_s=2.0)
CASE = Case(
    load=Load(
        rate=100.0, duration_s=1.0, posts=0.5, keepalive=True,
        mix=(Share(weight=7, takes_s=0.05), Share(weight=1, takes_s=1.5)),
    ),
    fleet=Fleet(replicas=3, starts_s=0.3),
    stopping=Stopping(hook=GATE, grace_s=10.0, on_term=OnTerm.DIES),
    balancer=Balancer(propagation_s=2.0, deregistration_delay_s=300.0),
    play=Rolling(rounds=1),
)  # fmt: skip


def stopped(hook: Hook, on_term: OnTerm, grace_s: float = 10.0) -> Case:
    return replace(CASE, stopping=Stopping(hook=hook, on_term=on_term, grace_s=grace_s))


@pytest.mark.parametrize(
    ("case", "least", "most"),
    [
        pytest.param(stopped(NoHook(), OnTerm.DIES), 0.15, 0.30, id="dies-no-hook"),
        pytest.param(stopped(NoHook(), OnTerm.DRAINS), 0.12, 0.27, id="drains-no-hook"),
        pytest.param(
            stopped(SleepHook(seconds_s=1.0), OnTerm.DRAINS), 0.04, 0.14, id="hook-too-short"
        ),
        pytest.param(
            stopped(SleepHook(seconds_s=3.0), OnTerm.DIES), 0.0, 0.02, id="only-long-requests"
        ),
        pytest.param(stopped(SleepHook(seconds_s=2.5), OnTerm.DRAINS), 0.0, 0.0, id="long-enough"),
        pytest.param(stopped(GATE, OnTerm.DIES), 0.0, 0.0, id="gate"),
        pytest.param(stopped(GATE, OnTerm.IGNORES), 0.0, 0.0, id="gate-and-killed"),
        pytest.param(stopped(GATE, OnTerm.DRAINS, grace_s=3.0), 0.0005, 0.03, id="grace-too-short"),
    ],
)
def test_it_loses_what_was_measured_with_real_processes(
    case: Case, least: float, most: float
) -> None:
    tally = simulate(case, seed=1)

    assert least <= tally.lost / tally.sent <= most
    assert tally.sent == tally.answered + tally.lost
    assert tally.stops == 3


@pytest.mark.parametrize(
    ("play", "stops"),
    [
        (BlueGreen(rounds=2), 6),
        (Canary(weights=(10, 100), step_s=1.0), 3),
        (ScaleIn(by=2, rounds=2), 4),
        (NodeDrain(at_once=2, rounds=2), 4),
        (DnsShift(ttl_s=1.0, rounds=2), 6),
        (Failover(seconds_s=2.0), 0),
    ],
)
def test_every_play_keeps_all_with_the_gate_and_all_but_a_failover_lose_without(
    play: Play, stops: int
) -> None:
    guarded = simulate(replace(CASE, play=play), seed=1)
    bare = simulate(replace(stopped(NoHook(), OnTerm.DIES), play=play), seed=1)

    assert (guarded.lost, guarded.stops, len(guarded.stop_s)) == (0, stops, stops)
    assert (bare.lost > 0) is (stops > 0)


def test_a_seed_is_a_run_that_can_be_had_again() -> None:
    assert simulate(CASE, seed=7) == simulate(CASE, seed=7)
    assert simulate(CASE, seed=7) != simulate(CASE, seed=8)


def test_a_deregistration_delay_below_the_longest_request_cuts_it() -> None:
    short = replace(CASE, balancer=replace(CASE.balancer, deregistration_delay_s=0.2))

    tally = simulate(short, seed=1)

    assert tally.lost == 0
    assert tally.committed_unanswered > 0


def test_a_server_that_ignores_term_is_killed_at_the_end_of_its_grace() -> None:
    tally = simulate(stopped(GATE, OnTerm.IGNORES, grace_s=5.0), seed=1)

    assert all(4.9 < each < 5.1 for each in tally.stop_s)


def test_a_fleet_that_is_drained_before_its_successors_are_up_loses_all_that_comes() -> None:
    case = replace(CASE, play=NodeDrain(at_once=3, rounds=1), fleet=Fleet(replicas=3, starts_s=4.0))

    tally = simulate(case, seed=1)

    assert tally.lost == pytest.approx(2 * 100, abs=30)


@pytest.mark.parametrize("name", shipped.names())
def test_a_shipped_scenario_comes_to_what_it_expects_within_half_a_minute(name: str) -> None:
    scenario = parse(*shipped.text(name))

    tally = simulate(scenario.case, seed=1)

    assert held(scenario.expected, tally, tally.lost / tally.sent)
    assert tally.sent / scenario.case.load.rate <= 30
