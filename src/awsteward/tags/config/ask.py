"""What has to be asked of AWS Config before it can be answered: big items, and all of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from awsteward.clients.aws.door import Aws
from awsteward.clients.aws.refusals import given
from awsteward.tags.read.items import Item, Unreadable, answered

PAGE = 100
"""Both what a page may hold and what an answer may.
https://docs.aws.amazon.com/config/latest/APIReference/API_SelectResourceConfig.html"""
EVERYTHING: Final = (
    "SELECT resourceType, resourceId, accountId, awsRegion, configurationItemStatus, "
    "configurationItemCaptureTime, arn, tags"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What AWS Config has recorded in one account and region."""

    door: Aws
    account: str
    region: str

    def whole(self, item: Item) -> Item | Unreadable:
        """*item* with its tags, which its message was too small for.

        `BatchGetResourceConfig` would not do: its answers have no tags.
        """
        answer = self.call(
            "GetResourceConfigHistory", resourceType=item.type, resourceId=item.id,
            laterTime=item.captured, limit=1,
        )  # fmt: skip
        for each in answer.get("configurationItems", ()):
            return answered(each)
        return Unreadable(f"AWS Config has no history of {item.type} {item.id}")

    def pages(self) -> Iterator[tuple[Item | Unreadable, ...]]:
        """Everything that is recorded and not deleted, page by page."""
        asked: dict[str, Any] = {"Expression": EVERYTHING, "Limit": PAGE}
        while True:
            answer = self.call("SelectResourceConfig", **asked)
            yield tuple(map(_row, answer.get("Results", ())))
            if not (token := answer.get("NextToken")):
                return
            asked["NextToken"] = token

    def call(self, operation: str, **params: Any) -> Mapping[str, Any]:  # noqa: ANN401  SDK parameters
        """One operation of AWS Config's."""
        return given(self.door.call(self.account, self.region, "config", operation, params))


def _row(text: str) -> Item | Unreadable:
    """One result: JSON, in which tags stand in a list.

    https://github.com/awslabs/aws-config-resource-schema/blob/master/config/properties/AWS.properties.json
    """
    try:
        row = msgspec.json.decode(text, type=dict[str, Any])
        tags = msgspec.convert(row.get("tags") or [], list[dict[str, str]])
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        return Unreadable(f"a result of SelectResourceConfig cannot be read: {error}")
    return answered({**row, "tags": {tag.get("key", ""): tag.get("value", "") for tag in tags}})
