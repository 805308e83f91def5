import re
from dataclasses import fields
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsteward.core.errors import ConfigError
from awsteward.tags.model.plan import Origin
from awsteward.tags.policy.default import REQUIRED, default, example
from awsteward.tags.policy.model import Language, Meaning, NearMisses, Policy, Source, demand
from awsteward.tags.policy.parse import parse


def test_the_default_asks_for_four_keys_and_guards_the_environment() -> None:
    rules = {rule.key: rule for rule in default().rules}

    assert list(rules) == ["CreatedBy", "Owner", "CostCenter", "Environment"]
    assert [key for key, rule in rules.items() if rule.guarded] == ["Environment"]
    assert [source.origin for source in rules["Owner"].sources] == [
        "team", "role", "parent", "stack", "creator",
    ]  # fmt: skip
    assert Source(origin=Origin.CREATOR) not in rules["CostCenter"].sources
    assert rules["CreatedBy"].meaning is Meaning.CREATOR


def test_a_file_that_only_names_the_usual_keys_says_what_holds_without_one() -> None:
    policy = parse(f"version: 1\ntags: {{required: [{', '.join(REQUIRED)}]}}\n", "a file")

    for each in fields(Policy):
        assert getattr(policy, each.name) == getattr(default(), each.name), each.name


def test_the_example_shows_every_setting_and_is_valid() -> None:
    policy = parse(example(), "awsteward.yaml")

    (exemption,) = policy.exemptions
    assert exemption.until == date(2027, 3, 31)
    assert policy.near_misses is NearMisses.SUGGEST
    assert [team.name for team in policy.teams] == ["payments", "kiosk"]
    assert policy.account_tags["111122223333"]["Environment"] == "prod"
    assert policy.grace.after("terraform") == timedelta(minutes=10)
    assert policy.slack.window == timedelta(hours=1)
    assert policy.slack.language is Language.ENGLISH
    assert policy.pseudonyms is not None
    assert policy.pseudonyms.variable == "AWSTEWARD_PSEUDONYM_SECRET"
    owner = next(rule for rule in policy.rules if rule.key == "Owner")
    assert owner.sources[1] == Source(origin=Origin.ROLE, tag="Team")


@pytest.mark.parametrize(
    "setting",
    [
        "required", "guarded", "near_misses", "exceptions", "teams", "accounts", "people",
        "machines", "grace", "pseudonyms", "window", "language", "links", "means", "from",
        "values", "pattern", "types", "reason", "until", "keys", "arns", "roles",
        *(origin for origin in Origin if origin not in {Origin.ANSWER, Origin.NEAR_MISS}),
    ],
)  # fmt: skip
def test_no_setting_is_missing_from_the_example(setting: str) -> None:
    assert re.search(rf"\b{setting}\b", example())


def test_the_first_case_of_a_key_that_fits_counts() -> None:
    policy = parse(example(), "f")

    prod = demand(policy, "AWS::S3::Bucket", "111122223333").by_key
    other = demand(policy, "AWS::SQS::Queue", "444455556666").by_key

    assert prod["Environment"].values == ("prod",)
    assert other["Environment"].values == ("dev", "stage")
    assert "DataClass" in prod
    assert "DataClass" not in other


def test_a_type_that_cloudformation_does_not_know_falls_under_rules_for_all_types_only() -> None:
    policy = parse("tags: {required: {A: {types: ['AWS::*']}, B: {}, C: {types: ['*']}}}", "f")

    assert list(demand(policy, None, "1").by_key) == ["B", "C"]


def test_values_keep_the_spelling_of_the_file() -> None:
    policy = parse("tags: {required: {CostCenter: {values: [0123, no, 1e3, '']}}}", "f")

    assert policy.rules[0].values == ("0123", "no", "1e3", "")


WRONG = """
version: 2
tgas: {}
tags:
  requird: [Owner]
  required:
    "aws:owner": {}
    Owner: {form: [creator], means: ownr}
    Cost: {pattern: '(a+)+', from: [parent, crator]}
    Env: {values: [dev], from: [{constant: prod}]}
    Who: {from: [{creator: Name}, constant, answer]}
  near_misses: cpoy
  exceptions:
    - {keys: [Owner], until: 31.12.2026}
  teams:
    nobody: {tags: {CostCenter: 1}}
  accounts:
    12345: {tags: {A: 1}}
  grace: {terraform: 10}
  pseudonyms: {secret_from_env: "hunter2 is secret"}
slack: {window: 2d, language: de, links: maybe}
"""


REPEATS = (
    "9 tags.required.Cost.pattern repeats a group that itself repeats or chooses, which can take "
    "forever; write a character class such as [a-z-]+ instead"
)
NAMELESS = (
    "20 tags.pseudonyms needs `secret_from_env:` with the NAME of an environment variable "
    "(A-Z, 0-9, _)"
)


def test_all_mistakes_are_named_at_once_by_file_line_and_key() -> None:
    with pytest.raises(ConfigError) as caught:
        parse(WRONG, "awsteward.yaml")

    lines = str(caught.value).splitlines()
    said = [re.sub(r"^awsteward\.yaml:(\d+):\d+: ", r"\1 ", line) for line in lines]
    assert said == [
        "2 version must be 1; a newer file needs a newer awsteward",
        "3 tgas is not a setting; did you mean 'tags'?",
        "5 tags.requird is not a setting; did you mean 'required'?",
        "7 tags.required.aws:owner begins with aws:, which only AWS may write",
        "8 tags.required.Owner.form is not a setting; did you mean 'from'?",
        "8 tags.required.Owner.means is 'ownr'; did you mean 'owner'?",
        REPEATS,
        "9 tags.required.Cost.from is 'crator'; did you mean 'creator'?",
        "10 tags.required.Env.from has the constant 'prod', which is not one of dev",
        "11 tags.required.Who.from can read no tag from a creator; write just `creator`",
        "11 tags.required.Who.from needs the constant's value: `constant: the-value`",
        "11 tags.required.Who.from cannot name 'answer'; it is never looked up",
        "12 tags.near_misses is 'cpoy'; did you mean 'copy'?",
        "14 tags.exceptions needs `reason:`",
        "14 tags.exceptions.until is '31.12.2026'; write a day such as 2027-01-31",
        "16 tags.teams.nobody has no members; give `people:`, `roles:` or `accounts:`",
        "18 tags.accounts.12345 is not an account id of 12 digits",
        "19 tags.grace.terraform is '10'; write a time such as 90s, 10m, 1h or 2d",
        NAMELESS,
        "21 slack.window is longer than a day (1d)",
        "21 slack.language is 'de'; known here: en, ko",
        "21 slack.links is 'maybe'; write true or false",
    ]


@pytest.mark.parametrize("word", ["moon", "anwser", "near-miss"])
def test_an_unknown_origin_is_answered_with_allowed_ones_only(word: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(f"tags: {{required: {{A: {{from: [{word}]}}}}}}", "f")

    said = str(caught.value)
    assert said.endswith("session, parent, stack, role, account, team, constant")


def test_a_secret_pasted_in_the_wrong_place_is_not_repeated() -> None:
    with pytest.raises(ConfigError) as caught:
        parse(WRONG, "f")

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "f:1:1: tags is missing", id="empty"),
        pytest.param("tags: {}", "tags.required is missing", id="nothing-required"),
        pytest.param("tags: {required: []}", "names 0 keys", id="no-keys"),
        pytest.param("tags: {required: Owner}", "must be a mapping", id="word-for-list"),
        pytest.param("tags: {required: {Owner: {from: creator}}}", "must be a list", id="from"),
        pytest.param("tags: {required: {A: {types: []}}}", "is an empty list", id="empty-globs"),
        pytest.param("tags: {required: [A], near_misses: [copy]}", "single value", id="list"),
        pytest.param("tags: {required: [[A]]}", "must list single values", id="nested"),
        pytest.param("tags: {required: {A: {values: {b: c}}}}", "must be a list", id="values"),
        pytest.param("tags: {required: {A: {from: [{}]}}}", "one origin per line", id="no-origin"),
        pytest.param(f"tags: {{required: [{'k' * 129}]}}", "1 to 128 characters", id="long-key"),
        pytest.param(f"tags: {{required: {{A: {{values: [{'v' * 257}]}}}}}}", "longer", id="long"),
    ],
)
def test_what_cannot_be_a_policy_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        parse(text, "f")


@pytest.mark.parametrize(
    "text",
    [
        r'tags: {required: ["\uD800"]}',
        r'tags: {required: [A], x: 1, "\uDFFF": 1}',
        r'tags: {required: {A: {values: ["a\uDC00"]}}}',
    ],
)
def test_half_a_character_is_refused_at_its_place_in_words_that_can_be_printed(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(f"version: 1\n{text}", "f")

    column = text.index('"') + 1
    assert str(caught.value).encode().startswith(f"f:2:{column}: this text holds \\uD".encode())


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_does_worse_than_a_config_error(one: str, two: str) -> None:
    for text in (one, f"tags:\n  required:\n    A: {one}\n  {two}: {one}\n"):
        try:
            parse(text, "f")
        except ConfigError as error:
            assert str(error).startswith("f:")  # noqa: PT017 - either outcome is right
