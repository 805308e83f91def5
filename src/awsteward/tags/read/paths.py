"""Finds values in a record's request and response, whose spelling the services do not agree on.

Members match without regard to case; XML turned to JSON may stand for a list as an object. It
knows nothing of ARNs or tags.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Json = Mapping[str, object]
NOTHING: Json = {}
_ENDINGS = ("Request", "Response", "Input", "Result")
_ELEMENTS = ("items", "item", "member")


@dataclass(frozen=True, slots=True)
class Step:
    """One member of a path; *many* where it holds several."""

    name: str
    lower: str
    many: bool


Path = tuple[Step, ...]


def compile_path(text: str) -> Path:
    """``DBInstance.Endpoints[].Arn`` -> steps, first guess spelled as CloudTrail does."""
    return tuple(_step(part) for part in text.split("."))


def _step(part: str) -> Step:
    name = part.removesuffix("[]")
    return Step(name[:1].lower() + name[1:], name.lower(), part.endswith("[]"))


def wrappers(operation: str) -> frozenset[str]:
    """Names under which a service may wrap a whole request or response."""
    lower = operation[:1].lower() + operation[1:]
    return frozenset(name + end for name in (operation, lower) for end in _ENDINGS)


def unwrap(body: object, around: frozenset[str]) -> Json:
    """The members of *body*, those inside a wrapper included."""
    if not isinstance(body, dict):
        return NOTHING
    if around.isdisjoint(body):
        return body
    merged = dict(body)
    for name in around & body.keys():
        if isinstance(body[name], dict):
            merged |= body[name]
    return merged


def member(node: object, step: Step) -> object:
    """The member named so, or None."""
    if not isinstance(node, dict):
        return None
    value = node.get(step.name)
    if value is not None:
        return value
    lower, size = step.lower, len(step.lower)
    for name in node:
        if len(name) == size and name.lower() == lower:
            return node[name]
    return None


def values(body: Json, path: Path) -> list[object]:
    """Everything the path leads to; empty where a part of it is absent."""
    node: object = body
    for at, step in enumerate(path):
        if step.many or isinstance(node, list):
            return _spread([node], path[at:])
        node = member(node, step)
        if node is None:
            return []
    return node if isinstance(node, list) else [node]


def _spread(nodes: list[object], path: Path) -> list[object]:
    """The same from several nodes at once."""
    for step in path:
        flat = [one for node in nodes for one in (node if isinstance(node, list) else (node,))]
        found = [value for node in flat if (value := member(node, step)) is not None]
        nodes = [one for value in found for one in elements(value)] if step.many else found
    return [one for node in nodes for one in (node if isinstance(node, list) else (node,))]


def whole(body: Json, path: Path) -> object:
    """What the path leads to, a list left as it is; None where a part is absent."""
    if len(path) == 1:
        return member(body, path[0])
    holders = values(body, path[:-1])
    return next((v for holder in holders if (v := member(holder, path[-1])) is not None), None)


def elements(value: object) -> Iterable[object]:
    """A list's elements, whatever the list looks like."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        for name in _ELEMENTS:
            if name in value:
                inner = value[name]
                return inner if isinstance(inner, list) else (inner,)
    return (value,)
