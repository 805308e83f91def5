"""Makes the shortest text that a pattern allows, so that mechanical parameters are accepted.

A walk over Python's own parse of the pattern; what it cannot express gives None.
"""

import re
from collections.abc import Iterable
from re import _constants as op  # type: ignore[attr-defined]  # the parse has no public door
from re import _parser as parser  # type: ignore[attr-defined]  # the parse has no public door
from typing import Any

_PREFERRED = "a0-_./:@A =,{}"


def matching(pattern: str, length: int) -> str | None:
    """Give a text of at least *length* that *pattern* matches whole, or None."""
    for repeat in (0, 1, length):
        try:
            text = _sequence(parser.parse(pattern), repeat)
            if len(text) >= length and re.fullmatch(pattern, text):
                return text
        except (re.error, ValueError, RecursionError, OverflowError):
            return None
    return None


def _sequence(parts: Iterable[tuple[Any, Any]], repeat: int) -> str:
    return "".join(_part(kind, value, repeat) for kind, value in parts)


def _part(kind: Any, value: Any, repeat: int) -> str:
    match kind:
        case op.LITERAL:
            return chr(value)
        case op.ANY | op.NOT_LITERAL:
            return "a"
        case op.IN:
            return _one_of(value)
        case op.BRANCH:
            return _sequence(value[1][0], repeat)
        case op.SUBPATTERN:
            return _sequence(value[3], repeat)
        case op.MAX_REPEAT | op.MIN_REPEAT | op.POSSESSIVE_REPEAT:
            low, high, inner = value
            times: int = max(low, min(repeat, high))
            return _sequence(inner, repeat) * times
        case op.AT | op.ASSERT_NOT | op.ASSERT:
            return ""
        case _:
            raise ValueError(f"cannot write for {kind}")


def _one_of(choices: list[tuple[Any, Any]]) -> str:
    if choices[0][0] is op.NEGATE:
        return next(c for c in _PREFERRED if not _admits(choices[1:], c))
    for letter in _PREFERRED:
        if _admits(choices, letter):
            return letter
    kind, value = choices[0]
    return chr(value[0] if kind is op.RANGE else value)


def _admits(choices: list[tuple[Any, Any]], letter: str) -> bool:
    code = ord(letter)
    for kind, value in choices:
        match kind:
            case op.LITERAL if value == code:
                return True
            case op.RANGE if value[0] <= code <= value[1]:
                return True
            case op.CATEGORY if _in_category(value, letter):
                return True
            case _:
                continue
    return False


def _in_category(category: Any, letter: str) -> bool:
    word = letter.isalnum() or letter == "_"
    return {
        op.CATEGORY_WORD: word,
        op.CATEGORY_NOT_WORD: not word,
        op.CATEGORY_DIGIT: letter.isdigit(),
        op.CATEGORY_NOT_DIGIT: not letter.isdigit(),
        op.CATEGORY_SPACE: letter.isspace(),
        op.CATEGORY_NOT_SPACE: not letter.isspace(),
    }.get(category, False)
