from dataclasses import replace
from pathlib import Path

from awsteward.rollout.rehearse.parts import Parts
from tests.e2e.rollout import soak


def test_sixty_thousand_requests_over_restarts_are_all_kept_while_every_control_loses(
    tmp_path: Path,
) -> None:
    state = tmp_path / "soak.jsonl"

    have = soak.soak(state, restarts=30, requests=60_000, parts=Parts(), say=print)

    whole = soak.total(have)
    assert soak.voids(have) == []
    assert (whole.lost, whole.doubled, whole.unanswered) == (0, 0, 0), soak.report(have)
    assert whole.sent >= 60_000
    assert soak.done(state) == have


CLEAN = soak.Part(
    part="gate", of=repr(soak.GATED), sent=1_000, within=900, lost=0, doubled=0, unanswered=0,
    restarts=15, bad_restarts=0, stop_s=1.2, late_ms=3.0, out_s=0.61,
)  # fmt: skip
LOSING = [
    replace(CLEAN, part=name, of=repr(control.case), lost=100)
    for name, control in soak.CONTROLS.items()
]


def test_a_control_that_loses_too_little_makes_the_run_void() -> None:
    blind = [replace(LOSING[0], lost=40), *LOSING[1:], CLEAN]

    assert soak.voids([*LOSING, CLEAN]) == []
    assert soak.voids(blind) == ["control `no hook` lost only 40 of 900"]


def test_a_part_counts_by_its_schedule_and_not_by_its_losses() -> None:
    late, slow, lost = (
        replace(CLEAN, late_ms=500.0),
        replace(CLEAN, out_s=0.95),
        replace(CLEAN, lost=1),
    )

    assert soak.counted([*LOSING, CLEAN, late, slow, lost]) == [CLEAN, lost]
    assert soak.total([CLEAN, late, lost]).lost == 1
    assert "not counted" in soak.report([*LOSING, CLEAN, late])


def test_both_bounds_are_said_only_where_nothing_failed() -> None:
    clean = soak.report([*LOSING, CLEAN])
    failed = soak.report([*LOSING, CLEAN, replace(CLEAN, unanswered=2)])

    assert "fewer than 3.0e-03 of requests fail" in clean
    assert "fewer than 2.0e-01 of restarts" in clean
    assert "2 of 2,000 requests failed with the gate" in failed
    assert "fewer than" not in failed


def test_a_machine_that_is_too_busy_ends_the_run_and_makes_it_void() -> None:
    late = [replace(CLEAN, late_ms=500.0)] * 4

    assert soak.hopeless(late)
    assert not soak.hopeless([*late, CLEAN])
    assert "VOID: this machine is too busy" in soak.report([*LOSING, *late])
