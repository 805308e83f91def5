"""The history is asked as fast as AWS allows, and as patiently as it wants."""

import pytest

from awsteward.clients.aws.history import Span
from awsteward.clients.aws.refusals import Refusal
from awsteward.core.errors import AccessError, ConfigError, RemoteError, StewardError
from awsteward.tags.lookout.pages import WAITS_S, Pages
from tests.tags.guard.estate import NOON
from tests.tags.lookout.history import MINUTE, REGION, History, Time

SPAN = Span(NOON - 60 * MINUTE, NOON)
THROTTLED = Refusal(code="ThrottlingException", message="Rate exceeded")


def pages(history: History, *, stopped: bool = False) -> Pages:
    return Pages(
        door=history, clock=history.time.clock,
        monotonic=history.time.monotonic, stopping=lambda: stopped,
    )  # fmt: skip


def test_no_region_is_asked_more_than_twice_a_second() -> None:
    history = History(Time(), size=1)
    for n in range(3):
        history.happened("b", f"e{n}", ago=(2 + n) * MINUTE)

    of = pages(history)
    list(of.of(REGION, SPAN))
    list(of.of("us-east-1", SPAN))

    assert history.time.slept == [0.5] * 4  # five pages: the first of each region comes at once


def test_throttling_is_waited_for_and_nothing_is_left_out() -> None:
    history = History(Time(), refusals=[THROTTLED] * 3)
    history.happened("b", "e1", ago=2 * MINUTE)

    found = list(pages(history).of(REGION, SPAN))

    assert [[*page.records] for page in found] == [["e1"]]
    assert [s for s in history.time.slept if s >= 1] == [1, 2, 4]


@pytest.mark.parametrize(
    ("refusal", "error", "said"),
    [
        pytest.param(
            Refusal(code="AccessDeniedException", message="no"),
            AccessError, "allow cloudtrail:LookupEvents: ", id="denied",
        ),
        pytest.param(
            Refusal(code="ExpiredTokenException", message="old"),
            ConfigError, "check your AWS settings", id="signed out",
        ),
        pytest.param(
            Refusal(code="InvalidTimeRangeException", message="odd"),
            RemoteError, "event history of eu-west-1: InvalidTimeRange", id="refused",
        ),
    ],
)  # fmt: skip
def test_what_waiting_does_not_help_ends_at_once(
    refusal: Refusal, error: type[StewardError], said: str
) -> None:
    history = History(Time(), refusals=[refusal])

    with pytest.raises(error, match=said):
        list(pages(history).of(REGION, SPAN))

    assert len(history.asked) == 1


def test_throttled_for_minutes_it_gives_up_until_the_next_round() -> None:
    history = History(Time(), refusals=[THROTTLED] * 100)

    with pytest.raises(RemoteError, match="ThrottlingException"):
        list(pages(history).of(REGION, SPAN))

    assert len(history.asked) == len(WAITS_S) + 1


def test_told_to_stop_it_asks_nothing_more() -> None:
    history = History(Time())

    assert list(pages(history, stopped=True).of(REGION, SPAN)) == []
    assert history.asked == []
