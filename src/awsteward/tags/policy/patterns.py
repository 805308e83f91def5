"""The two kinds of pattern that `awsteward.yaml` knows: globs for names, regexps for values.

Not a regexp engine: Python's own does the matching. It backtracks and cannot be given a time
limit, so a regexp whose effort could explode on a hostile tag value is refused when it is read.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import translate

MAX_PATTERN = 500
MAX_VALUE = 256
"""No tag value is longer; whatever is, matches nothing."""
MAX_UNCERTAIN = 2
"""With two choices of where a repeat ends, 256 characters cost at most 256² steps."""

MAX_WAYS = 4 * MAX_VALUE**MAX_UNCERTAIN
"""Ways to try a value in, all choices multiplied: well under a second even where all are tried."""

_SAMPLE = "".join(map(chr, range(9, 127))) + "é가中٣\u00a0"
_NOTHING = re.compile(r"\\[AbBZ]|[$^]")
"""Atoms that match a place and no character."""


@dataclass(frozen=True, slots=True)
class Globs:
    """Names with ``*`` and ``?``; capitals make no difference. No names at all admit anything."""

    texts: tuple[str, ...] = ()
    _compiled: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        joined = "|".join(translate(text.casefold().replace("[", "[[]")) for text in self.texts)
        object.__setattr__(self, "_compiled", re.compile(joined))

    def admit(self, name: str | None) -> bool:
        """True where *name* is among these; what has no name is only where ``*`` stands."""
        if not self.texts:
            return True
        return self._compiled.match((name or "").casefold()) is not None

    def lists(self, name: str | None) -> bool:
        """True where *name* is among these; here, no globs at all list nobody."""
        return bool(self.texts and name) and self.admit(name)


@dataclass(frozen=True, slots=True)
class Regexp:
    """A regexp that a whole tag value must match."""

    text: str
    _compiled: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_compiled", re.compile(self.text))

    def matches(self, value: str) -> bool:
        """True where all of *value* matches."""
        return len(value) <= MAX_VALUE and self._compiled.fullmatch(value) is not None


def regexp(text: str) -> Regexp:
    """*text* as a regexp that is safe to run on hostile values; else ValueError saying why not."""
    if len(text) > MAX_PATTERN:
        raise ValueError(f"is {len(text)} characters long; at most {MAX_PATTERN} are read")
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"is not a valid regexp: {error}") from error
    _refuse_explosive(text)
    return Regexp(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """One atom of a regexp and the quantifier behind it."""

    atom: str
    quantifier: str
    group: bool
    """True for the ``)`` that ends a group."""
    depth: int
    """How many groups it lies in."""

    @property
    def repeats(self) -> bool:
        """True where it may match a varying number of times."""
        return bool(self.quantifier) and not re.fullmatch(r"\{\d+\}", self.quantifier)

    @property
    def is_nothing(self) -> bool:
        """True where it matches no character, so that its neighbours meet."""
        none = re.fullmatch(r"\{(0*,)?0+\}[?+]?", self.quantifier) is not None
        return not self.group and (none or _NOTHING.fullmatch(self.atom) is not None)


def _refuse_explosive(text: str) -> None:
    """Refuse repeats within repeats, references, and many repeats whose ends are uncertain."""
    if found := re.search(r"(?<!\\)(?:\\\\)*(\\[1-9]|\(\?P=|\(\?(?!:|P<))", text):
        what = f"uses {found[1]!r}; references, look-around and flags are not supported"
        raise ValueError(what)
    pieces = list(_pieces(text))
    busy = [False]
    for piece in pieces:
        if piece.atom == "(":
            busy.append(False)
            continue
        inner = busy.pop() if piece.group else False
        if piece.quantifier and inner:
            what = "repeats a group that itself repeats or chooses, which can take forever"
            raise ValueError(f"{what}; write a character class such as [a-z-]+ instead")
        busy[-1] = busy[-1] or inner or bool(piece.quantifier) or piece.atom == "|"
    sample = _SAMPLE + _spelled(text)
    for branch in _branches([piece for piece in pieces if not piece.is_nothing]):
        uncertain = _count_uncertain(branch, sample)
        if uncertain > MAX_UNCERTAIN:
            what = f"has {uncertain} repeats that run into what follows them (like .*.*)"
            raise ValueError(f"{what}, which is slow; say where each ends, as in [^/]*/[^/]*")
        if MAX_VALUE**uncertain * _choices(branch, sample) > MAX_WAYS:
            what = "has too many groups whose alternatives begin alike, as in (a|ab)"
            raise ValueError(
                f"{what}, which can take forever; let each begin with another character"
            )


def _branches(pieces: list[_Piece]) -> list[list[_Piece]]:
    """The alternatives of the whole regexp; their efforts add up, they do not multiply."""
    found: list[list[_Piece]] = [[]]
    for piece in pieces:
        if piece.atom == "|" and not piece.depth:
            found.append([])
        else:
            found[-1].append(piece)
    return found


def _count_uncertain(pieces: list[_Piece], sample: str) -> int:
    return sum(_uncertain(a, b, sample) for a, b in zip(pieces, [*pieces[1:], None], strict=True))


def _choices(pieces: list[_Piece], sample: str) -> int:
    """In how many ways the groups' alternatives can be chosen, at most."""
    found = 1
    open_groups: list[list[_Piece | None]] = []
    for piece, after in zip(pieces, [*pieces[1:], None], strict=True):
        if piece.group:
            found *= _alike(open_groups.pop(), sample)
        elif piece.atom == "(":
            open_groups.append([after])
        elif piece.atom == "|":
            open_groups[-1].append(after)
    return found


def _alike(starts: list[_Piece | None], sample: str) -> int:
    """How many of a group's alternatives, told by their first pieces, one character can begin."""
    open_ended = [each for each in starts if each is None or _may_be_anything(each)]
    sure = [each for each in starts if each is not None and not _may_be_anything(each)]
    most = max(sum(_is(each.atom, char) for each in sure) for char in sample)
    return max(1, len(open_ended) + most)


def _may_be_anything(piece: _Piece) -> bool:
    return piece.group or piece.atom in {"(", "|"} or piece.repeats


def _uncertain(piece: _Piece, after: _Piece | None, sample: str) -> bool:
    """True where the engine could end this repeat at more than one place."""
    if not piece.repeats or after is None:
        return False
    if piece.group or after.group or after.repeats or after.atom in {"(", "|"}:
        return True
    return any(_is(piece.atom, char) and _is(after.atom, char) for char in sample)


def _spelled(text: str) -> str:
    """The characters that *text* names, where a class may begin or end: those it may overlap at."""
    escapes = re.findall(rf"{_CODE}|\\.", text, re.DOTALL)
    codes = (escape for escape in escapes if re.fullmatch(_CODE, escape))
    return text + "".join(ast.literal_eval(f"'{code}'") for code in codes)


def _is(atom: str, char: str) -> bool:
    return re.fullmatch(atom, char, re.DOTALL) is not None


_CODE = r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|0[0-7]{0,2})"
"""A character by its number or its Unicode name."""
_TOKEN = re.compile(
    r"(?P<open>\((?:\?:|\?P<\w+>)?)"
    rf"|(?P<atom>{_CODE}|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.)"
    r"(?P<quantifier>(?:[*+?]|\{\d*,?\d*\})[?+]?)?",
    re.DOTALL,
)


def _pieces(text: str) -> Iterator[_Piece]:
    depth = 0
    for token in _TOKEN.finditer(text):
        atom = "(" if token["open"] else token["atom"]
        depth -= atom == ")"
        yield _Piece(
            atom=atom, quantifier=token["quantifier"] or "", group=atom == ")", depth=depth
        )
        depth += atom == "("
