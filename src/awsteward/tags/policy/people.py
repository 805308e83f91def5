"""Who is told what, where and when: the part of `slack:` in `awsteward.yaml` that is about people.

Values and how they are read. What follows from them is `tags.tell`'s business; no URL, no token
and no secret of Slack's is ever in the policy.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, time, timedelta, tzinfo
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from awsteward.core.yaml import Fields, Items, Node, Scalar
from awsteward.tags.policy.bot import WHERE as BOT
from awsteward.tags.policy.bot import Bot, bot
from awsteward.tags.policy.checker import Checker
from awsteward.tags.policy.patterns import Globs

SETTINGS: Final = (
    "routes", "severity", "digest", "quiet",
    "people", "teams", "owners", "reminders", "most_per_week", "bot",
)  # fmt: skip
SLACK_ID: Final = re.compile(r"[UWS][A-Z0-9]{8,}")
"""A person (U, W) or a group of people (S); nothing else is ever mentioned."""
ROUTE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
"""A channel's name, as the environment gives it."""
MOST_REMINDERS = 10
LONGEST_REMINDER = timedelta(days=365)
LARGEST_WEEK = 1000
_ROUTE = ("to", "accounts", "teams", "types")
_QUIET = ("from", "until", "zone", "days")


ANYTHING: Final = Globs()


class Told(StrEnum):
    """What a message can tell of one resource."""

    DENIED = "denied"
    """The right to tag it is missing."""
    FAILED = "failed"
    GUARDED = "guarded"
    """A question about a key that other systems act on."""
    QUESTION = "question"
    UNKNOWN = "unknown"
    TAGGED = "tagged"
    WOULD_TAG = "would-tag"


class Severity(StrEnum):
    """How long it may wait."""

    URGENT = "urgent"
    """Told at once, in quiet hours too."""
    INSTANT = "instant"
    """Told at once."""
    WINDOW = "window"
    """Told when its window of time is over."""
    DIGEST = "digest"
    """Told once a day."""


class Day(StrEnum):
    """Days in the order of `date.weekday`."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What goes to a channel of its own."""

    to: str
    accounts: Globs = ANYTHING
    teams: Globs = ANYTHING
    types: Globs = ANYTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Hours in which only what is urgent is sent."""

    since: time
    until: time
    """Of the next day where it is not after `since`."""
    zone: tzinfo
    days: frozenset[int] = frozenset(range(7))
    """Days of the week on which the hours begin, Monday is 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily:
    """When a day's digest is due."""

    at: time = time(9)
    zone: tzinfo = UTC


Ids = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """Who is asked by name; names are kept in small letters."""

    people: Mapping[str, Ids] = field(default_factory=dict)
    """By user name, session name or e-mail address."""
    teams: Mapping[str, Ids] = field(default_factory=dict)
    owners: Mapping[str, Ids] = field(default_factory=dict)
    """By account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Everything about people."""

    routes: tuple[Route, ...] = ()
    """The first that fits counts; what none fits goes to the channel that `SLACK_URL` leads to."""
    severity: Mapping[Told, Severity] = field(default_factory=dict)
    """What is not named waits for its window."""
    digest: Daily = Daily()
    quiet: tuple[Quiet, ...] = ()
    mentions: Mentions = field(default_factory=Mentions)
    reminders: tuple[timedelta, ...] = (timedelta(days=1), timedelta(days=3), timedelta(days=7))
    """After a question was asked; rising."""
    most_per_week: int = 10
    bot: Bot | None = None
    """None: messages hold nothing to press."""


def telling(check: Checker, part: Mapping[str, Node]) -> Telling:
    """What the fields of `slack:` say about people."""
    usual = Telling()
    most = _whole(check, part.get("most_per_week"), "slack.most_per_week")
    return Telling(
        routes=tuple(_route(check, each) for each in check.items(part.get("routes"), _R)),
        severity=_severity(check, part.get("severity")),
        digest=_daily(check, part.get("digest")),
        quiet=tuple(_quiet(check, each) for each in _one_or_more(part.get("quiet"))),
        mentions=Mentions(
            people=_ids(check, part.get("people"), "slack.people"),
            teams=_ids(check, part.get("teams"), "slack.teams"),
            owners=_owners(check, part.get("owners")),
        ),
        reminders=_reminders(check, part.get("reminders"), usual.reminders),
        most_per_week=usual.most_per_week if most is None else most,
        bot=bot(check, part.get("bot"), _answerers(check, part.get("bot"))),
    )


# --- where -----------------------------------------------------------------------------------

_R = "slack.routes"


def _route(check: Checker, node: Node) -> Route:
    part = check.fields(node, _R, _ROUTE)
    name = check.text(part.get("to"), f"{_R}.to")
    if name is None:
        check.wrong(node.place, _R, "needs `to:` with the name of a channel in AWSTEWARD_SLACKS")
    elif not ROUTE.fullmatch(name):
        # Never show what stands there: somebody may have pasted a webhook's URL.
        what = "must be a name (letters, digits, . _ -); its URL belongs into AWSTEWARD_SLACKS"
        check.wrong(part["to"].place, f"{_R}.to", what)
    return Route(
        to=name or "",
        accounts=check.globs(part.get("accounts"), f"{_R}.accounts"),
        teams=check.globs(part.get("teams"), f"{_R}.teams"),
        types=check.globs(part.get("types"), f"{_R}.types"),
    )


# --- when ------------------------------------------------------------------------------------


def _severity(check: Checker, node: Node | None) -> Mapping[Told, Severity]:
    where, found = "slack.severity", dict[Told, Severity]()
    for key, value in check.entries(node, where):
        what = check.word(key, where, Told)
        how = check.word(value, f"{where}.{key.text}", Severity)
        if what and how:
            found[what] = how
    return MappingProxyType(found)


def _daily(check: Checker, node: Node | None) -> Daily:
    where, usual = "slack.digest", Daily()
    part = check.fields(node, where, ("at", "zone"))
    return Daily(
        at=_clock(check, part.get("at"), f"{where}.at") or usual.at,
        zone=_zone(check, part.get("zone"), f"{where}.zone") or usual.zone,
    )


def _quiet(check: Checker, node: Node) -> Quiet:
    where = "slack.quiet"
    part = check.fields(node, where, _QUIET)
    for name in ("from", "until", "zone"):
        if name not in part:
            check.wrong(node.place, where, f"needs `{name}:`")
    days = [check.word(day, f"{where}.days", Day) for day in check.scalars(part.get("days"), where)]
    order = list(Day)
    return Quiet(
        since=_clock(check, part.get("from"), f"{where}.from") or time(),
        until=_clock(check, part.get("until"), f"{where}.until") or time(),
        zone=_zone(check, part.get("zone"), f"{where}.zone") or UTC,
        days=frozenset(order.index(day) for day in days if day) or frozenset(range(7)),
    )


def _one_or_more(node: Node | None) -> tuple[Node, ...]:
    if node is None or (isinstance(node, Scalar) and node.is_null):
        return ()
    return node.nodes if isinstance(node, Items) else (node,)


def _clock(check: Checker, node: Node | None, where: str) -> time | None:
    text = check.text(node, where)
    if node is None or text is None:
        return None
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
        check.wrong(node.place, where, f'is {text!r}; write a time of day such as "08:00"')
        return None
    return time.fromisoformat(text)


def _zone(check: Checker, node: Node | None, where: str) -> tzinfo | None:
    text = check.text(node, where)
    if node is None or text is None:
        return None
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder, such as Asia
        what = f"is {text!r}, no time zone that is known here; write one such as Asia/Seoul"
        check.wrong(node.place, where, f"{what} (where none is known at all, install tzdata)")
        return None


def _reminders(
    check: Checker, node: Node | None, usual: tuple[timedelta, ...]
) -> tuple[timedelta, ...]:
    if node is None:
        return usual
    where = "slack.reminders"
    found = [check.duration(each, where) for each in check.scalars(node, where)]
    times = tuple(each for each in found if each is not None)
    if list(times) != sorted({*times}) or len(times) > MOST_REMINDERS:
        what = f"must rise, as in [1d, 3d, 7d], and name at most {MOST_REMINDERS} times"
        check.wrong(node.place, where, what)
    if any(not timedelta() < each <= LONGEST_REMINDER for each in times):
        check.wrong(node.place, where, f"must be within {LONGEST_REMINDER.days} days")
    return times


def _whole(check: Checker, node: Node | None, where: str) -> int | None:
    text = check.text(node, where)
    if node is None or text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= LARGEST_WEEK:
        check.wrong(node.place, where, f"is {text!r}; write a number from 1 to {LARGEST_WEEK}")
        return None
    return int(text)


# --- who -------------------------------------------------------------------------------------


def _ids(check: Checker, node: Node | None, where: str) -> Mapping[str, Ids]:
    """A name and an id, or a list of ids, on each line; capitals in a name make no difference."""
    found: dict[str, Ids] = {}
    for name, value in check.entries(node, where):
        path = f"{where}.{name.text}"
        found[name.text.casefold()] = tuple(
            each for each in _texts(check, value, path) if _is_id(check, value, each, path)
        )
    return MappingProxyType(found)


def _texts(check: Checker, node: Node, where: str) -> tuple[str, ...]:
    if isinstance(node, Items):
        return check.words(node, where)
    if isinstance(node, Fields):
        check.wrong(node.place, where, "must be a Slack id or a list of them")
        return ()
    text = check.text(node, where)
    return (text,) if text else ()


def _is_id(check: Checker, node: Node, text: str, where: str) -> bool:
    if SLACK_ID.fullmatch(text):
        return True
    what = f"is {text!r}, no Slack id (U…, W… or S… and eight or more of A-Z, 0-9)"
    check.wrong(node.place, where, f"{what}; in Slack it is under a profile's ⋮, Copy member ID")
    return False


def _answerers(check: Checker, node: Node | None) -> Ids:
    listed = node.get("answerers") if isinstance(node, Fields) else None
    if listed is None:
        return ()
    where = f"{BOT}.answerers"
    ids = _texts(check, listed, where)
    return tuple(each for each in ids if _is_id(check, listed, each, where))


def _owners(check: Checker, node: Node | None) -> Mapping[str, Ids]:
    for account, _ in check.entries(node, "slack.owners"):
        if not re.fullmatch(r"[0-9]{12}", account.text):
            what = "is not an account id of 12 digits"
            check.wrong(account.place, f"slack.owners.{account.text}", what)
    return _ids(check, node, "slack.owners")
