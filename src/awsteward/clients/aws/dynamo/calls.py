"""One DynamoDB table through the door: consistent reads, whole; writes that say what held them up.

It knows no row of the ledger. A refusal that nothing here can mend is raised, naming the table.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from awsteward.clients.aws.door import Aws
from awsteward.clients.aws.dynamo.block import Op, key, wire, without
from awsteward.clients.aws.dynamo.items import Attributes, Key, Value
from awsteward.clients.aws.refusals import Answer, Cause, Refusal, given
from awsteward.core.errors import ConfigError

_REASONS = re.compile(r"\[([^\[\]]*)\]\s*$")
_UNMET, _CONFLICT, _FINE = "ConditionalCheckFailed", "TransactionConflict", "None"
_CONFLICTS = 3
"""Tries without waiting: who was in the way is mostly done by then; else it is for the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The table, in our own account."""

    door: Aws
    name: str
    region: str

    def get(self, of: Key) -> Attributes | None:
        """One item as it is now."""
        params = {"Key": key(of), "ConsistentRead": True}
        found: Attributes | None = self._given("GetItem", params).get("Item")
        return found or None

    def query(self, pk: str, beginning: str = "") -> Iterator[Attributes]:
        """A whole partition, or those whose sort key begins so."""
        values, expression = {":pk": {"S": pk}}, "pk = :pk"
        if beginning:
            values[":sk"] = {"S": beginning}
            expression += " AND begins_with(sk, :sk)"
        return self._pages(
            "Query",
            {"KeyConditionExpression": expression, "ExpressionAttributeValues": values},
        )

    def query_after(self, pk: str, sk: str) -> Iterator[Attributes]:
        """Those of a partition whose sort key comes after *sk*."""
        return self._pages(
            "Query",
            {
                "KeyConditionExpression": "pk = :pk AND sk > :sk",
                "ExpressionAttributeValues": {":pk": {"S": pk}, ":sk": {"S": sk}},
            },
        )

    def update(self, params: Mapping[str, Any]) -> Attributes:
        """Change one item, whatever it was; the attributes that *params* asks to return."""
        found: Attributes = self._given("UpdateItem", params).get("Attributes", {})
        return found

    def scan(
        self, expression: str, names: Mapping[str, str], values: Mapping[str, Value]
    ) -> Iterator[Attributes]:
        """What fits *expression*, out of the whole table: it reads, and costs, all of it."""
        return self._pages(
            "Scan",
            {
                "FilterExpression": expression,
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": values,
            },
        )

    def _pages(self, operation: str, params: Mapping[str, Any]) -> Iterator[Attributes]:
        more: dict[str, Any] = {"ConsistentRead": True}
        while True:
            page = self._given(operation, {**params, **more})
            yield from page.get("Items", ())
            if not page.get("LastEvaluatedKey"):
                return
            more["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def alone(self, operation: str, params: Mapping[str, Any]) -> bool:
        """One write to one item; False when its condition does not hold."""
        answer = self._call(operation, params)
        if isinstance(answer, Refusal) and answer.code == "ConditionalCheckFailedException":
            return False
        self._insist(operation, answer)
        return True

    def commit(self, ops: Sequence[Op]) -> frozenset[Key]:
        """Write *ops* in one transaction; the keys of those whose condition did not hold.

        These are left out, with what stands or falls with them, and the rest is written.
        """
        lost: frozenset[Key] = frozenset()
        conflicts = 0
        while left := without(ops, lost):
            answer = self._transact(left)
            if not isinstance(answer, Refusal):
                break
            reasons = _reasons(answer, len(left))
            unmet = {op.key for op, why in zip(left, reasons, strict=False) if why == _UNMET}
            conflicts += _CONFLICT in reasons
            mendable = unmet or (_CONFLICT in reasons and conflicts < _CONFLICTS)
            if not mendable or {*reasons} - {_UNMET, _CONFLICT, _FINE}:
                self._insist("TransactWriteItems", answer)
            lost |= unmet
        return lost

    def _transact(self, ops: Sequence[Op]) -> Answer:
        """Ask once more where the answer was lost on its way: by its token it counts once."""
        params = {
            "TransactItems": [wire(op, self.name) for op in ops],
            "ClientRequestToken": str(uuid4()),
        }
        answer = self._send("TransactWriteItems", params)
        if isinstance(answer, Refusal) and answer.cause is Cause.BROKEN:
            answer = self._send("TransactWriteItems", params)
        return answer

    def _given(self, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._insist(operation, self._call(operation, params))

    def _call(self, operation: str, params: Mapping[str, Any]) -> Answer:
        return self._send(operation, {"TableName": self.name, **params})

    def _send(self, operation: str, params: Mapping[str, Any]) -> Answer:
        return self.door.call("", self.region, "dynamodb", operation, params)

    def _insist(self, operation: str, answer: Answer) -> Mapping[str, Any]:
        """The answer; a refusal is raised, with the action and the table in its text."""
        if not isinstance(answer, Refusal):
            return answer
        if answer.cause is Cause.ABSENT:
            raise ConfigError(
                f"there is no DynamoDB table {self.name!r} in {self.region}; "
                "deploy it, or name another in AWSTEWARD_TABLE"
            )
        about = f"dynamodb:{operation} on the table {self.name}: {answer.message}"
        return given(replace(answer, message=about))


def _reasons(refusal: Refusal, of: int) -> tuple[str, ...]:
    """Why a transaction was cancelled, op by op; the message is all that the door hands on."""
    found = _REASONS.search(refusal.message)
    if refusal.code != "TransactionCanceledException" or not found:
        return ()
    reasons = tuple(reason.strip() for reason in found.group(1).split(","))
    return reasons if len(reasons) == of else ()
