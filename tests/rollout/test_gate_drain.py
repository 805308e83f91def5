"""When to let go: driven by times and counts, without a clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsteward.rollout.gate import DRAINED, FAILED, LATE, Drain

spans = st.floats(0, 100)
found = st.one_of(st.none(), st.integers(0, 3))


def ended(
    drain: Drain, found: list[int | None], start: float = 0.0, seen: list[int | None] | None = None
) -> tuple[str, float]:
    """The result, and when: finds *found* in turn, its last one for ever; keeps it in *seen*."""
    now, seen = start, [] if seen is None else seen
    for at in range(100_000):
        seen.append(found[min(at, len(found) - 1)])
        result = drain.step(now, seen[-1])
        if result:
            return result, now - start
        now += drain.nap(now)
    raise AssertionError("it never ended")


def test_an_idle_service_is_let_go_just_after_min_wait() -> None:
    result, after = ended(Drain(0.0, 10.0, 30.0), [0])

    assert result == DRAINED
    assert 10.0 <= after <= 10.5


def test_one_look_without_anything_in_flight_is_not_enough() -> None:
    drain = Drain(0.0, 0.0, 30.0)

    assert [drain.step(0.1, 0), drain.step(0.2, 1), drain.step(0.3, 0)] == [None, None, None]
    assert drain.step(0.4, 0) == DRAINED


def test_looks_before_the_end_of_min_wait_do_not_count() -> None:
    drain = Drain(0.0, 1.0, 30.0)

    assert [drain.step(0.9, 0), drain.step(1.0, 0)] == [None, None]
    assert drain.step(1.1, 0) == DRAINED


@pytest.mark.parametrize(
    ("last", "result"),
    [
        pytest.param(2, LATE, id="in-flight"),
        pytest.param(None, FAILED, id="cannot-tell"),
        pytest.param(0, DRAINED, id="just-idle"),
    ],
)
def test_at_the_deadline_the_last_look_decides(last: int | None, result: str) -> None:
    assert Drain(0.0, 5.0, 5.0).step(5.0, last) == result


def test_who_sees_again_after_a_failure_needs_two_looks_as_before() -> None:
    drain = Drain(0.0, 0.0, 30.0)

    assert [drain.step(at / 10, seen) for at, seen in enumerate((0, None, 0))] == [None] * 3
    assert drain.step(0.3, 0) == DRAINED


def test_a_machine_that_slept_over_the_deadline_is_late_and_not_drained() -> None:
    drain = Drain(0.0, 1.0, 30.0)
    drain.step(0.5, 1)

    assert drain.step(5_000.0, 1) == LATE


@given(min_wait=spans, rest=spans, looks=st.lists(found, min_size=1, max_size=30), start=spans)
def test_it_ends_by_the_deadline_and_never_calls_drained_what_is_not(
    min_wait: float, rest: float, looks: list[int | None], start: float
) -> None:
    seen: list[int | None] = []

    result, after = ended(Drain(start, min_wait, min_wait + rest), looks, start, seen)

    assert after <= min_wait + rest + 0.01
    assert after >= min_wait - 0.001
    assert (result == DRAINED) == (seen[-1] == 0)
    assert (result == FAILED) <= (seen[-1] is None)
