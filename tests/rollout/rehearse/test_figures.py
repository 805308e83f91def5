import pytest

from awsteward.rollout.rehearse.figures import bound, quantile, sent_within, slowest_out_s, window
from awsteward.rollout.rehearse.run import Happened, Mark, Request


def mark(at_s: float, what: Happened, replica: str) -> Mark:
    return Mark(at_s=at_s, what=what, replica=replica)


def due(at_s: float) -> Request:
    return Request(
        id="q", due_s=at_s, sent_s=at_s, answered_s=None, status=0, replica="", method="GET"
    )


def test_the_window_is_while_something_changed() -> None:
    marks = (mark(2.0, Happened.TERM, "r1"), mark(1.0, Happened.STARTED, "r2"))

    span = window(marks)

    assert span == (1.0, 2.0)
    assert sent_within([due(0.9), due(1.0), due(1.5), due(2.1)], span) == 2


def test_nothing_changed_in_an_empty_window() -> None:
    assert window(()) == (0.0, 0.0)


def test_the_slowest_way_out_is_seen_whatever_lies_in_between() -> None:
    marks = (
        mark(1.0, Happened.DEREGISTER, "r1"),
        mark(1.5, Happened.DEREGISTER, "r2"),
        mark(2.0, Happened.OUT, "r1"),
        mark(2.1, Happened.TERM, "r2"),
        mark(3.0, Happened.OUT, "r2"),
    )

    assert slowest_out_s(marks) == pytest.approx(1.5)


@pytest.mark.parametrize(("clean", "share"), [(1_000_000, 3e-6), (1_000, 3e-3), (1, 1.0), (0, 1.0)])
def test_what_never_failed_may_fail_three_in_as_many(clean: int, share: float) -> None:
    assert bound(clean) == pytest.approx(share)


def test_a_quantile_of_nothing_is_nothing() -> None:
    assert quantile([], 0.99) == 0.0
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile([3.0, 1.0, 2.0], 1.0) == 3.0
