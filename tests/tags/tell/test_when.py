from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsteward.tags.model.handled import Result
from awsteward.tags.model.outcome import Trouble
from awsteward.tags.model.plan import Ask
from awsteward.tags.policy.model import Slack
from awsteward.tags.policy.people import Daily, Quiet, Severity, Telling, Told
from awsteward.tags.tell.when import due, is_quiet, last_digest, severity, told_as
from tests.tags.tell.test_letter import TOLD

SEOUL, BERLIN = ZoneInfo("Asia/Seoul"), ZoneInfo("Europe/Berlin")
NIGHT = Quiet(since=time(19), until=time(8), zone=SEOUL)
ASK = Ask(key="Environment", why="")
zones = st.sampled_from(["Asia/Seoul", "Europe/Berlin", "America/Santiago", "Australia/Lord_Howe"])
minutes = st.builds(time, st.integers(0, 23), st.integers(0, 59))
moments = st.datetimes(
    min_value=datetime.fromisoformat("2000-01-01"),
    max_value=datetime.fromisoformat("2037-01-01"),
    timezones=st.just(UTC),
)


def manner(*, quiet: tuple[Quiet, ...] = (), **severities: Severity) -> Slack:
    levels = {Told(name): level for name, level in severities.items()}
    return Slack(telling=Telling(severity=levels, quiet=quiet))


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"result": Result.FAILED, "trouble": Trouble.DENIED}, Told.DENIED),
        ({"result": Result.FAILED, "trouble": Trouble.REMOTE}, Told.FAILED),
        ({"result": Result.UNKNOWN}, Told.UNKNOWN),
        ({"result": Result.PENDING, "asks": (ASK,)}, Told.QUESTION),
        ({"result": Result.TAGGED, "asks": (ASK,), "guarded": True}, Told.GUARDED),
        ({"result": Result.TAGGED, "asks": ()}, Told.TAGGED),
        ({"result": Result.WOULD_TAG, "asks": ()}, Told.WOULD_TAG),
    ],
)
def test_what_needs_a_person_says_what_a_notice_is(changes: dict[str, Any], what: Told) -> None:
    assert told_as(replace(TOLD, **changes)) is what


def test_what_nobody_named_waits_for_its_window() -> None:
    assert severity(TOLD, Telling()) is Severity.WINDOW
    assert not due(TOLD, Slack(), TOLD.at + timedelta(minutes=59))
    assert due(TOLD, Slack(), TOLD.at + timedelta(minutes=60))


def test_a_question_about_a_guarded_key_is_a_question_unless_said_otherwise() -> None:
    asked = replace(TOLD, asks=(ASK,), guarded=True)

    assert severity(asked, manner(question=Severity.INSTANT).telling) is Severity.INSTANT
    assert severity(asked, manner(guarded=Severity.DIGEST).telling) is Severity.DIGEST


def test_only_what_is_urgent_is_told_in_quiet_hours() -> None:
    midnight = datetime(2026, 11, 23, 15, tzinfo=UTC)  # 00:00 in Seoul
    told = replace(TOLD, at=midnight, asks=())

    assert due(told, manner(quiet=(NIGHT,), tagged=Severity.URGENT), midnight)
    assert not due(told, manner(quiet=(NIGHT,), tagged=Severity.INSTANT), midnight)
    assert due(told, manner(quiet=(NIGHT,), tagged=Severity.INSTANT), midnight.replace(hour=23))


def test_a_digest_is_told_at_its_time_and_not_before() -> None:
    told = replace(TOLD, asks=(), at=TOLD.at + timedelta(minutes=1))
    daily = manner(tagged=Severity.DIGEST)

    assert not due(told, daily, TOLD.at + timedelta(hours=23, minutes=59))
    assert due(told, daily, (TOLD.at + timedelta(days=1)).replace(hour=9, minute=0))


@pytest.mark.parametrize(
    ("at", "quiet"),
    [
        ("2026-11-23T18:59", False), ("2026-11-23T19:00", True), ("2026-11-24T00:00", True),
        ("2026-11-24T07:59", True), ("2026-11-24T08:00", False),
    ],
)  # fmt: skip
def test_hours_over_midnight_are_quiet_on_both_sides(at: str, *, quiet: bool) -> None:
    now = datetime.fromisoformat(at).replace(tzinfo=SEOUL)

    assert is_quiet([NIGHT], now) is quiet
    assert is_quiet([NIGHT], now.astimezone(UTC)) is quiet


def test_what_begins_on_friday_lasts_into_saturday_and_not_from_thursday() -> None:
    friday = replace(NIGHT, days=frozenset({4}))

    assert is_quiet([friday], datetime(2026, 11, 28, 7, tzinfo=SEOUL))
    assert not is_quiet([friday], datetime(2026, 11, 27, 7, tzinfo=SEOUL))


def test_when_clocks_go_forward_the_hours_are_shorter_and_end_by_the_clock() -> None:
    night = Quiet(since=time(1), until=time(4), zone=BERLIN)
    begin = datetime(2026, 3, 29, 0, tzinfo=UTC)  # 01:00 in Berlin; 02:00 becomes 03:00

    quiet = [is_quiet([night], begin + timedelta(minutes=n)) for n in range(-1, 121)]

    assert quiet == [False, *[True] * 120, False]


def test_when_clocks_go_back_the_hours_are_longer() -> None:
    night = Quiet(since=time(1), until=time(4), zone=BERLIN)
    begin = datetime(2026, 10, 24, 23, tzinfo=UTC)  # 01:00 in Berlin; 03:00 becomes 02:00

    quiet = [is_quiet([night], begin + timedelta(minutes=n)) for n in range(-1, 241)]

    assert quiet == [False, *[True] * 240, False]


@given(since=minutes, until=minutes, zone=zones, at=moments)
def test_at_any_moment_either_these_hours_or_the_others_are_quiet(
    since: time, until: time, zone: str, at: datetime
) -> None:
    one = Quiet(since=since, until=until, zone=ZoneInfo(zone))
    other = replace(one, since=until, until=since)

    if since == until:
        assert is_quiet([one], at)
    else:
        assert is_quiet([one], at) != is_quiet([other], at)


@given(since=minutes, until=minutes, zone=zones, at=moments)
def test_far_from_a_change_of_clocks_the_wall_clock_says_what_is_quiet(
    since: time, until: time, zone: str, at: datetime
) -> None:
    here = at.astimezone(ZoneInfo(zone))
    near = (here + timedelta(days=2)).utcoffset() != (here - timedelta(days=2)).utcoffset()
    now = here.time()
    inside = since <= now < until if since < until else now >= since or now < until

    assert near or is_quiet([Quiet(since=since, until=until, zone=ZoneInfo(zone))], at) is inside


@given(at=minutes, zone=zones, now=moments)
def test_the_last_digest_is_within_a_day_and_an_hour_and_shows_its_time(
    at: time, zone: str, now: datetime
) -> None:
    daily = Daily(at=at, zone=ZoneInfo(zone))

    last = last_digest(daily, now)

    assert now - timedelta(hours=25) < last <= now
    assert last_digest(daily, last) == last
