"""The sentences of a message, from one data file per language. It knows words, not layout."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from awsteward.tags.policy.model import Language

Sentences = Mapping[str, Mapping[str, str | Mapping[str, str]]]


class Wording:
    """The sentences of one language; ``say("row.missing", keys=…)`` fills one in."""

    def __init__(self, sentences: Sentences) -> None:
        self._sentences = sentences

    def say(self, name: str, /, **parts: str) -> str:
        """The sentence *name* with its parts put in."""
        sentence = self._find(name)
        assert isinstance(sentence, str), name  # noqa: S101 (a slip in our own data file)
        return sentence.format_map(parts)

    def count(self, name: str, n: int, /, **parts: str) -> str:
        """The sentence *name* in the form that goes with the number *n*."""
        forms = self._find(name)
        assert not isinstance(forms, str), name  # noqa: S101 (a slip in our own data file)
        form = forms.get("one", forms["other"]) if n == 1 else forms["other"]
        return form.format_map({"n": f"{n:,}", **parts})

    def _find(self, name: str) -> str | Mapping[str, str]:
        table, _, key = name.partition(".")
        return self._sentences[table][key]


@cache
def wording(language: Language) -> Wording:
    """The sentences of *language*."""
    text = (files("awsteward.tags.tell") / "data" / f"{language}.toml").read_text("utf-8")
    return Wording(tomllib.loads(text))
