"""How the ledger's rows lie in DynamoDB: keys, attributes, and how long each is kept. No calls.

Every key is made from its row alone, so that a row is found, and deleted, without a look-up.
"""

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec

from awsteward.clients.ledger import Entry, Removal, State, Unanswered, names, stamp
from awsteward.clients.reins import Cell, Fault, Observation

Key = tuple[str, str]
"""Partition key and sort key."""
Value = Mapping[str, Any]
"""One attribute as DynamoDB spells it: {"S": "text"}."""
Attributes = Mapping[str, Value]

RECORDS_STAY = timedelta(days=400)
"""Writes and notices: a year's audit and some, and an undo of last year's mistake."""
SENT_LETTERS_STAY = timedelta(days=90)
"""No queue brings back a notice after that long, so no letter of that id can be made again."""
SEEN_STAYS = timedelta(days=14)
"""The longest that SQS keeps a message, dead letters included."""

WAITING = "waiting"
"""The partition of the notices that are in no letter yet."""
UNSENT = "letter"
"""The partition of the letters that nobody has taken yet."""
OPEN = "open"
"""The partition of the questions that nobody has answered yet."""
WRITES = "write#"
CELLS = "cells"
"""The partition of all cells that were observed."""
REMOVED = "removed"
"""The partition that leads to every removal."""
BRAKES = "brakes"
"""The partition of the kill switch and the breakers."""

_LONG_BODY = 350_000
"""Bytes; an item may have 400 KB with all its names and keys."""


def write(entry: Entry) -> Key:
    """Where one tag on one resource lies."""
    return writes(entry.event_id), beginning(entry.ref) + _fit(entry.key, 300)


def writes(event_id: str) -> str:
    """The partition of all that one event led to."""
    return WRITES + _fit(event_id, 1900)


def beginning(ref: str) -> str:
    """How the sort keys of one resource's tags begin; its length keeps `a` apart from `a#b`."""
    return _counted(_fit(ref, 600))


def notice(event_id: str, ref: str) -> Key:
    """The mark that a resource is told of, or will be."""
    return "notice#" + _fit(event_id, 1900), "#" + _fit(ref, 900)


def waiting(event_id: str, ref: str) -> Key:
    """The notice itself, as long as it is in no letter."""
    return WAITING, _counted(_fit(event_id, 300)) + _fit(ref, 600)


def letter(letter_id: str) -> Key:
    """The mark that a letter of this id was made."""
    return "letter#" + _fit(letter_id, 1900), "letter"


def unsent(letter_id: str) -> Key:
    """The letter itself, until it is taken."""
    return UNSENT, "#" + _fit(letter_id, 900)


def question(question_id: str) -> Key:
    """One question and its answer."""
    return "question#" + _fit(question_id, 1900), "question"


def slate(kind: str, name: str) -> Key:
    """One thing of a kind; all of a kind lie together."""
    return "slate#" + _fit(kind, 1900), "#" + _fit(name, 900)


def open_question(question_id: str) -> Key:
    """The question itself, with whom and when it was asked, until it is answered."""
    return OPEN, "#" + _fit(question_id, 900)


def seen(account: str, event_id: str) -> Key:
    """The mark that an event was taken to its end; spread over partitions by the event."""
    return "seen#" + _fit(event_id, 1900), "#" + _fit(account, 900)


def lease(name: str) -> Key:
    """Who may do a thing alone."""
    return "lease#" + _fit(name, 1900), "lease"


def cell(of: Cell) -> Key:
    """One cell, and its promotion."""
    return CELLS, cells_beside(of) + _fit(of.key, 300)


def cells_beside(of: Cell) -> str:
    """How the sort keys begin of all cells of its account and type."""
    return _counted(_fit(of.account, 100)) + _counted(_fit(of.type, 300))


def observations(of: Cell) -> str:
    """The partition of what would have been written in one cell."""
    return "observed#" + cell(of)[1]


def observation(seen: Observation) -> Key:
    """One tag that would have been written."""
    return observations(seen.cell), _counted(_fit(seen.event_id, 300)) + _fit(seen.ref, 600)


def stop() -> Key:
    """The kill switch, where it is pulled."""
    return BRAKES, "stop"


def breaker(account: str) -> Key:
    """The breaker of one account."""
    return BRAKES, "breaker#" + _fit(account, 900)


def fault(account: str, of: Fault) -> str:
    """The partition of the times that something went wrong in one account."""
    return f"fault#{of}#" + _fit(account, 900)


def hour(of: datetime) -> Key:
    """How many writes one hour has had."""
    return "hour#" + stamp(of), "writes"


def ours(account: str, name: str) -> str:
    """The partition that leads from a resource's name to what was written on it."""
    return "ours#" + _fit(account, 100) + "#" + _fit(name, 1700)


def pointers(entry: Entry) -> Iterator[tuple[Key, Attributes]]:
    """What leads to an entry from each name that calls on tags have for its resource."""
    event_id, ref = entry.event_id, entry.ref
    attributes = {"event_id": text(event_id), "ref": text(ref)}
    for name in sorted(names(entry)):
        place = _counted(_fit(event_id, 300)) + _fit(ref, 600)
        yield (ours(entry.account, name), place), attributes


def removals(account: str, kind: str) -> str:
    """The partition of all that was taken away from resources of one kind."""
    return "removed#" + _fit(account, 100) + "#" + _fit(kind, 1700)


def removal(of: Removal) -> Key:
    """One tag that was taken away by one call."""
    one = _counted(_fit(of.event_id, 200)) + _counted(_fit(of.ref, 300)) + _fit(of.key, 300)
    return removals(of.account, of.kind), one


def removed(of: Removal) -> Key:
    """What leads to all that was taken away from resources of one kind in one account."""
    return REMOVED, _counted(_fit(of.account, 100)) + _fit(of.kind, 600)


def of_removal(removed: Removal) -> Attributes:
    """A removal, one attribute per field."""
    return {name: _value(getattr(removed, name)) for name in _OF_REMOVAL}


def as_removal(item: Attributes) -> Removal:
    """The removal that an item holds."""
    return msgspec.convert({name: _plain(item[name]) for name in _OF_REMOVAL}, Removal)


def text(content: str) -> Value:
    """A string."""
    return {"S": content}


def expires(moment: datetime) -> Value:
    """When DynamoDB may delete the item: seconds since 1970, as it demands."""
    return {"N": str(int(moment.timestamp()))}


def body(content: str) -> Value:
    """Text of any length that is met here: packed where it would not fit in an item."""
    raw = content.encode()
    return {"S": content} if len(raw) <= _LONG_BODY else {"B": gzip.compress(raw, mtime=0)}


def content(value: Value) -> str:
    """What `text` or `body` made of it."""
    return gzip.decompress(value["B"]).decode() if "B" in value else str(value["S"])


def attributes(entry: Entry, state: State) -> Attributes:
    """An entry in *state*, one attribute per field."""
    values = {field.name: getattr(entry, field.name) for field in fields(entry)}
    return {name: _value(value) for name, value in {**values, "state": state}.items()}


def entry(item: Attributes) -> Entry:
    """The entry that an item holds."""
    plain = {name: _plain(item[name]) for name in _FIELDS}
    return msgspec.convert(plain, Entry)


_FIELDS = tuple(field.name for field in fields(Entry))
_OF_REMOVAL = tuple(field.name for field in fields(Removal))


def unanswered(item: Attributes) -> Unanswered:
    """The open question that an item holds."""
    names = ("id", "at", "whom", "reminded", "snoozed", "snoozed_by")
    plain = {name: _plain(item[name]) if name in item else None for name in names}
    return msgspec.convert({**plain, "body": content(item["body"])}, Unanswered, strict=False)


def _value(value: object) -> Value:
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case datetime():
            return text(stamp(value))
        case _:
            return text(str(value))


def _plain(value: Value) -> object:
    return None if "NULL" in value else value.get("BOOL", value.get("S"))


def _fit(content: str, limit: int) -> str:
    """Keys have a longest length; what is longer is named by its hash, and kept whole beside."""
    raw = content.encode()
    return content if len(raw) <= limit else f"sha256:{sha256(raw).hexdigest()}"


def _counted(content: str) -> str:
    return f"{len(content)}#{content}#"
