"""The section ``enforcement:`` of `awsteward.yaml`: what a guard on duty may write, and when not.

It says nothing of what is required; only the guard on duty looks at it, never a person's replay.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from awsteward.core.yaml import Node
from awsteward.tags.policy.checker import Checker
from awsteward.tags.policy.patterns import Globs

EVERYWHERE = Globs()
MOST_WITHIN = timedelta(days=1)
"""Counts are forgotten after two days."""

_SECTION = ("promotion", "writes_per_hour", "breaker", "freeze")
_BREAKER = ("denials", "removals", "within")
_FREEZE = ("from", "until", "why", "accounts")


class Promoting(StrEnum):
    """Whether a key is written only where a person promoted it."""

    REQUIRED = "required"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """How much may go wrong in one account before the guard stops writing there."""

    denials: int = 50
    removals: int = 10
    within: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """Days (UTC) on which nothing is written, the first and the last included."""

    first: date
    last: date
    why: str
    accounts: Globs = EVERYWHERE

    def holds(self, now: datetime) -> bool:
        """True on each of its days."""
        return self.first <= now.astimezone(UTC).date() <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Enforcement:
    """All that keeps a guard in mode enforce from writing at once, everywhere and for ever."""

    promotion: Promoting = Promoting.REQUIRED
    writes_per_hour: int = 500
    """Tags, in the whole of what shares one ledger."""
    breaker: Breaker = Breaker()
    freezes: tuple[Freeze, ...] = ()


USUAL = Enforcement()
"""Where the policy does not say."""


def enforcement(check: Checker, node: Node | None, keys: int) -> Enforcement:
    """The section; *keys* is how many tags one resource may need at once."""
    part = check.fields(node, "enforcement", _SECTION)
    promotion = check.word(part.get("promotion"), "enforcement.promotion", Promoting)
    return Enforcement(
        promotion=promotion or USUAL.promotion,
        writes_per_hour=_writes(check, part.get("writes_per_hour"), keys) or USUAL.writes_per_hour,
        breaker=_breaker(check, part.get("breaker")),
        freezes=_freezes(check, part.get("freeze")),
    )


def _writes(check: Checker, node: Node | None, keys: int) -> int | None:
    """A resource is tagged whole: one that needs more than an hour's room would wait for ever."""
    where = "enforcement.writes_per_hour"
    found = _number(check, node, where)
    if node is not None and found is not None and found < keys:
        what = f"is {found}, less than the {keys} tags that one resource may need"
        check.wrong(node.place, where, what)
    return found


def _breaker(check: Checker, node: Node | None) -> Breaker:
    where = "enforcement.breaker"
    part = check.fields(node, where, _BREAKER)
    usual = Breaker()
    within = check.duration(part.get("within"), f"{where}.within")
    if within is not None and not timedelta(0) < within <= MOST_WITHIN:
        check.wrong(part["within"].place, f"{where}.within", "must be more than 0s, at most 1d")
    return Breaker(
        denials=_number(check, part.get("denials"), f"{where}.denials") or usual.denials,
        removals=_number(check, part.get("removals"), f"{where}.removals") or usual.removals,
        within=within or usual.within,
    )


def _freezes(check: Checker, node: Node | None) -> tuple[Freeze, ...]:
    where = "enforcement.freeze"
    found = (_freeze(check, each, where) for each in check.items(node, where))
    return tuple(each for each in found if each is not None)


def _freeze(check: Checker, node: Node, where: str) -> Freeze | None:
    part = check.fields(node, where, _FREEZE)
    for name in ("from", "until", "why"):
        if name not in part:
            check.wrong(node.place, where, f"has no `{name}:`; give the days and why")
    first = check.day(part.get("from"), f"{where}.from")
    last = check.day(part.get("until"), f"{where}.until")
    why = check.text(part.get("why"), f"{where}.why")
    accounts = check.globs(part.get("accounts"), f"{where}.accounts")
    if first is None or last is None or why is None:
        return None
    if last < first:
        check.wrong(part["until"].place, f"{where}.until", f"is {last}, before {first}")
    return Freeze(first=first, last=last, why=why, accounts=accounts)


def _number(check: Checker, node: Node | None, where: str) -> int | None:
    text = check.text(node, where)
    if node is None or text is None:
        return None
    if re.fullmatch(r"[1-9][0-9]{0,6}", text):
        return int(text)
    check.wrong(node.place, where, f"is {text!r}; write a number from 1 to 9999999")
    return None
