"""What AWS Config asks when it calls the function of a custom rule."""

from dataclasses import dataclass
from typing import assert_never

import msgspec

from awsteward.tags.read.items import Item, Scheduled, Unreadable, message

TEST_TOKEN = "TESTMODE"  # noqa: S105  a word that AWS's own tools send, no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One question of a rule's: about one resource, or about all of them."""

    rule: str
    account: str
    """The account whose rule it is; the answer goes there."""
    token: str
    """Says to Config which question an answer is to."""
    left_scope: bool
    """The rule no longer asks about this resource."""
    about: Item | Scheduled

    @property
    def is_test(self) -> bool:
        """True where nothing is to be kept of the answer."""
        return self.token == TEST_TOKEN


class _Event(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What Lambda hands over.

    https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_example-events.html
    """

    invoking_event: str
    result_token: str
    account_id: str
    config_rule_name: str = "?"
    event_left_scope: bool = False


def invocation(event: object) -> Invocation | Unreadable:
    """The question that *event*, as Lambda hands it over, holds."""
    try:
        told = msgspec.convert(event, _Event)
    except (msgspec.ValidationError, RecursionError) as error:
        return Unreadable(f"is no call of a rule of AWS Config: {error}")
    match message(told.invoking_event):
        case Unreadable(why):
            return Unreadable(f"its invokingEvent {why}")
        case Item(account=account) | Scheduled(account=account) if account != told.account_id:
            return Unreadable(f"account {told.account_id[:80]!r} asks about one of another")
        case Item() | Scheduled() as about:
            return Invocation(
                rule=told.config_rule_name, account=told.account_id, token=told.result_token,
                left_scope=told.event_left_scope, about=about,
            )  # fmt: skip
        case other:
            assert_never(other)
