"""Reads the tags that a request gave (or a response repeats), in every spelling services use.

A list of pairs, a map, EC2's specifications per resource type, XML turned to JSON. Evidence
only: what is hidden gives None, and nothing here says that a resource has no further tags.
"""

from collections.abc import Iterable, Mapping

from awsteward.tags.read.paths import compile_path, elements, member

Pairs = Mapping[str, str]
NONE: Pairs = {}
_OF_A_PAIR = frozenset({"key", "tagkey", "value", "tagvalue"})
_SPELLINGS = (("key", "value"), ("Key", "Value"), ("tagKey", "tagValue"))
"""How nearly every pair is spelled; the others are found without regard to case."""
(_KIND,) = compile_path("resourceType")
_MEMBERS_OF_A_PAIR = 2
_MARKS = frozenset("H*[<")
"""What hidden texts begin with."""
_HOLDERS = frozenset({"items", "item", "member", "tag", "tags", "tagset", "taglist"})


def tags(value: object, form: str, only: str | None) -> Pairs | None:
    """The tags, or None where they are hidden; *only* picks EC2's specification for one type."""
    if value is None:
        return NONE
    if isinstance(value, str):
        return None
    found: dict[str, str] = {}
    for key, inner in _pairs(value, form, only):
        name, text = _text(key), _text(inner)
        if is_hidden(name) or is_hidden(text):
            return None
        found[name] = text
    return found


def is_hidden(text: str) -> bool:
    """``HIDDEN_DUE_TO_SECURITY_REASONS``, ``***`` and their like."""
    return text[:1] in _MARKS and (
        text.startswith(("HIDDEN_", "***")) or text in ("[PROTECTED]", "<sensitiveDataRemoved>")
    )


def _pairs(value: object, form: str, only: str | None) -> Iterable[tuple[object, object]]:
    if form == "spec":
        return _specified(value, only)
    if isinstance(value, dict) and (form == "map" or _is_map(value)):
        return value.items()
    return _listed(value)


def _is_map(value: dict[str, object]) -> bool:
    """A map where the model has a list: two APIs of one service share the call's name."""
    names = {name.lower() for name in value}
    plain = all(isinstance(text, str) for text in value.values())
    return plain and names.isdisjoint(_OF_A_PAIR) and names.isdisjoint(_HOLDERS)


def _specified(value: object, only: str | None) -> list[tuple[object, object]]:
    found: list[tuple[object, object]] = []
    for spec in elements(value):
        if not isinstance(spec, dict):
            continue
        kind = member(spec, _KIND)
        if kind is None or only is None or kind == only:
            _collect(spec, found)
    return found


def _listed(value: object) -> list[tuple[object, object]]:
    found: list[tuple[object, object]] = []
    _collect(value, found)
    return found


def _collect(value: object, found: list[tuple[object, object]]) -> None:
    """Pairs anywhere below *value*, through holders only; ``"tag": 1`` is a counter."""
    if isinstance(value, list):
        for element in value:
            _collect(element, found)
    elif isinstance(value, dict):
        if pair := _pair(value):
            found.append(pair)
            return
        for name, inner in value.items():
            if name.lower() in _HOLDERS:
                _collect(inner, found)


def _pair(value: dict[str, object]) -> tuple[object, object] | None:
    """The key and the value that an object consists of."""
    if len(value) == _MEMBERS_OF_A_PAIR:
        for key, text in _SPELLINGS:
            if key in value and text in value:
                return value[key], value[text]
    lower = {name.lower(): name for name in value}
    named = lower.get("key") or lower.get("tagkey")
    if named is None:
        return None
    told = lower.get("value") or lower.get("tagvalue")
    return value[named], value[told] if told else ""


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
