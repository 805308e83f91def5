"""From AWS Config's messages to configuration items: a resource as it was at one moment.

Shapes: https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_example-events.html
and https://docs.aws.amazon.com/config/latest/developerguide/monitor-config-with-cloudwatchevents.html
What an item means for the guard is told in `discoveries`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from awsteward.tags.model.arn import Arn

GONE = frozenset({"ResourceDeleted", "ResourceDeletedNotRecorded"})
UNRECORDED = "ResourceNotRecorded"
_DISCOVERED = "ResourceDiscovered"
"""https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigurationItem.html"""
_ACCOUNT = re.compile(r"\d{12}")
_REGION = re.compile(r"[a-z0-9-]{1,64}")
_TYPE = re.compile(r"[A-Za-z0-9:]{1,196}")
_LONGEST_ID = 768
_LONGEST_SHOWN = 80
_ARN_PARTS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One resource at one moment, as AWS Config recorded it."""

    type: str
    """In Config's words, which are not always CloudFormation's."""
    id: str
    arn: Arn | None
    account: str
    region: str
    """Or ``global``."""
    status: str
    captured: datetime
    made: datetime | None
    """When the resource was created; many types do not say."""
    tags: Mapping[str, str] | None
    """None where the message was too big to hold them."""
    first: bool
    """True of the first item that Config has of this resource."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """The time has come to look at everything."""

    account: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Unreadable:
    """No message of AWS Config's that we understand; *why* names the place."""

    why: str


class _Item(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    resource_type: str
    resource_id: str
    aws_account_id: str
    aws_region: str
    configuration_item_status: str
    configuration_item_capture_time: datetime
    resource_creation_time: datetime | None = None
    arn: str | None = msgspec.field(name="ARN", default=None)
    tags: dict[str, str] | None = None
    change_type: str | None = None
    """Of a summary; beside a whole item stands a diff that has it."""


class _Diff(msgspec.Struct, frozen=True, rename="camel"):
    change_type: str | None = None


class _Message(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    message_type: str
    configuration_item: _Item | None = None
    configuration_item_summary: _Item | None = None
    configuration_item_diff: _Diff | None = None
    notification_creation_time: datetime | None = None
    aws_account_id: str | None = None


class _Answered(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """An item in an answer of the API, which spells some members otherwise."""

    resource_type: str
    resource_id: str
    account_id: str
    aws_region: str
    configuration_item_status: str
    configuration_item_capture_time: datetime
    resource_creation_time: datetime | None = None
    arn: str | None = None
    tags: dict[str, str] | None = None


_message = msgspec.json.Decoder(_Message)
_UNDECODABLE = (msgspec.DecodeError, UnicodeError, RecursionError)


def message(text: str | bytes | msgspec.Raw) -> Item | Scheduled | Unreadable:
    """What one message says: an ``invokingEvent``, or the ``detail`` of an event."""
    try:
        told = _message.decode(text)
    except _UNDECODABLE as error:
        return Unreadable(f"is no message of AWS Config: {error}")
    match told.message_type:
        case "ConfigurationItemChangeNotification":
            return _whole(told)
        case "OversizedConfigurationItemChangeNotification":
            return _summary(told.configuration_item_summary)
        case "ScheduledNotification":
            return _scheduled(told)
        case other:
            return Unreadable(f"messageType is {other[:_LONGEST_SHOWN]!r}, which says no item")


def answered(value: object) -> Item | Unreadable:
    """The item in an answer of ``GetResourceConfigHistory`` or ``SelectResourceConfig``."""
    try:
        told = msgspec.convert(value, _Answered)
    except (msgspec.ValidationError, RecursionError) as error:
        return Unreadable(f"is no configuration item: {error}")
    item = _Item(
        resource_type=told.resource_type, resource_id=told.resource_id,
        aws_account_id=told.account_id, aws_region=told.aws_region,
        configuration_item_status=told.configuration_item_status,
        configuration_item_capture_time=told.configuration_item_capture_time,
        resource_creation_time=told.resource_creation_time, arn=told.arn, tags=told.tags,
    )  # fmt: skip
    return _checked(item, item.tags or {}, first=False)


def _whole(told: _Message) -> Item | Unreadable:
    item = told.configuration_item
    if item is None:
        return Unreadable("says that an item changed and has no configurationItem")
    created = told.configuration_item_diff and told.configuration_item_diff.change_type == "CREATE"
    first = bool(created) or item.configuration_item_status == _DISCOVERED
    return _checked(item, item.tags or {}, first=first)


def _summary(item: _Item | None) -> Item | Unreadable:
    if item is None:
        return Unreadable("says that a big item changed and has no configurationItemSummary")
    first = item.change_type == "CREATE" or item.configuration_item_status == _DISCOVERED
    return _checked(item, None, first=first)


def _scheduled(told: _Message) -> Scheduled | Unreadable:
    if told.notification_creation_time is None or told.aws_account_id is None:
        return Unreadable("is a ScheduledNotification without its time or account")
    at = _utc(told.notification_creation_time)
    return Scheduled(account=told.aws_account_id, at=at) if at else _no_time()


def _checked(item: _Item, tags: Mapping[str, str] | None, *, first: bool) -> Item | Unreadable:
    if problem := _problem(item):
        return Unreadable(problem)
    captured, made = _utc(item.configuration_item_capture_time), item.resource_creation_time
    if captured is None:
        return _no_time()
    return Item(
        type=item.resource_type, id=item.resource_id, arn=Arn(item.arn) if item.arn else None,
        account=item.aws_account_id, region=item.aws_region,
        status=item.configuration_item_status, captured=captured,
        made=_utc(made) if made else None, tags=tags, first=first,
    )  # fmt: skip


def _problem(item: _Item) -> str | None:
    """What cannot be true of an item that AWS Config made."""
    for name, value, form in (
        ("awsAccountId", item.aws_account_id, _ACCOUNT),
        ("awsRegion", item.aws_region, _REGION),
        ("resourceType", item.resource_type, _TYPE),
    ):
        if not form.fullmatch(value):
            return f"its {name} is {value[:_LONGEST_SHOWN]!r}"
    if not 1 <= len(item.resource_id) <= _LONGEST_ID:
        return f"its resourceId has {len(item.resource_id)} characters"
    if item.arn and not _is_arn_in(item.arn, item.aws_account_id):
        return f"its ARN is {item.arn[:_LONGEST_SHOWN]!r}, in account {item.aws_account_id}"
    return None


def _is_arn_in(arn: str, account: str) -> bool:
    parts = arn.split(":", 5)
    return len(parts) == _ARN_PARTS and parts[0] == "arn" and parts[4] in ("", account)


def _utc(moment: datetime) -> datetime | None:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def _no_time() -> Unreadable:
    return Unreadable("its time is not one that can be reckoned with")
