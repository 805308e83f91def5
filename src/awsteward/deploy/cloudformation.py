"""CloudFormation's own words as Python values: references, conditions, texts with blanks."""

from collections.abc import Mapping
from typing import Any

Value = Any
Resource = Mapping[str, Any]
Resources = Mapping[str, Resource]
NOTHING = {"Ref": "AWS::NoValue"}


def ref(name: str) -> Value:
    """What CloudFormation calls the resource or parameter."""
    return {"Ref": name}


def arn(name: str) -> Value:
    """The resource's ARN."""
    return attribute(name, "Arn")


def attribute(name: str, of: str) -> Value:
    """Another attribute of a resource."""
    return {"Fn::GetAtt": [name, of]}


def text(template: str) -> Value:
    """A text with `${Name}` in it."""
    return {"Fn::Sub": template}


def filled(template: str, blanks: Mapping[str, Value]) -> Value:
    """A text whose blanks are values of their own."""
    return {"Fn::Sub": [template, dict(blanks)]}


def when(condition: str, value: Value, other: Value = None) -> Value:
    """*value* where the condition holds, else *other*, else nothing at all."""
    return {"Fn::If": [condition, value, NOTHING if other is None else other]}


def part(number: int, separator: str, of: Value) -> Value:
    """One part of a text, counted from nought."""
    return {"Fn::Select": [number, {"Fn::Split": [separator, of]}]}


def given(parameter: str) -> Value:
    """A condition: the parameter is not empty."""
    return {"Fn::Not": [{"Fn::Equals": [ref(parameter), ""]}]}
