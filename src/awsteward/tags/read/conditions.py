"""The tag keys on which an IAM policy document makes access depend. Pure; it asks nobody.

Documents come as IAM hands them over: a mapping, or JSON, or JSON encoded for a URL.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TypeGuard
from urllib.parse import unquote

import msgspec

_VARIABLE = re.compile(r"\$\{\s*([^},]+)")
_ANY = re.compile(r"[*?]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarding:
    """One place that names a tag key."""

    key: str
    """As it is written there; from a list of keys it may hold wildcards."""
    where: str
    """The ARN of the policy, or of whatever holds it."""
    sid: str
    """The statement: its Sid, or its number counted from 1."""
    condition: str


class Facts(msgspec.Struct, frozen=True):
    """What `conditions.toml` says."""

    ends: tuple[str, ...]
    lists: tuple[str, ...]
    truths: tuple[str, ...]


def guarding(document: object, where: str) -> tuple[Guarding, ...]:
    """Every tag key that *document* names; ValueError where it is no policy."""
    policy = _decoded(document)
    if not isinstance(policy, Mapping) or "Statement" not in policy:
        raise ValueError(f"{where} holds no policy document")
    found: dict[Guarding, None] = {}
    for number, statement in enumerate(_listed(policy["Statement"]), 1):
        if not isinstance(statement, Mapping):
            raise ValueError(f"{where} has a statement that is no mapping")  # noqa: TRY004  a bad document, not a bad call
        sid = str(statement.get("Sid") or number)
        for key, condition in (*_conditions(statement), *_variables(statement)):
            found[Guarding(key=key, where=where, sid=sid, condition=condition)] = None
    return tuple(found)


def _decoded(document: object) -> object:
    if not isinstance(document, str):
        return document
    text = document if document.lstrip().startswith("{") else unquote(document)
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise ValueError(f"a policy document is no JSON: {error}") from error


def _conditions(statement: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    operators = statement.get("Condition")
    for operator, tests in operators.items() if isinstance(operators, Mapping) else ():
        for name, values in tests.items() if isinstance(tests, Mapping) else ():
            if (key := _key(name)) is not None:
                yield key, name
            elif name.casefold().endswith(_facts().lists) and not _truth(operator):
                yield from ((each, name) for each in filter(_names_a_key, _listed(values)))


def _variables(node: object) -> Iterator[tuple[str, str]]:
    """``${aws:PrincipalTag/team}`` may stand in any text of a statement."""
    match node:
        case str():
            for name in _VARIABLE.findall(node):
                if (key := _key(name.strip())) is not None:
                    yield key, f"${{{name.strip()}}}"
        case Mapping():
            for value in node.values():
                yield from _variables(value)
        case list() | tuple():
            for each in node:
                yield from _variables(each)
        case _:
            pass


def _key(name: str) -> str | None:
    """The tag key behind ``aws:ResourceTag/``; None where *name* is no such condition key."""
    kind, _, key = name.partition("/")
    named = ":" in kind and kind.casefold().endswith(_facts().ends)
    return key if named and key else None


def _truth(operator: str) -> bool:
    bare = operator.casefold().rpartition(":")[2].removesuffix("ifexists")
    return bare in _facts().truths


def _names_a_key(value: object) -> TypeGuard[str]:
    """A value that any key would fit, or that is only known in a request, singles none out."""
    return isinstance(value, str) and "${" not in value and _ANY.fullmatch(value) is None


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


@cache
def _facts() -> Facts:
    file = resources.files(__package__) / "data" / "conditions.toml"
    return msgspec.convert(tomllib.loads(file.read_text("utf-8")), Facts)
