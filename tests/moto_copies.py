"""moto's DynamoDB copies a table before each transaction, to go back to; this makes that cheap.

Copied one value after another it was the half of what the tests of ledgers took.
"""

from collections import defaultdict
from copy import deepcopy
from typing import Any, cast

from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

_FLAT = frozenset({"S", "N", "B", "BOOL", "NULL"})
"""What moto exchanges and never changes, so that copies may share it."""


def install() -> None:
    Table.__deepcopy__ = _table  # type: ignore[attr-defined]


def _table(table: Table, memo: dict[int, Any]) -> Table:
    made = cast(Table, Table.__new__(Table))
    memo[id(table)] = made
    for name, value in vars(table).items():
        setattr(made, name, _items(value) if name == "items" else deepcopy(value, memo))
    return made


def _items(items: dict[Any, Any]) -> dict[Any, Any]:
    """Of a table with sort keys or without."""
    return defaultdict(
        dict,
        {
            key: _item(found)
            if isinstance(found, Item)
            else {sort: _item(item) for sort, item in found.items()}
            for key, found in items.items()
        },
    )


def _item(item: Item) -> Item:
    made = Item(item.hash_key, item.range_key, {})
    for name, value in item.attrs.items():
        flat = isinstance(value, DynamoType) and value.type in _FLAT
        dict.__setitem__(made.attrs, name, value if flat else deepcopy(value))
    return made
