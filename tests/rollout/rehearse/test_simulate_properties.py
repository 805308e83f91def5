"""The simulation against arithmetic: seconds of arrivals that cannot be answered, times the rate.

The arithmetic is of the inequalities that people use (hook >= P, P + S + K <= G), so a simulation
that agrees with it is one that can be asked where those no longer suffice.
"""

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

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
from awsteward.rollout.rehearse.simulate import simulate

PLAYS: tuple[Play, ...] = (
    Rolling(rounds=1),
    BlueGreen(rounds=1),
    Canary(weights=(10, 100), step_s=0.2),
    ScaleIn(by=1, rounds=1),
    NodeDrain(at_once=1, rounds=1),
    DnsShift(ttl_s=0.2, rounds=1),
    Failover(seconds_s=0.5),
)
EDGE_S = 0.02
LOOKS_S = 0.35


def twentieths(least: int, most: int) -> st.SearchStrategy[float]:
    return st.integers(least, most).map(lambda each: each / 20)


hooks = st.one_of(
    st.just(NoHook()),
    st.builds(SleepHook, seconds_s=twentieths(1, 60)),
    st.builds(GateHook, min_wait_s=twentieths(1, 30), longest_s=st.just(1.0)),
)
seeds = st.integers(0, 9)


@st.composite
def cases(draw: st.DrawFn, hook: st.SearchStrategy[Hook] = hooks, least_grace: int = 5) -> Case:
    """One kind of request, and no stop before as many are in flight as ever will be."""
    return Case(
        load=Load(
            rate=draw(st.sampled_from((5.0, 20.0, 90.0))), duration_s=1.0, posts=0.5,
            keepalive=True, mix=(Share(weight=1, takes_s=draw(twentieths(1, 10))),),
        ),
        fleet=Fleet(replicas=draw(st.integers(2, 4)), starts_s=draw(twentieths(0, 6))),
        stopping=Stopping(
            hook=draw(hook), grace_s=draw(twentieths(least_grace, 60)),
            on_term=draw(st.sampled_from(OnTerm)),
        ),
        balancer=Balancer(propagation_s=draw(twentieths(0, 30)), deregistration_delay_s=300.0),
        play=Rolling(rounds=1),
    )  # fmt: skip


def longest_s(case: Case) -> float:
    return max(each.takes_s for each in case.load.mix)


def hook_s(case: Case) -> float:
    """When the hook is over; of a gate, at the latest."""
    hook = case.stopping.hook
    match hook:
        case NoHook():
            return 0.0
        case SleepHook(seconds_s=seconds_s):
            return seconds_s
        case GateHook():
            return hook.gives_up_s(case.stopping.grace_s)


def unanswered_s(case: Case, spare_s: float = 0.0) -> float:
    """Seconds of arrivals at a stopping replica that are refused, or cut; *spare_s* is on top."""
    grace_s, term_s = case.stopping.grace_s, min(hook_s(case), case.stopping.grace_s)
    until_s = grace_s if case.stopping.on_term is OnTerm.IGNORES else term_s
    ends_s = term_s if case.stopping.on_term is OnTerm.DIES else grace_s
    propagation_s = case.balancer.propagation_s + spare_s
    cut_s = min(until_s, propagation_s) - (ends_s - longest_s(case) - spare_s)
    return max(0.0, propagation_s - until_s) + max(0.0, cut_s)


def with_gate(case: Case, min_wait_s: float) -> Case:
    hook = GateHook(min_wait_s=min_wait_s, longest_s=longest_s(case))
    return replace(case, stopping=replace(case.stopping, hook=hook))


@given(
    case=cases(
        hook=st.one_of(st.just(NoHook()), st.builds(SleepHook, seconds_s=twentieths(1, 60)))
    ),
    seed=seeds,
)
def test_what_is_lost_is_the_rate_times_the_seconds_nobody_answers_for(
    case: Case, seed: int
) -> None:
    stops, seconds = case.fleet.replicas, unanswered_s(case)

    tally = simulate(case, seed)

    # a stopping replica is one of R + 1, and what it holds from before was dealt out among R
    least = stops * (case.load.rate / (stops + 1) * seconds - 2)
    most = stops * (case.load.rate / stops * seconds + 2)
    assert least <= tally.lost <= most
    if not unanswered_s(case, spare_s=EDGE_S):
        assert tally.lost == 0


@given(case=cases(least_grace=30), play=st.sampled_from(PLAYS), extra=twentieths(0, 4), seed=seeds)
def test_a_gate_with_time_enough_loses_nothing_in_any_play_of_a_server_that_dies(
    case: Case, play: Play, extra: float, seed: int
) -> None:
    propagation_s = case.balancer.propagation_s
    dies = replace(case, play=play, stopping=replace(case.stopping, on_term=OnTerm.DIES))
    gated = with_gate(dies, min_wait_s=propagation_s + extra)
    assume(propagation_s + extra + longest_s(case) + LOOKS_S < hook_s(gated))

    tally = simulate(gated, seed)

    assert (tally.lost, tally.committed_unanswered) == (0, 0)


@given(case=cases(least_grace=22), over=twentieths(2, 8), seed=seeds)
def test_no_gate_helps_where_propagation_and_longest_request_exceed_the_grace(
    case: Case, over: float, seed: int
) -> None:
    propagation_s = case.stopping.grace_s - longest_s(case) + over
    min_wait_s = min(propagation_s, case.stopping.grace_s - 1.0)
    late = replace(case, balancer=replace(case.balancer, propagation_s=propagation_s))
    assume(over * case.load.rate / (case.fleet.replicas + 1) >= 2)

    tally = simulate(with_gate(late, min_wait_s), seed)

    assert tally.lost > 0


@given(case=cases(), play=st.sampled_from(PLAYS), delay=twentieths(0, 10), seed=seeds)
def test_every_request_is_answered_or_lost_or_its_client_is_left_in_the_dark(
    case: Case, play: Play, delay: float, seed: int
) -> None:
    balancer = replace(case.balancer, deregistration_delay_s=delay)

    tally = simulate(replace(case, play=play, balancer=balancer), seed)

    assert tally.sent == tally.answered + tally.lost + tally.committed_unanswered
    assert len(tally.stop_s) == tally.stops
    assert all(each <= case.stopping.grace_s + 1e-9 for each in tally.stop_s)


@given(case=cases(least_grace=60), seed=seeds)
def test_a_gate_stops_no_later_than_the_sleep_that_is_as_safe(case: Case, seed: int) -> None:
    needed_s = case.balancer.propagation_s + longest_s(case)
    dies = replace(case, stopping=replace(case.stopping, on_term=OnTerm.DIES, grace_s=5.0))
    sleeps = replace(dies, stopping=replace(dies.stopping, hook=SleepHook(seconds_s=needed_s)))

    gate = simulate(with_gate(dies, case.balancer.propagation_s), seed)
    sleep = simulate(sleeps, seed)

    assert max(gate.stop_s) <= max(sleep.stop_s) + LOOKS_S
    assert gate.lost == 0
