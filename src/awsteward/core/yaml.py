"""YAML text as nodes that know their file, line and column, so that an error can name the place.

Scalars keep the spelling of whoever wrote them: ``no`` is not False, ``0123`` is not 83, an
account id is not a number. Not a general YAML reader: aliases, several documents and duplicate
keys are refused, because in a configuration file each of them is more often a slip than a wish.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import yaml

from awsteward.core.errors import ConfigError

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something stands in a file; lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """One value as it was written; *plain* says that no quotes stood around it."""

    text: str
    plain: bool
    place: Place

    @property
    def is_null(self) -> bool:
        """True for nothing at all, ``~`` and ``null`` (without quotes)."""
        return self.plain and self.text in {"", "~", "null"}


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    nodes: tuple["Node", ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping, in the order of the file; no key stands in it twice."""

    entries: tuple[tuple[Scalar, "Node"], ...]
    place: Place

    def get(self, key: str) -> "Node | None":
        """The node under *key*, or None."""
        return next((node for name, node in self.entries if name.text == key), None)


Node = Scalar | Items | Fields


def read(text: str, file: str) -> Fields:
    """The mapping that *text* holds (an empty text holds an empty one); else ConfigError."""
    if len(text) > MAX_CHARACTERS:
        raise ConfigError(
            f"{file}: longer than {MAX_CHARACTERS:,} characters; is it the right one?"
        )
    try:
        _refuse_surprises(text, file)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise ConfigError(_syntax(error, file)) from error
    except yaml.YAMLError as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(f"{file}: not YAML text: {reason}; save it as UTF-8") from error
    if root is None or (isinstance(root, yaml.ScalarNode) and root.value == ""):
        return Fields((), Place(file=file, line=1, column=1))
    node = _node(root, file)
    if not isinstance(node, Fields):
        raise ConfigError(f"{node.place}: the file must hold `key: value` lines, not {_kind(node)}")
    return node


def _refuse_surprises(text: str, file: str) -> None:
    """Look at the events before a tree is built, so that nothing can blow up while building."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        match event:
            case yaml.AliasEvent():
                what = f"the alias *{event.anchor} is not supported; write its value out"
                raise ConfigError(f"{_place(event.start_mark, file)}: {what}")
            case yaml.DocumentStartEvent():
                documents += 1
            case yaml.CollectionStartEvent():
                depth += 1
            case yaml.CollectionEndEvent():
                depth -= 1
            case _:
                pass
        if documents > 1:
            place = _place(event.start_mark, file)
            raise ConfigError(f"{place}: a second document begins here (`---`); keep one per file")
        if depth > MAX_DEPTH:
            place = _place(event.start_mark, file)
            raise ConfigError(f"{place}: nested more than {MAX_DEPTH} levels deep; flatten it")


def _node(node: yaml.Node, file: str) -> Node:
    place = _place(node.start_mark, file)
    match node:
        case yaml.ScalarNode():
            return Scalar(text=node.value, plain=node.style is None, place=place)
        case yaml.SequenceNode():
            return Items(tuple(_node(each, file) for each in node.value), place)
        case _:
            return Fields(tuple(_entries(node, file)), place)


def _entries(node: yaml.Node, file: str) -> Iterator[tuple[Scalar, Node]]:
    seen: dict[str, Place] = {}
    for key_node, value_node in node.value:
        key = _node(key_node, file)
        if not isinstance(key, Scalar):
            raise ConfigError(f"{key.place}: a key must be a word, not {_kind(key)}")
        if key.text in seen:
            first = f"line {seen[key.text].line}"
            what = f"the key {key.text!r} stands here again (first: {first}); keep one"
            raise ConfigError(f"{key.place}: {what}")
        seen[key.text] = key.place
        yield key, _node(value_node, file)


def _kind(node: Node) -> str:
    match node:
        case Scalar():
            return "a single value"
        case Items():
            return "a list"
        case Fields():
            return "a mapping"


def _place(mark: "_Mark | None", file: str) -> Place:
    if mark is None:
        return Place(file=file, line=1, column=1)
    return Place(file=file, line=mark.line + 1, column=mark.column + 1)


class _Mark(Protocol):
    """What PyYAML's two kinds of mark (Python and C) have in common."""

    line: int
    column: int


def _syntax(error: yaml.MarkedYAMLError, file: str) -> str:
    mark = error.problem_mark or error.context_mark
    where = str(_place(mark, file)) if mark else file
    problem = error.problem or error.context or "not readable as YAML"
    if "'\\t'" in problem:
        return f"{where}: a tab stands here; YAML is indented with spaces"
    context = f" ({error.context})" if error.context and error.problem else ""
    return f"{where}: {problem}{context}; check quotes, colons and indentation there"
