"""From a record to what it means: who created what, when and with which tool.

`reading` tells everything of one record; `creations` only what matters of very many. What the
call created is told by `recognise`, who made it by `creator`.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import assert_never

import msgspec

from awsteward.tags.model.reading import Created, Event, Ignored, Reading, Undetermined
from awsteward.tags.read.belongs import belonging
from awsteward.tags.read.creator import creator
from awsteward.tags.read.recognise import Nothing, Recognition, Resources, Untold, recognise
from awsteward.tags.read.record import Record
from awsteward.tags.read.session import session
from awsteward.tags.read.tool import tool

_LONGEST_TIME = 40
_NO_TIME = datetime.fromtimestamp(0, UTC)
_KNOWN = frozenset(f"1.{minor:02}" for minor in range(100))
"""Versions of which a record that only reads needs no second look."""
_INSIGHT = "AwsCloudTrailInsight"
_UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def reading(record: Record) -> Reading:
    """What *record* means; what cannot be told is said so, never guessed."""
    return _reading(record, _recognised(record))


def creations(records: Iterable[Record]) -> Iterator[Created | Undetermined]:
    """Of *records*, those that created something, or may have; cheap for all the others."""
    for record in [one for one in records if not one.read_only or one.event_version not in _KNOWN]:
        recognition = _recognised(record)
        if isinstance(recognition, Nothing):
            continue
        told = _reading(record, recognition)
        if not isinstance(told, Ignored):
            yield told


def _recognised(record: Record) -> Recognition:
    if record.event_type == _INSIGHT:
        return Nothing("a CloudTrail insight tells of many calls, and creates nothing")
    try:
        return recognise(record)
    except _UNDECODABLE as error:
        return Untold(f"a part of the record cannot be read: {error}")


def _reading(record: Record, recognition: Recognition) -> Reading:
    match recognition:
        case Nothing(why):
            return Ignored(_event(record, record.recipient_account_id), why)
        case Untold(why):
            return Undetermined(_event(record, record.recipient_account_id), why)
        case Resources(resources):
            account = record.recipient_account_id or resources[0].account
            return Created(_event(record, account), belonging(record, resources))
        case _:
            assert_never(recognition)


def _event(record: Record, account: str | None) -> Event:
    return Event(
        id=record.event_id or _digest(record),
        source=record.event_source or "",
        name=record.event_name or "",
        at=_time(record.event_time),
        account=account or "",
        region=record.aws_region or "",
        creator=creator(record),
        tool=tool(record.user_agent),
        session=session(record),
    )


def _digest(record: Record) -> str:
    """An id for a record without one: the same for the same record, every time it is read."""
    return "digest-" + blake2b(msgspec.json.encode(record), digest_size=16).hexdigest()


def _time(text: str | None) -> datetime:
    """A record without a time tells what was made all the same: it counts as made long ago."""
    return _read_time(text) if text and len(text) <= _LONGEST_TIME else _NO_TIME


@lru_cache(maxsize=256)  # records come in order of time, many in the same second
def _read_time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return _NO_TIME
