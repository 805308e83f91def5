"""``slack: summary:`` when the day is summed up, and which day that is. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

OFF = "off"
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?:\s+(\S+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A day that is over, by somebody's clock."""

    day: date
    """On which it ended."""
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily:
    """The time of day at which the last 24 hours are summed up; summer time is the zone's."""

    at: time = time(9)
    zone: tzinfo = UTC

    def period(self, now: datetime) -> Period:
        """The last one that is over by *now*."""
        today = now.astimezone(self.zone).date()
        day = today if self._end(today) <= now else today - timedelta(days=1)
        return Period(day=day, since=self._end(day - timedelta(days=1)), until=self._end(day))

    def _end(self, day: date) -> datetime:
        return datetime.combine(day, self.at, self.zone).astimezone(UTC)


NINE = Daily()


def daily(text: str) -> Daily | None:
    """``09:00``, ``09:00 Asia/Seoul`` or ``off``; ValueError says what is wrong."""
    if text == OFF:
        return None
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"is {text!r}; write a time such as 09:00 or 09:00 Asia/Seoul, or off")
    return Daily(at=time(int(found[1]), int(found[2])), zone=_zone(found[3]))


def _zone(name: str | None) -> tzinfo:
    """ZoneInfo takes the name for a path, and says so in exceptions of its own."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        what = f"names {name!r}, which is no time zone here; write one such as Asia/Seoul"
        raise ValueError(what) from error
