"""The three-state rule: what one connection's queues and stamps say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsteward.rollout.gate import (
    BUSY,
    CLOSE_WAIT,
    CLOSING,
    ESTABLISHED,
    FIN_WAIT1,
    FIN_WAIT2,
    IDLE,
    LAST_ACK,
    NEW_SYN_RECV,
    SYN_RECV,
    TIME_WAIT,
    UNSURE,
    judge,
)

QUIET = (900_000, 900_000)
ages = st.integers(0, 10**9)


@pytest.mark.parametrize(
    ("state", "unread", "unsent", "stamps", "verdict"),
    [
        pytest.param(ESTABLISHED, 0, 0, (500, 700), IDLE, id="answered"),
        pytest.param(ESTABLISHED, 0, 0, (700, 500), BUSY, id="asked"),
        pytest.param(ESTABLISHED, 0, 0, (900_000, 500_000), BUSY, id="asked-long-ago"),
        pytest.param(ESTABLISHED, 1, 0, (500, 700), BUSY, id="unread"),
        pytest.param(ESTABLISHED, 0, 1, (500, 700), BUSY, id="answer-not-acknowledged"),
        pytest.param(ESTABLISHED, 0, 0, (500, 500), UNSURE, id="same-tick"),
        pytest.param(ESTABLISHED, 0, 0, (30_000, 30_000), IDLE, id="same-tick-and-quiet"),
        pytest.param(ESTABLISHED, 0, 0, (40, 700), UNSURE, id="answering-a-moment-ago"),
        pytest.param(ESTABLISHED, 0, 0, None, BUSY, id="no-stamps"),
        pytest.param(SYN_RECV, 0, 0, None, BUSY, id="shaking-hands"),
        pytest.param(NEW_SYN_RECV, 0, 0, QUIET, BUSY, id="shaking-hands-newer-kernels"),
        pytest.param(CLOSE_WAIT, 1, 0, (500, 700), IDLE, id="closed-by-the-client"),
        pytest.param(CLOSE_WAIT, 2, 0, (500, 700), BUSY, id="request-and-its-end-unread"),
        pytest.param(CLOSE_WAIT, 0, 0, (700, 500), BUSY, id="half-closed-and-waiting"),
        pytest.param(FIN_WAIT1, 0, 1, QUIET, IDLE, id="only-our-fin-under-way"),
        pytest.param(FIN_WAIT1, 0, 100, QUIET, BUSY, id="answer-under-way"),
        pytest.param(LAST_ACK, 0, 100, None, BUSY, id="answer-under-way-to-who-closed"),
        pytest.param(CLOSING, 0, 1, None, IDLE, id="both-closed"),
        pytest.param(FIN_WAIT2, 5, 0, (700, 500), IDLE, id="nothing-more-to-say"),
        pytest.param(TIME_WAIT, 0, 0, None, IDLE, id="over"),
    ],
)
def test_a_connection_is(
    state: int, unread: int, unsent: int, stamps: tuple[int, int] | None, verdict: str
) -> None:
    assert judge(state, unread, unsent, stamps, 30_000, 100) == verdict


@given(sent=ages, received=ages, longest=ages, pause=ages)
def test_only_who_answered_later_or_was_quiet_for_long_is_idle(
    sent: int, received: int, longest: int, pause: int
) -> None:
    verdict = judge(ESTABLISHED, 0, 0, (sent, received), longest, pause)

    answered = sent < received and sent >= pause
    quiet = sent == received and sent >= longest
    assert (verdict == IDLE) == (answered or quiet)
    assert (verdict == BUSY) == (received < sent)


@given(queue=st.integers(1, 10**6), sent=ages, received=ages)
def test_bytes_in_a_queue_are_busy_whatever_the_stamps_say(
    queue: int, sent: int, received: int
) -> None:
    assert judge(ESTABLISHED, queue, 0, (sent, received), 0, 0) == BUSY
    assert judge(ESTABLISHED, 0, queue, (sent, received), 0, 0) == BUSY
