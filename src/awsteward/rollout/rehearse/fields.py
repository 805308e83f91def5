"""One section of a scenario file: its keys as values of the right kind, or an error's place."""

import difflib
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NoReturn, TypeVar

from awsteward.core.errors import ConfigError
from awsteward.core.yaml import Fields, Items, Node, Scalar

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}
DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m)")
PERCENT = re.compile(r"(\d+(?:\.\d+)?)%")
BOOLEANS = {"true": True, "false": False}

Value = TypeVar("Value")
Kind = TypeVar("Kind", bound=StrEnum)


@dataclass(slots=True)
class Section:
    """A mapping that knows which of its keys were asked for."""

    name: str
    fields: Fields
    known: set[str] = field(default_factory=set)

    def word(self, key: str, default: str | None = None) -> str:
        """Any text."""
        node = self.scalar(key)
        if node is None:
            return self._or(default, key, "write a word or a sentence")
        if node.is_null:
            wrong(node, f"{key} is empty: write a word or a sentence")
        return node.text

    def choice(self, key: str, kinds: type[Kind], default: Kind | None = None) -> Kind:
        """One of a few words."""
        node, words = self.scalar(key), [each.value for each in kinds]
        if node is None:
            return self._or(default, key, f"write one of: {', '.join(words)}")
        if node.text not in words:
            wrong(node, f"{key} is one of {', '.join(words)}, not {node.text!r}")
        return kinds(node.text)

    def seconds(self, key: str, default: float | None = None) -> float:
        """A duration."""
        node = self.scalar(key)
        return seconds(node) if node else self._or(default, key, "write a duration, such as 2s")

    def number(self, key: str, default: float | None = None) -> float:
        """A number that is not below zero."""
        node = self.scalar(key)
        if node is None:
            return self._or(default, key, "write a number")
        return number(node)

    def count(self, key: str, default: int | None = None, least: int = 1) -> int:
        """A whole number."""
        node = self.scalar(key)
        if node is None:
            return self._or(default, key, "write a whole number")
        if not node.text.isascii() or not node.text.isdigit() or int(node.text) < least:
            wrong(node, f"{key} is a whole number of {least} or more, not {node.text!r}")
        return int(node.text)

    def share(self, key: str, default: float | None = None) -> float:
        """A percentage, as a share of one."""
        node = self.scalar(key)
        return share(node) if node else self._or(default, key, "write a percentage, such as 50%")

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        node = self.scalar(key)
        if node is None:
            return default
        if node.text not in BOOLEANS:
            wrong(node, f"{key} is true or false, not {node.text!r}")
        return BOOLEANS[node.text]

    def items(self, key: str) -> tuple[Node, ...]:
        """A list; of none where the key is missing."""
        node = self._get(key)
        if node is not None and not isinstance(node, Items):
            wrong(node, f"{key} is a list: [one, another]")
        return node.nodes if node else ()

    def section(self, key: str) -> "Section":
        """A mapping; an empty one where the key is missing."""
        node = self._get(key)
        if node is None:
            return Section(key, Fields((), self.fields.place))
        return section(key, node)

    def scalar(self, key: str) -> Scalar | None:
        """A single value, as it was written; None where the key is missing."""
        node = self._get(key)
        if node is not None and not isinstance(node, Scalar):
            wrong(node, f"{key} is a single value")
        return node

    def given(self, key: str) -> Node | None:
        """Whatever stands there."""
        return self._get(key)

    def end(self) -> None:
        """Everything was asked for that may stand here: refuse what is left."""
        for key, _ in self.fields.entries:
            if key.text not in self.known:
                near = difflib.get_close_matches(key.text, self.known, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                keys = ", ".join(sorted(self.known))
                wrong(key, f"{self.name} knows no key {key.text!r}{hint} (it knows {keys})")

    def _get(self, key: str) -> Node | None:
        self.known.add(key)
        return self.fields.get(key)

    def _or(self, default: Value | None, key: str, what: str) -> Value:
        if default is None:
            raise ConfigError(f"{self.fields.place}: {self.name} lacks {key}: {what}")
        return default


def section(name: str, node: Node) -> Section:
    """*node* as a section."""
    if not isinstance(node, Fields):
        wrong(node, f"{name} is a mapping: {{key: value}}")
    return Section(name, node)


def seconds(node: Scalar) -> float:
    """A duration, in seconds."""
    match = DURATION.fullmatch(node.text)
    if match is None:
        wrong(node, f"{node.text!r} is no duration: write 300ms, 2s, 1.5s or 5m")
    return float(match[1]) * UNITS[match[2]]


def share(node: Scalar) -> float:
    """A percentage, as a share of one."""
    match = PERCENT.fullmatch(node.text)
    if match is None or float(match[1]) > 100:  # noqa: PLR2004  per cent
        wrong(node, f"{node.text!r} is no percentage: write 0% to 100%")
    return float(match[1]) / 100


def number(node: Scalar) -> float:
    """A number that is not below zero."""
    if not re.fullmatch(r"\d+(\.\d+)?", node.text):
        wrong(node, f"{node.text!r} is no number")
    return float(node.text)


def wrong(node: Node, why: str) -> NoReturn:
    """Name the place and what to do."""
    raise ConfigError(f"{node.place}: {why}")
