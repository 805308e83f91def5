"""IAM's way to weigh a condition, as far as our policies use it."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

Context = Mapping[str, str]


def allows(statement: Mapping[str, Any], context: Context) -> bool:
    """Whether every condition of *statement* holds for a request that says so of itself."""
    return all(
        _holds(operator, value, context.get(key))
        for operator, keys in statement.get("Condition", {}).items()
        for key, value in keys.items()
    )


def _holds(operator: str, wanted: Any, value: str | None) -> bool:
    if value is None:
        return operator.endswith("IfExists")
    some: Iterable[str] = wanted if isinstance(wanted, list) else (wanted,)
    match operator.removesuffix("IfExists"):
        case "StringEquals" | "ArnEquals" | "Bool":
            return value in some
        case "StringLike" | "ArnLike":
            return any(fnmatchcase(value, each) for each in some)
        case _:
            raise AssertionError(f"the weighing does not know {operator}")


def resolved(node: Any, values: Mapping[str, Any]) -> Any:
    """*node* with CloudFormation's references filled in from *values*."""
    match node:
        case {"Ref": str(name), **rest} if not rest:
            return values[name]
        case {"Fn::GetAtt": [str(name), str(of)], **rest} if not rest:
            return values[f"{name}.{of}"]
        case {"Fn::Sub": str(text), **rest} if not rest:
            for name, value in values.items():
                text = text.replace(f"${{{name}}}", str(value))
            return text
        case Mapping():
            return {key: resolved(part, values) for key, part in node.items()}
        case list():
            return [resolved(part, values) for part in node]
        case _:
            return node
