"""When a notice may be told: how much it matters, quiet hours, the day's digest. Pure."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import assert_never

from awsteward.tags.model.handled import Result
from awsteward.tags.model.outcome import Trouble
from awsteward.tags.policy.model import Slack
from awsteward.tags.policy.people import Daily, Quiet, Severity, Telling, Told
from awsteward.tags.tell.digest import sane, window_start
from awsteward.tags.tell.notice import Notice

_DAY = timedelta(days=1)


def told_as(told: Notice) -> Told:
    """What *told* is, among what the policy tells apart; what needs a person counts first."""
    match told.result:
        case Result.FAILED:
            return Told.DENIED if told.trouble is Trouble.DENIED else Told.FAILED
        case Result.UNKNOWN:
            return Told.UNKNOWN
        case Result.WOULD_TAG | Result.TAGGED | Result.PENDING | Result.COMPLIANT:
            if told.asks:
                return Told.GUARDED if told.guarded else Told.QUESTION
            return Told.WOULD_TAG if told.result is Result.WOULD_TAG else Told.TAGGED
        case _:
            assert_never(told.result)


def severity(told: Notice, manner: Telling) -> Severity:
    """How long *told* may wait; what the policy does not name waits for its window."""
    what = told_as(told)
    usual = manner.severity.get(Told.QUESTION) if what is Told.GUARDED else None
    return manner.severity.get(what) or usual or Severity.WINDOW


def due(told: Notice, manner: Slack, now: datetime) -> bool:
    """Whether *told* may be sent at the time *now*."""
    level = severity(told, manner.telling)
    if level is Severity.URGENT:
        return True
    if is_quiet(manner.telling.quiet, now):
        return False
    match level:
        case Severity.INSTANT:
            return True
        case Severity.WINDOW:
            return window_start(told.at, manner.window) + manner.window <= now
        case Severity.DIGEST:
            return told.at <= last_digest(manner.telling.digest, now)
        case _:
            assert_never(level)


def is_quiet(hours: Iterable[Quiet], now: datetime) -> bool:
    """Whether *now* lies in one of *hours*, by the clocks of their zones.

    What begins before midnight belongs to the day on which it begins. Where a clock is put
    forward or back, the hours begin and end when the clock on the wall first shows the time.
    """
    return any(_holds(each, now) for each in hours)


def _holds(hours: Quiet, now: datetime) -> bool:
    today = sane(now).astimezone(hours.zone).date()
    # Of yesterday too, for what began before midnight.
    return any(
        day.weekday() in hours.days
        and _moment(day, hours.since, hours.zone) <= now < _moment(end, hours.until, hours.zone)
        for day, end in ((each, _end(hours, each)) for each in (today - _DAY, today))
    )


def _end(hours: Quiet, day: date) -> date:
    """The day on which hours that begin on *day* end."""
    return day if hours.since < hours.until else day + _DAY


def _moment(day: date, at: time, zone: tzinfo) -> datetime:
    """In UTC: moments of one zone would be compared by what its clocks show."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def last_digest(daily: Daily, now: datetime) -> datetime:
    """The latest moment, not after *now*, at which a day's digest was due."""
    today = sane(now).astimezone(daily.zone).date()
    moments = (_moment(today - back * _DAY, daily.at, daily.zone) for back in range(3))
    return next(moment for moment in moments if moment <= sane(now))
