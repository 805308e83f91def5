"""What one record says about the call it tells of, decoded where recognition needs it."""

import msgspec

from awsteward.tags.read.paths import Json, unwrap
from awsteward.tags.read.record import Record

_ACCOUNT_DIGITS = 12


class Facts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a record says, decoded; a struct, because one is made for every record."""

    record: Record
    request: Json
    response: Json
    unreported: bool
    """The request is missing as a whole, so nothing says which tags it gave."""


class _Identity(msgspec.Struct, frozen=True, rename="camel"):
    account_id: str | None = None


_body = msgspec.json.Decoder()
_identity = msgspec.json.Decoder(_Identity | None)


def decode(record: Record, around: frozenset[str]) -> Facts:
    """The record with its request and response, out of the wrappers *around* them."""
    request = _body.decode(record.request_parameters)
    return Facts(
        record=record,
        request=unwrap(request, around),
        response=unwrap(_body.decode(record.response_elements), around),
        unreported=request is None or (isinstance(request, dict) and "omitted" in request),
    )


def account(record: Record) -> str | None:
    """The account the call worked on; old records name only the caller's."""
    return record.recipient_account_id or _caller_account(record)


def is_certain_account(record: Record) -> bool:
    """Whether the record names one account only, and it looks like one."""
    named = account(record)
    if named is None or len(named) != _ACCOUNT_DIGITS or not named.isdigit():
        return False
    return _caller_account(record) in (named, None)


def _caller_account(record: Record) -> str | None:
    identity = _identity.decode(record.user_identity)
    return identity.account_id if identity else None
