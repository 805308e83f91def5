"""A template's values, as CloudFormation would fill them."""

from typing import Any

import pytest

from awsteward.doctor.values import Values

VALUES = Values(
    names={"Mode": "enforce", "Empty": "", "AWS::StackName": "guard"},
    conditions={
        "Enforces": {"Fn::Equals": [{"Ref": "Mode"}, "enforce"]},
        "HasSome": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Empty"}, ""]}]},
        "Odd": {"Fn::Or": []},
        "Hidden": {"Fn::Equals": [{"Ref": "Elsewhere"}, ""]},
    },
)


@pytest.mark.parametrize(
    ("node", "text"),
    [
        ("10", "10"),
        ({"Ref": "Mode"}, "enforce"),
        ({"Fn::Sub": "/canary/${AWS::StackName}/"}, "/canary/guard/"),
        ({"Fn::If": ["Enforces", "yes", "no"]}, "yes"),
        ({"Fn::If": ["HasSome", "yes", {"Ref": "Empty"}]}, ""),
        pytest.param({"Ref": "Elsewhere"}, None, id="unknown-name"),
        pytest.param({"Fn::Sub": "${Elsewhere}"}, None, id="unknown-blank"),
        pytest.param({"Fn::If": ["Odd", "yes", "no"]}, None, id="unknown-condition"),
        pytest.param({"Fn::If": ["Hidden", "yes", "no"]}, None, id="condition-on-unknown"),
        pytest.param({"Fn::GetAtt": ["Queue", "Arn"]}, None, id="unknown-function"),
    ],
)
def test_what_can_be_told_is_filled_and_nothing_is_guessed(node: Any, text: str | None) -> None:
    assert VALUES.text(node) == text
