"""What a session says of itself: the `session` origin of a policy. Who it is, `creator` tells.

CloudTrail shows no session tags in later calls; it shows the source identity, the session's name
and what a web identity provider vouched for (CloudTrail user guide, userIdentity element).
"""

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from awsteward.tags.read.creator import LONGEST_REMEMBERED
from awsteward.tags.read.record import Record

_REMEMBERED = 4096
_NONE: Mapping[str, str] = {}


class _Federation(msgspec.Struct, frozen=True):
    attributes: Mapping[str, str] = _NONE


class _Context(msgspec.Struct, frozen=True, rename="camel"):
    source_identity: str | None = None
    web_id_federation_data: _Federation | None = None


class _Identity(msgspec.Struct, frozen=True, rename="camel"):
    arn: str | None = None
    session_context: _Context | None = None


_identity = msgspec.json.Decoder(_Identity)


def session(record: Record) -> Mapping[str, str]:
    """The words of *record*'s session by name; none where it has no session, or a broken one."""
    raw = bytes(record.user_identity)
    return _session(raw) if len(raw) <= LONGEST_REMEMBERED else _session.__wrapped__(raw)


@lru_cache(maxsize=_REMEMBERED)
def _session(raw: bytes) -> Mapping[str, str]:
    try:
        identity = _identity.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _NONE
    context = identity.session_context
    if context is None:
        return _NONE
    federation = context.web_id_federation_data or _Federation()
    words = {**federation.attributes, "SourceIdentity": context.source_identity}
    _, assumed, name = (identity.arn or "").partition(":assumed-role/")
    if assumed:
        words["SessionName"] = name.partition("/")[2]
    return {key: value for key, value in words.items() if value}
