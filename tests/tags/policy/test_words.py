import tomllib
from importlib.resources import files
from string import Formatter

from awsteward.tags.policy.model import Language
from awsteward.tags.policy.words import say

TABLE = tomllib.loads(
    files("awsteward.tags.policy").joinpath("data", "words.toml").read_text("utf-8")
)


def parts(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_every_language_says_everything_with_the_same_parts() -> None:
    assert set(TABLE) == set(Language)
    english = {name: parts(sentence) for name, sentence in TABLE["en"].items()}
    for sentences in TABLE.values():
        assert {name: parts(sentence) for name, sentence in sentences.items()} == english


def test_a_hostile_part_is_put_in_as_it_is() -> None:
    assert (
        say("en", "near", found="{key}{0}%s", key="Owner") == "there is {key}{0}%s, but not Owner"
    )
