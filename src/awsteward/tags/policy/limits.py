"""What a service accepts as a tag, and the deterministic clean-up of a value that it does not.

The limits are data (`data/limits.toml`). A key is never cleaned: another key is another tag.
"""

import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from awsteward.tags.policy.words import say

STAND_IN = "_"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Limits:
    """The rules of some services for the tags of one resource; one object per row of the table."""

    letters: str
    """``any`` script, or ``ascii``."""
    marks: frozenset[str]
    spaces: bool
    max_key: int
    max_value: int
    min_value: int
    max_tags: int
    reserved: tuple[str, ...]
    """Beginnings that only AWS may use, for keys and values, in any case."""

    def allows(self, char: str) -> bool:
        """True where *char* may stand in a key or a value."""
        if char in self.marks:
            return True
        if char == " ":
            return self.spaces
        if char.isascii() or self.letters == "ascii":
            return char.isascii() and char.isalnum()
        return unicodedata.category(char)[0] in "LN"

    def refuses_key(self, key: str, language: str = "en") -> str | None:
        """Why the service does not take this key, or None where it does."""
        if _length(key) > self.max_key:
            return say(language, "key_length", most=str(self.max_key))
        if key.casefold().startswith(self.reserved):
            return say(language, "key_reserved")
        bad = sorted({char for char in key if not self.allows(char)})
        return say(language, "key_characters", characters=" ".join(bad)) if bad else None

    def clean(self, value: str) -> str:
        """*value* as the service takes it; the same value always becomes the same, maybe ``""``.

        Accents give way before letters do (é becomes e where only ASCII is taken), a run of
        characters that are not taken becomes one ``_``, and what is too long is cut.
        """
        text = unicodedata.normalize("NFC", value)
        if self.letters == "ascii" and not text.isascii():
            text = "".join(map(_plain, text))
        out: list[str] = []
        for char in text:
            if self.allows(char):
                out.append(char)
            elif not out or out[-1] != STAND_IN:
                out.append(STAND_IN)
        kept = _unreserved("".join(out).strip(), self.reserved)
        if _length(kept) > self.max_value:
            kept = _cut(kept, self.max_value).rstrip()
        hollow = len(kept) < self.min_value or not kept.strip(STAND_IN + " ")
        return "" if hollow else kept


def limits(service: str) -> Limits:
    """The limits of a botocore service."""
    table, usual = _table()
    return table.get(service, usual)


def clean(value: str, service: str) -> str:
    """*value* as *service* takes it."""
    return limits(service).clean(value)


def _plain(char: str) -> str:
    """A letter without its accents, where that leaves ASCII; else the letter itself."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c))
    return bare if bare.isascii() else char


def _unreserved(text: str, reserved: tuple[str, ...]) -> str:
    """``aws:ec2`` becomes ``aws_ec2``: the colon is what makes the beginning AWS's own."""
    for start in reserved:
        if text.casefold().startswith(start):
            return text[: len(start) - 1] + STAND_IN + text[len(start) :]
    return text


def _length(text: str) -> int:
    """Length as AWS's Java services count: a character beyond the first plane counts twice."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _cut(text: str, length: int) -> str:
    kept = text[:length]
    while _length(kept) > length:
        kept = kept[:-1]
    return kept


@cache
def _table() -> tuple[dict[str, Limits], Limits]:
    raw = tomllib.loads(_data().read_text("utf-8"))
    usual = raw["usual"]
    table = {service: _limits(usual | row) for row in raw["limit"] for service in row["services"]}
    return table, _limits(usual)


def _data() -> Any:  # noqa: ANN401 - importlib's Traversable moved between Python versions
    return files("awsteward.tags.policy").joinpath("data", "limits.toml")


def _limits(row: dict[str, Any]) -> Limits:
    return Limits(
        letters=row["letters"],
        marks=frozenset(row["marks"]),
        spaces=row["spaces"],
        max_key=row["max_key"],
        max_value=row["max_value"],
        min_value=row["min_value"],
        max_tags=row["max_tags"],
        reserved=tuple(row["reserved"]),
    )
