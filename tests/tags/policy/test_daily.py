from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsteward.core.errors import ConfigError
from awsteward.tags.policy.daily import NINE, daily
from awsteward.tags.policy.model import Policy
from awsteward.tags.policy.parse import parse

MOMENTS = st.datetimes(datetime(2001, 1, 1), datetime(2037, 1, 1)).map(  # noqa: DTZ001  made UTC
    lambda at: at.replace(tzinfo=UTC)
)
TIMES = st.sampled_from(["00:00", "02:30 Europe/Berlin", "09:00 Asia/Seoul", "23:59"])


def policy(summary: str) -> Policy:
    return parse(f"version: 1\ntags: {{required: [Owner]}}\nslack: {{{summary}}}\n", "a.yaml")


def test_a_day_ends_when_the_people_there_say_so() -> None:
    seoul = policy("summary: 09:00 Asia/Seoul").slack.summary
    assert seoul is not None

    early = seoul.period(datetime(2030, 1, 31, 23, 59, tzinfo=UTC))
    late = seoul.period(datetime(2030, 2, 1, 0, 0, tzinfo=UTC))

    assert (early.day, late.day) == (date(2030, 1, 31), date(2030, 2, 1))
    assert late.until == datetime(2030, 2, 1, 0, 0, tzinfo=UTC)
    assert late.since == early.until


def test_the_day_on_which_summer_begins_is_an_hour_shorter() -> None:
    berlin = daily("09:00 Europe/Berlin")
    assert berlin is not None

    day = berlin.period(datetime(2030, 3, 31, 12, tzinfo=ZoneInfo("Europe/Berlin")))

    assert day.until - day.since == timedelta(hours=23)


@given(MOMENTS, TIMES)
def test_every_moment_falls_into_the_day_after_the_last_that_is_over(
    now: datetime, at: str
) -> None:
    asked = daily(at)
    assert asked is not None

    last = asked.period(now)

    assert last.since < last.until <= now
    assert now - last.until <= timedelta(hours=25)
    assert asked.period(last.until) == last


def test_unless_somebody_switches_it_off_the_day_is_summed_up_at_nine() -> None:
    assert policy("language: en").slack.summary == NINE == daily("09:00")
    assert policy("summary: off").slack.summary is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("9am", "write a time such as 09:00"),
        ("24:00", "write a time such as 09:00"),
        ("09:00 Asia/Atlantis", "no time zone here"),
        ("09:00 ../../etc/passwd", "no time zone here"),
        ("09:00 Asia", "no time zone here"),
    ],
)
def test_what_is_no_time_is_named_with_its_line(text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=rf"a.yaml:3.*slack.summary.*{why}"):
        policy(f"summary: {text}")
