"""From a message's body to what is in it, if EventBridge sent it on AWS's behalf.

That is a record of CloudTrail's, or an item of AWS Config's.

The rule binds the source to ``aws.``, which only AWS may use; here the same is asked again, so
that neither a wider rule nor whoever may write to the queue can make us tag what they like.
"""

import re
from dataclasses import dataclass
from typing import assert_never

import msgspec

from awsteward.tags.read.items import Item, Scheduled, Unreadable, message
from awsteward.tags.read.record import Record

DETAIL_TYPES = frozenset({"AWS API Call via CloudTrail", "AWS Service Event via CloudTrail"})
ITEM_CHANGE = "Config Configuration Item Change"
"""https://docs.aws.amazon.com/config/latest/developerguide/monitor-config-with-cloudwatchevents.html"""
CONFIG = "aws.config"
_AWS = "aws."
_HOST = ".amazonaws.com"
_ACCOUNT = re.compile(r"[0-9]{12}")


@dataclass(frozen=True, slots=True)
class Refused:
    """No event that we act on, and never will be; *why* is for whoever looks after the queue."""

    why: str


class _Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """What EventBridge wraps around every event.

    https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
    """

    source: str
    kind: str = msgspec.field(name="detail-type")
    account: str
    detail: msgspec.Raw


_envelope = msgspec.json.Decoder(_Envelope)
_record = msgspec.json.Decoder(Record)
_UNDECODABLE = (msgspec.DecodeError, UnicodeError, RecursionError)


def opened(body: str) -> Record | Item | Refused:
    """The record or the item in *body*, of the account that EventBridge says it comes from.

    A rule's event carries the account that sent it, on a central bus too, and nobody can choose
    it; where a record names none itself, its caller's would be somebody else's just as well.
    """
    try:
        envelope = _envelope.decode(body)
    except _UNDECODABLE as error:
        return Refused(f"is no event of EventBridge: {error}")
    if not _ACCOUNT.fullmatch(envelope.account):
        return Refused(f"comes from no account: {envelope.account[:80]!r}")
    if not envelope.source.startswith(_AWS):
        return Refused(f"comes from {envelope.source[:80]!r}, not from AWS")
    if envelope.kind == ITEM_CHANGE:
        return _item(envelope)
    if envelope.kind not in DETAIL_TYPES:
        return Refused(f"is a {envelope.kind[:80]!r}, not a CloudTrail event")
    return _cloudtrail(envelope)


def _item(envelope: _Envelope) -> Item | Refused:
    if envelope.source != CONFIG:
        return Refused(f"comes from {envelope.source[:80]!r}, not from AWS Config")
    match message(envelope.detail):
        case Item() as item if item.account != envelope.account:
            return Refused("holds an item of another account than EventBridge says")
        case Item() as item:
            return item
        case Scheduled():
            return Refused("is AWS Config's word that it is time to look, not an item")
        case Unreadable(why):
            return Refused(why)
        case other:
            assert_never(other)


def _cloudtrail(envelope: _Envelope) -> Record | Refused:
    try:
        record = _record.decode(envelope.detail)
    except _UNDECODABLE as error:
        return Refused(f"is no event of EventBridge: {error}")
    if not record.event_name or not (record.event_source or "").endswith(_HOST):
        return Refused("holds no CloudTrail record: no eventName or no AWS eventSource")
    if record.recipient_account_id not in (None, envelope.account):
        return Refused("holds a record of another account than EventBridge says")
    return msgspec.structs.replace(record, recipient_account_id=envelope.account)
