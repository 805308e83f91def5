"""JSON elements out of a stream of any size, in bounded memory, whatever is wrong with it.

It finds where elements begin and end, nothing more: whether one is valid, and what it means, is
for whoever decodes it. Arrays are flattened, and an object that only wraps a list (such as
``{"Records": [...]}``) gives that list's elements. Text between brackets is one element too.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

ELEMENT_LIMIT = 4 << 20
"""Longer elements are given up; a CloudTrail record has at most 1 MB."""

_DEEPEST_LIST = 100
_BOTTOMLESS = 10_000
"""So deep in an element that is too long already, only another one's mark is looked for."""
_LONGEST_KEY = 64
_GAP = re.compile(rb"[\s,:\xef\xbb\xbf]*")
"""What may lie between elements: white space, separators, a byte order mark."""
_TOKEN = re.compile(rb'[\[\]{}]|"(?>[^"\\\n]+|\\.)*+(["\n])?', re.DOTALL)
"""A bracket or a string; group 1 is the string's end (a raw newline ends a broken one)."""
_QUOTE, _OPEN_LIST, _OPEN_OBJECT = b'"[{'
_CLOSE = b"]}"
_CLOSE_LIST = _CLOSE[0]


@dataclass(frozen=True, slots=True)
class Lost:
    """A stretch of the stream that cannot be an element; *why* says what is wrong with it."""

    why: str


class Elements:
    """The elements of a stream in order; `back` hands text in again that held another one."""

    def __init__(
        self,
        chunks: Iterable[bytes],
        *,
        lists: frozenset[bytes],
        mark: re.Pattern[bytes],
        limit: int = ELEMENT_LIMIT,
    ) -> None:
        """*lists* are the keys whose arrays are unwrapped; *mark* surely begins an element."""
        self._chunks = iter(chunks)
        self._wraps = re.compile(rb'"(?:%s)"\s*:\s*\Z' % b"|".join(sorted(lists)))
        self._mark = mark
        self._limit = limit
        self._text = b""
        self._at = 0
        self._inside: list[int] = []
        self._dropping = False

    def __iter__(self) -> Iterator[bytes | Lost]:
        """Yield each element's bytes, and `Lost` for what is none."""
        while (depth := self._begin()) is not None:
            found = self._element(depth)
            if found is not None:
                yield found
        if self._inside:
            self._inside.clear()
            yield Lost("the file ends before its list does")

    def back(self, text: bytes) -> None:
        """Put *text* before what is still unread."""
        self._text, self._at = text + self._text[self._at :], 0

    def _begin(self) -> int | None:
        """Go to the next element; tell its depth: 1 in a wrapper's tail, None at the end."""
        while True:
            if gap := _GAP.match(self._text, self._at):
                self._at = gap.end()
            if self._at == len(self._text):
                if not self._more():
                    return None
                continue
            sign = self._text[self._at]
            if sign == _OPEN_LIST and len(self._inside) < _DEEPEST_LIST:
                self._inside.append(sign)
            elif sign not in _CLOSE:
                return 0
            self._at += 1
            if sign == _CLOSE_LIST and self._inside:
                self._inside.pop()
                if self._inside and self._inside[-1] == _OPEN_OBJECT:
                    return 1

    def _element(self, depth: int) -> bytes | Lost | None:
        """Read on to the element's end; None where only a wrapper begins or ends."""
        tail, at = depth == 1, self._at
        while True:
            for token in _TOKEN.finditer(self._text, at):
                at, sign = token.end(), self._text[token.start()]
                if sign == _QUOTE:
                    if token.lastindex is None:
                        at = token.start()
                        break
                elif sign in _CLOSE:
                    depth -= 1
                    if depth <= 0:
                        return self._closed(at if depth == 0 else token.start(), tail=tail)
                elif depth == 0 and token.start() > self._at:
                    return self._closed(token.start(), tail=False)
                elif depth == 1 and sign == _OPEN_LIST and self._is_wrapper(token.start()):
                    self._enter(at, tail=tail)
                    return None
                else:
                    depth += 1
            else:
                at = len(self._text)
            lost = self._too_long(at)
            if lost is not None:
                return lost
            at = 0 if self._dropping else at - self._at
            if self._dropping and depth > _BOTTOMLESS:
                return self._sunk()
            if not self._more():
                return self._ended(depth)

    def _is_wrapper(self, bracket: int) -> bool:
        before = self._text[max(self._at, bracket - _LONGEST_KEY) : bracket]
        return self._wraps.search(before) is not None

    def _enter(self, at: int, *, tail: bool) -> None:
        if not tail:
            self._inside.append(_OPEN_OBJECT)
        self._inside.append(_OPEN_LIST)
        self._at, self._dropping = at, False

    def _closed(self, end: int, *, tail: bool) -> bytes | Lost | None:
        if self._dropping or end - self._at > self._limit:
            return self._let_go(self._mark.search(self._text, self._at + 1, end), end)
        found = self._text[self._at : end]
        self._at = end
        if not tail:
            return found
        self._inside.pop()
        if mark := self._mark.search(found):
            self.back(found[mark.start() :])
            return Lost("a stray bracket ends its list")
        return None

    def _too_long(self, at: int) -> Lost | None:
        """Let go of an element over the limit, unless another one begins within it."""
        if not self._dropping and len(self._text) - self._at <= self._limit:
            return None
        if mark := self._mark.search(self._text, self._at + 1):
            return self._let_go(mark, at)
        text = self._text[at:]
        if text:
            escapes = len(text) - len(text.rstrip(b"\\"))
            text = b'"' + b"\\" * (escapes % 2)
        self._text, self._at, self._dropping = text, 0, True
        return None

    def _let_go(self, mark: re.Match[bytes] | None, end: int) -> Lost:
        self._at, self._dropping = mark.start() if mark else end, False
        return Lost(f"longer than {self._limit:,} bytes, which no record is")

    def _sunk(self) -> Lost:
        """Let everything go until another element begins."""
        while self._more():
            if mark := self._mark.search(self._text):
                return self._let_go(mark, 0)
            self._at = max(0, len(self._text) - _LONGEST_KEY)
        return self._let_go(None, len(self._text))

    def _ended(self, depth: int) -> bytes | Lost:
        """The stream ends inside an element: give up to where another one begins in it."""
        text, self._dropping = self._text[self._at :], False
        mark = self._mark.search(text, 1)
        self._at += mark.start() if mark else len(text)
        if depth == 0:
            return text[: mark.start()] if mark else text
        return Lost(
            "is not closed before another one begins" if mark else "the file ends inside it"
        )

    def _more(self) -> bool:
        """Take in one more chunk; what lies before the current element is let go."""
        chunk = next(self._chunks, None)
        if chunk is None:
            return False
        self._text, self._at = self._text[self._at :] + chunk, 0
        return True
