"""Changes to items: merged until there is one per item, and cut into what a transaction takes.

Pure. DynamoDB takes no two changes of one item in a transaction, nor more than 100, nor over 4 MB.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any, assert_never

from awsteward.clients.aws.dynamo.items import Attributes, Key, Value

MOST = 100
MOST_BYTES = 3_500_000
"""Of 4 MB, with room for names and numbers, which are counted roughly here."""
_EXISTS, _ABSENT = "attribute_exists(pk)", "attribute_not_exists(pk)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """An item is to be this."""

    key: Key
    attributes: Attributes
    fresh: bool = False
    """Only where there is no such item yet."""
    beside: Key | None = None
    """The fresh one just before it, with which it stands or falls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Some attributes are to be these, where there is such an item."""

    key: Key
    attributes: Attributes


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """An item is to be gone; it need not have been there."""

    key: Key


Op = Put | Change | Delete


def add(ops: dict[Key, Op], new: Op) -> None:
    """Have *new* happen after all of *ops*."""
    ops[new.key] = _merged(ops.pop(new.key, None), new)


def _merged(old: Op | None, new: Op) -> Op:
    match old, new:
        case (Put() | Change(), Change()):
            return replace(old, attributes={**old.attributes, **new.attributes})
        case (Delete(), Change()):
            return old
        case _:
            return new


def without(ops: Iterable[Op], lost: AbstractSet[Key]) -> tuple[Op, ...]:
    """*ops* less the *lost* ones and what falls with them."""
    return tuple(op for op in ops if op.key not in lost and _beside(op) not in lost)


def hundreds(ops: Iterable[Op]) -> Iterator[tuple[Op, ...]]:
    """*ops* in order, cut into transactions; what stands or falls together is never parted."""
    chunk: list[Op] = []
    held = 0
    for unit in _units(ops):
        size = sum(map(_size, unit))
        if chunk and (len(chunk) + len(unit) > MOST or held + size > MOST_BYTES):
            yield tuple(chunk)
            chunk, held = [], 0
        chunk += unit
        held += size
    if chunk:
        yield tuple(chunk)


def _units(ops: Iterable[Op]) -> Iterator[Sequence[Op]]:
    unit: list[Op] = []
    for op in ops:
        if unit and _beside(op) != unit[0].key:
            yield unit
            unit = []
        unit.append(op)
    if unit:
        yield unit


def _beside(op: Op) -> Key | None:
    return op.beside if isinstance(op, Put) else None


def _size(op: Op) -> int:
    if isinstance(op, Delete):
        return 0
    values = (value for typed in op.attributes.values() for value in typed.values())
    return sum(len(x.encode() if isinstance(x, str) else x) for x in values if _long(x))


def _long(value: object) -> bool:
    return isinstance(value, str | bytes)


def wire(op: Op, table: str) -> Mapping[str, Any]:
    """One member of TransactItems."""
    match op:
        case Put():
            item = {**key(op.key), **op.attributes}
            guard = {"ConditionExpression": _ABSENT} if op.fresh else {}
            return {"Put": {"TableName": table, "Item": item, **guard}}
        case Change():
            names = {f"#{n}": name for n, name in enumerate(op.attributes)}
            return {
                "Update": {
                    "TableName": table,
                    "Key": key(op.key),
                    "UpdateExpression": "SET " + ", ".join(f"{n} = :{n[1:]}" for n in names),
                    "ConditionExpression": _EXISTS,
                    "ExpressionAttributeNames": names,
                    "ExpressionAttributeValues": {
                        f":{n}": value for n, value in enumerate(op.attributes.values())
                    },
                }
            }
        case Delete():
            return {"Delete": {"TableName": table, "Key": key(op.key)}}
        case _:
            assert_never(op)


def key(of: Key) -> Mapping[str, Value]:
    """A key as DynamoDB spells it."""
    return {"pk": {"S": of[0]}, "sk": {"S": of[1]}}
