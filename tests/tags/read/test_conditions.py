import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsteward.tags.read.conditions import Guarding, guarding

WHERE = "arn:aws:iam::111122223333:policy/one"


def keys(*statements: dict[str, Any]) -> list[str]:
    return [each.key for each in guarding({"Statement": list(statements)}, WHERE)]


def condition(operator: str, name: str, value: object = "x") -> dict[str, Any]:
    return {"Effect": "Allow", "Condition": {operator: {name: value}}}


@pytest.mark.parametrize(
    "name",
    [
        *("aws:ResourceTag/Team", "aws:RequestTag/Team", "aws:PrincipalTag/Team"),
        *("AWS:resourcetag/Team", "ec2:ResourceTag/Team", "ssm:resourceTag/Team"),
        *("s3:ExistingObjectTag/Team", "s3:RequestObjectTag/Team", "rds:db-tag/Team"),
    ],
)
def test_a_condition_on_a_tag_names_its_key(name: str) -> None:
    assert keys(condition("StringEquals", name)) == ["Team"]


@pytest.mark.parametrize(
    "name", ["aws:SourceIp", "aws:ResourceTag", "aws:ResourceTag/", "s3:prefix", "tag/Team"]
)
def test_other_conditions_name_none(name: str) -> None:
    assert keys(condition("StringEquals", name)) == []


@pytest.mark.parametrize(
    ("operator", "values", "found"),
    [
        ("ForAllValues:StringEquals", ["Team", "Cost"], ["Team", "Cost"]),
        ("ForAnyValue:StringLike", "Team*", ["Team*"]),
        ("ForAnyValue:StringLike", ["*", "?*", "${aws:username}"], []),
        ("Null", "false", []),
        ("ForAllValues:NullIfExists", "true", []),
        ("StringEquals", [1, None, ["Team"]], []),
    ],
)
def test_of_a_list_of_keys_the_values_are_the_keys(
    operator: str, values: object, found: list[str]
) -> None:
    assert keys(condition(operator, "aws:TagKeys", values)) == found
    assert keys(condition(operator, "s3:RequestObjectTagKeys", values)) == found


def test_a_variable_names_a_key_wherever_it_stands() -> None:
    found = keys(
        {"Resource": ["arn:aws:s3:::home/${aws:PrincipalTag/Team}/*"]},
        {"NotResource": "${ aws:PrincipalTag/Cost , 'none'}"},
        condition("StringEquals", "ec2:ResourceTag/Owner", "${aws:PrincipalTag/Person}"),
    )

    assert found == ["Team", "Cost", "Owner", "Person"]


def test_where_it_was_found_is_told() -> None:
    document = {
        "Statement": [
            {**condition("StringEquals", "aws:ResourceTag/Team"), "Sid": "OnlyTheirs"},
            condition("StringEquals", "aws:ResourceTag/Team"),
        ]
    }

    assert guarding(document, WHERE) == tuple(
        Guarding(key="Team", where=WHERE, sid=sid, condition="aws:ResourceTag/Team")
        for sid in ("OnlyTheirs", "2")
    )


@pytest.mark.parametrize("spell", [lambda x: x, json.dumps, lambda x: quote(json.dumps(x))])
def test_a_document_is_read_however_iam_spells_it(spell: Any) -> None:
    document = {
        "Version": "2012-10-17",
        "Statement": condition("Null", "aws:RequestTag/팀", "true"),
    }

    assert [each.key for each in guarding(spell(document), WHERE)] == ["팀"]


@pytest.mark.parametrize("document", ["{", "%7B", "[]", "{}", None, {"Statement": "x"}])
def test_what_is_no_policy_is_not_taken_for_one_without_conditions(document: object) -> None:
    with pytest.raises(ValueError, match=r"policy document|no mapping"):
        guarding(document, WHERE)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["Condition", "Null", "aws:TagKeys"]), inner)
    ),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.sampled_from(["Condition", "Resource"]), anything), max_size=3))
def test_no_policy_is_too_odd_to_be_read(statements: list[dict[str, Any]]) -> None:
    assert isinstance(guarding({"Statement": statements}, WHERE), tuple)
