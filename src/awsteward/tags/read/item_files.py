"""AWS Config's messages as people keep them in files: one to a file, bare or wrapped."""

import re

import msgspec

from awsteward.tags.read.items import Item, Scheduled, Unreadable, message

LONGEST = 16 << 20
"""Bytes; Config's own limit for a message is far below."""
_CONFIGS = re.compile(rb'\s*\{\s*"')
_MARKS = re.compile(rb'"(?:invokingEvent|configurationItem|configurationItemSummary)"\s*:')
_CLOUDTRAILS = b'"eventVersion"'
_UNDECODABLE = (msgspec.DecodeError, UnicodeError, RecursionError)


class _Wrapped(msgspec.Struct, frozen=True, rename="camel"):
    """A rule's call, an event of EventBridge, or neither: then it is the message itself."""

    invoking_event: str | None = None
    detail: msgspec.Raw = msgspec.Raw()


def is_configs(beginning: bytes) -> bool:
    """True where a file that begins so holds a message of Config's and no CloudTrail records."""
    return (
        _CONFIGS.match(beginning) is not None
        and _MARKS.search(beginning) is not None
        and _CLOUDTRAILS not in beginning
    )


def item_in(text: bytes) -> Item | Unreadable:
    """The item in a file."""
    if len(text) > LONGEST:
        return Unreadable(f"is longer than {LONGEST:,} bytes, which no message of AWS Config is")
    try:
        wrapped = msgspec.json.decode(text, type=_Wrapped)
    except _UNDECODABLE as error:
        return Unreadable(f"is no message of AWS Config: {error}")
    told = message(wrapped.invoking_event or (bytes(wrapped.detail) or text))
    if isinstance(told, Scheduled):
        return Unreadable("says only that it is time to look at everything")
    return told
