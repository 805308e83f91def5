import re
import tomllib
from importlib.resources import files
from typing import Any

import pytest

from awsteward.tags.model.handled import Result
from awsteward.tags.model.outcome import Trouble
from awsteward.tags.model.plan import Origin
from awsteward.tags.policy.model import Language
from awsteward.tags.tell.notice import Kind
from awsteward.tags.tell.wording import wording


def _sentences(language: Language) -> dict[str, Any]:
    text = (files("awsteward.tags.tell") / "data" / f"{language}.toml").read_text("utf-8")
    return tomllib.loads(text)


def _slots(sentence: str | dict[str, str]) -> set[str]:
    text = sentence if isinstance(sentence, str) else sentence["other"]
    return set(re.findall(r"{(\w+)}", text))


@pytest.mark.parametrize("language", Language)
def test_every_language_has_the_same_sentences_with_the_same_parts(language: Language) -> None:
    ours, theirs = _sentences(Language.ENGLISH), _sentences(language)

    assert {t: set(names) for t, names in theirs.items()} == {t: set(n) for t, n in ours.items()}
    for table, names in ours.items():
        for name, sentence in names.items():
            assert _slots(theirs[table][name]) == _slots(sentence), name


@pytest.mark.parametrize("language", Language)
def test_every_word_of_the_model_has_a_sentence(language: Language) -> None:
    sentences = _sentences(language)

    assert set(map(str, Origin)) == sentences["origin"].keys()
    assert set(map(str, Trouble)) == sentences["trouble"].keys()
    assert set(map(str, Kind)) <= sentences["header"].keys()
    assert set(map(str, Kind)) <= sentences["who"].keys()
    assert set(map(str, Result)) - {"pending"} <= sentences["summary"].keys()


def test_one_is_not_many() -> None:
    english = wording(Language.ENGLISH)

    assert english.count("summary.asked", 1) == "1 waits for an answer"
    assert english.count("summary.asked", 2000) == "2,000 wait for an answer"
