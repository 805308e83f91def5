"""The reins that machines share, in the table of their ledger: `clients.reins.Reins` in DynamoDB.

Every cell is an item of one partition, so that they can be listed; what was observed of a cell
lies in a partition of its own.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Self
from uuid import uuid4

from awsteward.clients.aws.door import Aws
from awsteward.clients.aws.dynamo import items
from awsteward.clients.aws.dynamo.block import Change, Put, hundreds, key
from awsteward.clients.aws.dynamo.calls import Table
from awsteward.clients.aws.dynamo.items import Attributes, Key, body, content, expires, text
from awsteward.clients.ledger import stamp
from awsteward.clients.reins import (
    Cell,
    Fault,
    Known,
    Observation,
    Promotion,
    Pulled,
    Stop,
    Trip,
    granted,
)

OBSERVATIONS_STAY = timedelta(days=90)
COUNTS_STAY = timedelta(days=2)
"""Longer than any breaker looks back, and than an hour."""

_NO_PROMOTION = {"NULL": True}


class DynamoReins:
    """One process's way to the shared reins."""

    def __init__(self, table: Table, now: Callable[[], datetime]) -> None:
        self._table = table
        self._now = now

    @classmethod
    def of(cls, door: Aws, table: str, region: str, now: Callable[[], datetime]) -> Self:
        """The reins in that table; nothing is called yet."""
        return cls(Table(door=door, name=table, region=region), now)

    def observe(self, seen: Iterable[Observation]) -> None:
        """See `Observations.observe`; a cell is there before what was observed of it."""
        first: dict[Key, Observation] = {}
        for each in seen:
            first.setdefault(items.observation(each), each)
        cells: dict[Cell, Observation] = {}
        for each in first.values():
            cells.setdefault(each.cell, each)
        known = {each.cell for each in self.known(cells)}
        for cell, each in cells.items():
            if cell not in known:
                self._discover(cell, each.at)
        until = expires(self._now() + OBSERVATIONS_STAY)
        puts = (
            Put(key=at, attributes={**_attributes(each), "expires": until}, fresh=True)
            for at, each in first.items()
        )
        for ops in hundreds(puts):
            self._table.commit(ops)

    def observed(self, cell: Cell) -> tuple[Observation, ...]:
        """See `Observations.observed`."""
        found = (_observation(cell, item) for item in self._table.query(items.observations(cell)))
        return tuple(sorted(found, key=lambda each: (each.at, each.ref, each.event_id)))

    def known(self, cells: Iterable[Cell]) -> tuple[Known, ...]:
        """See `Observations.known`; one query for each type, however many keys are asked about."""
        asked = dict.fromkeys(cells)
        sorts = dict.fromkeys(map(items.cells_beside, asked))
        found = {
            each.cell: each
            for sort in sorts
            for each in map(_known, self._table.query(items.CELLS, sort))
        }
        return tuple(found[cell] for cell in asked if cell in found)

    def cells(self) -> tuple[Known, ...]:
        """See `Observations.cells`."""
        found = map(_known, self._table.query(items.CELLS))
        return tuple(sorted(found, key=lambda each: each.cell))

    def promote(self, cells: Iterable[Cell], promotion: Promotion) -> None:
        """See `Observations.promote`."""
        told = {
            "promoted_by": text(promotion.by),
            "at": text(stamp(promotion.at)),
            "digest": text(promotion.digest),
        }
        self._change(cells, told)

    def demote(self, cells: Iterable[Cell], at: datetime) -> None:
        """See `Observations.demote`."""
        self._change(cells, {"at": _NO_PROMOTION, "since": text(stamp(at))})

    def pulled(self) -> Pulled:
        """See `Brakes.pulled`."""
        found = list(self._table.query(items.BRAKES))
        breakers = [item for item in found if "account" in item]
        return Pulled(
            stop=next((_stop(item) for item in found if "account" not in item), None),
            trips=tuple(_trip(item) for item in breakers if "closed" not in item),
            closed={
                content(item["account"]): _moment(item, "closed")
                for item in breakers
                if "closed" in item
            },
        )

    def stop(self, stop: Stop) -> None:
        """See `Brakes.stop`."""
        row = {"why": body(stop.why), "by": text(stop.by), "at": text(stamp(stop.at))}
        self._table.alone("PutItem", {"Item": {**key(items.stop()), **row}})

    def resume(self, at: datetime) -> None:
        """See `Brakes.resume`."""
        self._table.alone("DeleteItem", {"Key": key(items.stop())})
        for trip in self.pulled().trips:
            self._table.alone(
                "UpdateItem",
                {
                    "Key": key(items.breaker(trip.account)),
                    "UpdateExpression": "SET #closed = :at",
                    "ConditionExpression": "attribute_exists(pk)",
                    "ExpressionAttributeNames": {"#closed": "closed"},
                    "ExpressionAttributeValues": {":at": text(stamp(at))},
                },
            )

    def trip(self, trip: Trip) -> bool:
        """See `Brakes.trip`."""
        row = {"account": text(trip.account), "why": body(trip.why), "at": text(stamp(trip.at))}
        return self._table.alone(
            "PutItem",
            {
                "Item": {**key(items.breaker(trip.account)), **row},
                "ConditionExpression": "attribute_not_exists(pk) OR attribute_exists(#closed)",
                "ExpressionAttributeNames": {"#closed": "closed"},
            },
        )

    def count(self, account: str, fault: Fault, n: int, at: datetime) -> None:
        """See `Brakes.count`; an item for each report, because an open breaker ends them."""
        row = {"n": {"N": str(n)}, "expires": expires(at + COUNTS_STAY)}
        where = items.fault(account, fault), f"{stamp(at)}#{uuid4()}"
        self._table.alone("PutItem", {"Item": {**key(where), **row}})

    def counted(self, account: str, fault: Fault, after: datetime) -> int:
        """See `Brakes.counted`; behind the moment stands `#`, and `$` comes after that."""
        found = self._table.query_after(items.fault(account, fault), f"{stamp(after)}$")
        return sum(int(item["n"]["N"]) for item in found)

    def take(self, hour: datetime, wanted: int, most: int) -> int:
        """See `Brakes.take`; what an answer lost on its way took stays taken."""
        after = self._table.update(
            {
                "Key": key(items.hour(hour)),
                "UpdateExpression": "ADD #n :wanted SET #expires = :until",
                "ExpressionAttributeNames": {"#n": "n", "#expires": "expires"},
                "ExpressionAttributeValues": {
                    ":wanted": {"N": str(wanted)},
                    ":until": expires(hour + COUNTS_STAY),
                },
                "ReturnValues": "UPDATED_NEW",
            }
        )
        return granted(wanted, int(after["n"]["N"]), most)

    def _discover(self, cell: Cell, at: datetime) -> None:
        row = {"account": text(cell.account), "type": text(cell.type), "key": text(cell.key)}
        item = {**key(items.cell(cell)), **row, "since": text(stamp(at)), "at": _NO_PROMOTION}
        condition = {"ConditionExpression": "attribute_not_exists(pk)"}
        self._table.alone("PutItem", {"Item": item, **condition})

    def _change(self, cells: Iterable[Cell], attributes: Attributes) -> None:
        for ops in hundreds(_changes(cells, attributes)):
            self._table.commit(ops)


def _changes(cells: Iterable[Cell], attributes: Attributes) -> Iterator[Change]:
    for cell in dict.fromkeys(cells):
        yield Change(key=items.cell(cell), attributes=attributes)


def _attributes(seen: Observation) -> Attributes:
    return {
        "event_id": text(seen.event_id), "ref": text(seen.ref), "value": text(seen.value),
        "origin": text(seen.origin), "at": text(stamp(seen.at)),
    }  # fmt: skip


def _observation(cell: Cell, item: Attributes) -> Observation:
    return Observation(
        cell=cell, event_id=content(item["event_id"]), ref=content(item["ref"]),
        value=content(item["value"]), origin=content(item["origin"]), at=_moment(item, "at"),
    )  # fmt: skip


def _known(item: Attributes) -> Known:
    cell = Cell(
        account=content(item["account"]), type=content(item["type"]), key=content(item["key"])
    )
    promotion = None
    if "NULL" not in item["at"]:
        by, digest = content(item["promoted_by"]), content(item["digest"])
        promotion = Promotion(by=by, at=_moment(item, "at"), digest=digest)
    return Known(cell=cell, since=_moment(item, "since"), promotion=promotion)


def _stop(item: Attributes) -> Stop:
    return Stop(why=content(item["why"]), by=content(item["by"]), at=_moment(item, "at"))


def _trip(item: Attributes) -> Trip:
    return Trip(account=content(item["account"]), why=content(item["why"]), at=_moment(item, "at"))


def _moment(item: Attributes, name: str) -> datetime:
    return datetime.fromisoformat(content(item[name]))
