import json
from dataclasses import replace

import pytest

from awsteward.rollout.model import Tally
from awsteward.rollout.rehearse import shipped, tell
from awsteward.rollout.rehearse.director import Seen
from awsteward.rollout.rehearse.reconcile import reconcile
from awsteward.rollout.rehearse.run import Happened, Mark, Request, Stop
from awsteward.rollout.rehearse.scenario import LosesAtLeast, LosesNothing, parse
from awsteward.rollout.rehearse.verdict import held, judged

CLEAN = Tally(
    sent=100, answered=100, lost=0, doubled=0, committed_unanswered=0, stops=1, stop_s=(1.0,)
)
SCENARIO = parse(*shipped.text("rolling-gate"))


def request(number: int, status: int = 200, late_s: float = 0.0) -> Request:
    return Request(
        id=f"q{number}", due_s=number / 10, sent_s=number / 10 + late_s,
        answered_s=number / 10 + 0.05, status=status, replica="r1", method="GET",
    )  # fmt: skip


def seen(requests: tuple[Request, ...], out_s: float = 1.0) -> Seen:
    marks = (
        Mark(at_s=0.0, what=Happened.DEREGISTER, replica="r1"),
        Mark(at_s=out_s, what=Happened.OUT, replica="r1"),
        Mark(at_s=1.5, what=Happened.GONE, replica="r1"),
    )
    stop = Stop(
        replica="r1", asked_s=0.0, hook_exit=1, term_s=1.4, killed=True, gone_s=1.5, said=""
    )
    commits = {each.id: 1 for each in requests if each.accepted}
    return Seen(
        requests=requests, reckoning=reconcile(requests, commits), marks=marks, stops=(stop,)
    )


@pytest.mark.parametrize(
    ("tally", "holds"),
    [
        pytest.param(CLEAN, True, id="nothing"),
        pytest.param(replace(CLEAN, lost=1), False, id="lost"),
        pytest.param(replace(CLEAN, doubled=1), False, id="doubled"),
        pytest.param(replace(CLEAN, committed_unanswered=1), False, id="its-client-does-not-know"),
    ],
)
def test_nothing_lost_means_nothing_doubled_and_nobody_left_in_the_dark(
    tally: Tally, *, holds: bool
) -> None:
    assert held(LosesNothing(), tally, 0.0) is holds


@pytest.mark.parametrize(
    ("lost", "share", "holds"), [(6, 0.06, True), (4, 0.04, False), (0, 0.0, False)]
)
def test_a_control_that_loses_too_little_does_not_hold(
    lost: int, share: float, *, holds: bool
) -> None:
    expected = LosesAtLeast(share=0.05)

    assert held(expected, replace(CLEAN, lost=lost), share) is holds


def test_a_loss_is_a_share_of_what_was_sent_while_things_changed() -> None:
    requests = tuple(request(n, 503 if n in {3, 4, 5, 6} else 200) for n in range(100))

    run = judged(SCENARIO, seen(requests))

    assert run.lost_share == pytest.approx(4 / 16)
    assert (run.tally.lost, run.held) == (4, False)


def test_a_machine_that_was_too_busy_is_said() -> None:
    late = judged(SCENARIO, seen((request(1, late_s=0.2),), out_s=1.45))
    calm = judged(SCENARIO, seen((request(1),)))

    assert [note.partition(":")[0] for note in late.notes] == [
        "the balancer was told only 1.45 s after deregistration, later than min_wait",
        "1 request in 100 began more than 0.20 s late",
    ]
    assert calm.notes == ()


def test_the_text_says_what_was_counted_and_how_each_replica_went() -> None:
    requests = tuple(request(n, 503 if n == 3 else 200) for n in range(10))

    text = tell.text(judged(SCENARIO, seen(requests)))

    assert "sent                10" in text
    assert "lost                 1" in text
    assert "hook ended with 1  KILLED" in text
    assert text.endswith("IT DID NOT HOLD (10.00 % of what was sent meanwhile)")


def test_the_json_holds_every_request_mark_and_stop() -> None:
    run = judged(SCENARIO, seen((request(1), request(2, 503))))

    shape = json.loads(tell.as_json(run))

    assert [each["id"] for each in shape["requests"]] == ["q1", "q2"]
    assert shape["reckoning"]["lost"] == ["q2"]
    assert shape["marks"][1] == {"at_s": 1.0, "what": "out", "replica": "r1", "detail": ""}
    assert shape["stops"][0]["killed"] is True
    assert shape["tally"]["sent"] == 2
