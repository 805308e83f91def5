"""What CloudFormation makes of the values in a template, as far as functions' settings go. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What a stack's names stand for."""

    names: Mapping[str, str]
    """Parameters, physical ids of resources, and CloudFormation's own such as AWS::StackName."""
    conditions: Mapping[str, Any]
    """As the template has them."""

    def text(self, node: Any) -> str | None:  # noqa: ANN401 - a template's values are of any shape
        """The text that *node* becomes; None for what cannot be told from here."""
        match node:
            case str():
                return node
            case {"Ref": str(name)}:
                return self.names.get(name)
            case {"Fn::Sub": str(text)}:
                return self._filled(text)
            case {"Fn::If": [str(name), then, other]}:
                holds = self._holds(self.conditions.get(name))
                return None if holds is None else self.text(then if holds else other)
            case _:
                return None

    def _filled(self, text: str) -> str | None:
        for name, value in self.names.items():
            text = text.replace(f"${{{name}}}", value)
        return None if "${" in text else text

    def _holds(self, condition: Any) -> bool | None:  # noqa: ANN401 - as above
        match condition:
            case {"Fn::Not": [inner]}:
                holds = self._holds(inner)
                return None if holds is None else not holds
            case {"Fn::Equals": [left, right]}:
                pair = self.text(left), self.text(right)
                return None if None in pair else pair[0] == pair[1]
            case _:
                return None
