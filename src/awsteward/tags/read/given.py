"""Reads the tags that a request gave (or a response repeats), in every spelling services use.

A list of pairs, a map, EC2's specifications per resource type, XML turned to JSON. Evidence
only: what is hidden gives None, and nothing here says that a resource has no further tags.
"""

from collections.abc import Iterator, Mapping

from awsteward.tags.read.paths import elements

Pairs = Mapping[str, str]
NONE: Pairs = {}
_KEYS = ("key", "tagkey")
_VALUES = ("value", "tagvalue")
_HOLDERS = frozenset({"items", "item", "member", "tag", "tags", "tagset", "taglist"})


class HiddenError(Exception):
    """CloudTrail or the service blanked the tags out."""


def tags(value: object, form: str, only: str | None) -> Pairs | None:
    """The tags, or None where they are hidden; *only* picks EC2's specification for one type."""
    if value is None:
        return NONE
    try:
        return dict(_read(value, form, only))
    except HiddenError:
        return None


def is_hidden(text: str) -> bool:
    """``HIDDEN_DUE_TO_SECURITY_REASONS``, ``***`` and their like."""
    return text.startswith(("HIDDEN_", "***")) or text in ("[PROTECTED]", "<sensitiveDataRemoved>")


def _read(value: object, form: str, only: str | None) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        raise HiddenError
    match form:
        case "spec":
            yield from _specified(value, only)
        case "map" if isinstance(value, dict):
            yield from (_pair(key, text) for key, text in value.items())
        case _ if isinstance(value, dict) and _is_map(value):
            yield from (_pair(key, text) for key, text in value.items())
        case _:
            yield from _listed(value)


def _is_map(value: dict[str, object]) -> bool:
    """A map where the model has a list: two APIs of one service share the call's name."""
    names = {name.lower() for name in value}
    plain = all(isinstance(text, str) for text in value.values())
    return plain and names.isdisjoint((*_KEYS, *_VALUES)) and names.isdisjoint(_HOLDERS)


def _specified(value: object, only: str | None) -> Iterator[tuple[str, str]]:
    for spec in elements(value):
        if not isinstance(spec, dict):
            continue
        kind = next((v for k, v in spec.items() if k.lower() == "resourcetype"), None)
        if kind is None or only is None or kind == only:
            yield from _listed(spec)


def _listed(value: object) -> Iterator[tuple[str, str]]:
    """Pairs anywhere below *value*, through holders only; ``"tag": 1`` is a counter."""
    if isinstance(value, list):
        for element in value:
            yield from _listed(element)
    if not isinstance(value, dict):
        return
    lower = {name.lower(): name for name in value}
    key = next((lower[name] for name in _KEYS if name in lower), None)
    if key is not None:
        text = next((lower[name] for name in _VALUES if name in lower), None)
        yield _pair(value[key], value[text] if text else "")
        return
    for name, inner in value.items():
        if name.lower() in _HOLDERS and isinstance(inner, dict | list):
            yield from _listed(inner)


def _pair(key: object, value: object) -> tuple[str, str]:
    """Texts of both; XML turned to JSON makes booleans of the words true and false."""
    name, text = _text(key), _text(value)
    if is_hidden(name) or is_hidden(text):
        raise HiddenError
    return name, text


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
