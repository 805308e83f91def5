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
