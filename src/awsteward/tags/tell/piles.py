"""From notices that are due to letters, as many as each person may still get this week. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from awsteward.tags.policy.model import Slack
from awsteward.tags.policy.people import Severity
from awsteward.tags.tell.address import Address, address, persons
from awsteward.tags.tell.digest import Digest, digests, joined, window_start
from awsteward.tags.tell.layout import Manner
from awsteward.tags.tell.letter import Letter, letters
from awsteward.tags.tell.notice import Notice
from awsteward.tags.tell.when import due, severity
from awsteward.tags.tell.wording import wording

WEEK = timedelta(days=7)
_SURELY_LATE = timedelta(hours=1)
"""Letters are made every minute: what was due so long ago was held back."""


@dataclass(slots=True, kw_only=True)
class Pile:
    """What goes to one address, to the same persons."""

    to: Address
    persons: tuple[str, ...]
    notices: list[Notice] = field(default_factory=list)


def piles(notices: Iterable[Notice], manner: Slack) -> tuple[Pile, ...]:
    """*notices*, each in the pile of its address."""
    found: dict[tuple[Address, tuple[str, ...]], Pile] = {}
    for told in notices:
        to = address(told, manner.telling)
        names = persons(told.who, to.whom)
        pile = found.setdefault((to, names), Pile(to=to, persons=names))
        pile.notices.append(told)
    return tuple(found.values())


def sealed(pile: Pile, room: int, manner: Slack, at: datetime) -> tuple[Letter, ...]:
    """The letters that tell all of *pile*; none where there is no *room* for a letter this week.

    Where there is room for some but not for all, everything is joined in one that says so.
    """
    apart = _apart(pile.notices, manner)
    if room < 1:
        return ()
    crowded = len(apart) > room
    late = room == 1 and any(due(told, manner, at - _SURELY_LATE) for told in pile.notices)
    words = wording(manner.language)
    style = Manner(
        words=words, links=manner.links, asking=True,
        held=manner.telling.most_per_week if crowded or late else 0,
        pressing=manner.telling.bot is not None,
    )  # fmt: skip
    if crowded:
        return letters([joined(pile.notices)], style, pile.to, urgent=_urgent(pile, manner))
    return tuple(
        letter
        for digest, is_urgent in apart
        for letter in letters([digest], style, pile.to, urgent=is_urgent)
    )


def _apart(notices: Sequence[Notice], manner: Slack) -> list[tuple[Digest, bool]]:
    """A digest for each creator and window, and one for all that waited for the day's."""
    daily = [told for told in notices if severity(told, manner.telling) is Severity.DIGEST]
    others = [told for told in notices if severity(told, manner.telling) is not Severity.DIGEST]
    hurried = {
        (told.who, window_start(told.at, manner.window))
        for told in others
        if severity(told, manner.telling) is Severity.URGENT
    }
    found = [(each, (each.who, each.since) in hurried) for each in digests(others, manner.window)]
    return [*found, *([(joined(daily), False)] if daily else [])]


def _urgent(pile: Pile, manner: Slack) -> bool:
    return any(severity(told, manner.telling) is Severity.URGENT for told in pile.notices)


def in_order(made: Iterable[Letter]) -> list[Letter]:
    """Oldest window first, as they are read."""
    return sorted(made, key=lambda letter: (letter.window_start, repr(letter.creator)))


Used = Callable[[str], int]
"""How many letters of this week went to a person."""


@dataclass(slots=True, kw_only=True)
class Week:
    """How much room there is for each person, while letters are made."""

    most: int
    used: Used
    now: dict[str, int] = field(default_factory=dict)

    def room(self, names: Iterable[str]) -> int:
        """For how many more letters to all of *names*."""
        return min(self.most - self._count(name) for name in names)

    def add(self, names: Iterable[str], count: int) -> None:
        """So many more letters go to each of *names*."""
        for name in names:
            self.now[name] = self._count(name) + count

    def _count(self, name: str) -> int:
        if name not in self.now:
            self.now[name] = self.used(name)
        return self.now[name]
