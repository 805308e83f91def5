"""Nodes of `awsteward.yaml` -> plain values, collecting every problem on the way.

What is wrong is noted and read as if it were absent, so that one run names all mistakes. What a
setting means is `parse`'s business.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from awsteward.core.errors import ConfigError
from awsteward.core.yaml import Fields, Items, Node, Place, Scalar
from awsteward.tags.policy.patterns import Globs, Regexp, regexp

Value = TypeVar("Value")
Word = TypeVar("Word", bound=StrEnum)

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Checker:
    """Reads settings and remembers what was wrong with them, each with its place and path."""

    def __init__(self) -> None:
        self._problems: list[tuple[Place, str]] = []

    def wrong(self, place: Place, where: str, what: str) -> None:
        """Note that the setting *where* is wrong."""
        self._problems.append((place, f"{place}: {where} {what}"))

    def finish(self) -> None:
        """Raise a ConfigError with all that was noted, in the order of the file."""
        if self._problems:
            inorder = sorted(self._problems, key=lambda each: (each[0].line, each[0].column))
            raise ConfigError("\n".join(text for _, text in inorder))

    # --- mappings and lists ----------------------------------------------------------------

    def entries(self, node: Node | None, where: str) -> tuple[tuple[Scalar, Node], ...]:
        """The lines of a mapping; nothing at all is an empty one."""
        if node is None or (isinstance(node, Scalar) and node.is_null):
            return ()
        if isinstance(node, Fields):
            return node.entries
        self.wrong(node.place, where, "must be a mapping (`key: value` lines)")
        return ()

    def fields(self, node: Node | None, where: str, known: tuple[str, ...]) -> dict[str, Node]:
        """The settings under *node*; one that is not *known* is a problem, with a suggestion."""
        found = {}
        for key, value in self.entries(node, where):
            if key.text in known:
                found[key.text] = value
                continue
            path = f"{where}.{key.text}" if where else key.text
            self.wrong(key.place, path, f"is not a setting; {_did_you_mean(key.text, known)}")
        return found

    def items(self, node: Node | None, where: str) -> tuple[Node, ...]:
        """The elements of a list; nothing at all is an empty one."""
        if node is None or (isinstance(node, Scalar) and node.is_null):
            return ()
        if isinstance(node, Items):
            return node.nodes
        self.wrong(node.place, where, "must be a list (`- item` lines)")
        return ()

    def scalars(self, node: Node | None, where: str) -> tuple[Scalar, ...]:
        """The elements of a list of single values."""
        found = []
        for each in self.items(node, where):
            if isinstance(each, Scalar) and not each.is_null:
                found.append(each)
            else:
                self.wrong(each.place, where, "must list single values")
        return tuple(found)

    def words(self, node: Node | None, where: str) -> tuple[str, ...]:
        """The same, as text."""
        return tuple(each.text for each in self.scalars(node, where))

    def globs(self, node: Node | None, where: str) -> Globs:
        """A list of names with wildcards; an empty list is refused, as it reads like "none"."""
        if isinstance(node, Items) and not node.nodes:
            self.wrong(node.place, where, "is an empty list; leave it out to mean all")
        return Globs(self.words(node, where))

    # --- single values ---------------------------------------------------------------------

    def text(self, node: Node | None, where: str) -> str | None:
        """One value as it is written."""
        if node is None:
            return None
        if isinstance(node, Scalar) and node.text and not node.is_null:
            return node.text
        self.wrong(node.place, where, "must be a single value")
        return None

    def word(self, node: Node | None, where: str, words: Iterable[Word]) -> Word | None:
        """One of *words*."""
        known = tuple(words)
        return self.converted(node, where, lambda text: _word(text, known))

    def truth(self, node: Node | None, where: str) -> bool | None:
        """``true`` or ``false``."""
        return self.converted(node, where, _truth)

    def duration(self, node: Node | None, where: str) -> timedelta | None:
        """``90s``, ``10m``, ``1h`` or ``2d``."""
        return self.converted(node, where, _duration)

    def day(self, node: Node | None, where: str) -> date | None:
        """``2027-01-31``."""
        return self.converted(node, where, _day)

    def regexp(self, node: Node | None, where: str) -> Regexp | None:
        """A regexp that is safe to run."""
        return self.converted(node, where, regexp)

    def converted(
        self, node: Node | None, where: str, convert: Callable[[str], Value]
    ) -> Value | None:
        """What *convert* makes of one value; its ValueError says what is wrong with it."""
        text = self.text(node, where)
        if node is None or text is None:
            return None
        try:
            return convert(text)
        except ValueError as error:
            self.wrong(node.place, where, str(error))
            return None


def _word(text: str, words: tuple[Word, ...]) -> Word:
    if text in words:
        return words[words.index(text)]
    raise ValueError(f"is {text!r}; {_did_you_mean(text, words)}")


def _truth(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(f"is {text!r}; write true or false")
    return text == "true"


def _duration(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,5})([smhd])", text, re.ASCII)
    if found is None:
        raise ValueError(f"is {text!r}; write a time such as 90s, 10m, 1h or 2d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"is {text!r}; write a day such as 2027-01-31") from error


def _did_you_mean(text: str, known: tuple[str, ...]) -> str:
    if close := get_close_matches(text.casefold(), known, n=1, cutoff=0.6):
        return f"did you mean {str(close[0])!r}?"
    return f"known here: {', '.join(known)}"
