from pathlib import Path

import pytest

from tests.e2e.rollout.agreement import disagreement, failed_of_seeds, played
from tests.e2e.rollout.sampled import sampled


def test_simulation_and_sockets_agree_on_sampled_cases(tmp_path: Path) -> None:
    state = tmp_path / "agreement.jsonl"

    have = played(state, cases=4, at_once=1)

    whys = [disagreement(each.failed, failed_of_seeds(sampled(each.number))) for each in have]
    assert whys == [None] * 4
    assert played(state, cases=4, at_once=1) == have


@pytest.mark.parametrize(
    ("real", "simulated", "agrees"),
    [
        pytest.param(0, [0, 0], True, id="neither-loses"),
        pytest.param(1, [0, 0], False, id="only-sockets-lose"),
        pytest.param(0, [1, 9], False, id="only-the-simulation-loses"),
        pytest.param(0, [0, 9], True, id="it-may-lose"),
        pytest.param(20, [10, 12], True, id="about-as-many"),
        pytest.param(60, [10, 12], False, id="far-more"),
    ],
)
def test_what_agreement_is(*, real: int, simulated: list[int], agrees: bool) -> None:
    assert (disagreement(real, simulated) is None) is agrees
