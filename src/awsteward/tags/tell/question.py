"""Open questions: which keys only a person can settle, for which resources, under which id.

Resources that lack the same keys are asked about once. Nothing here writes a tag: an answer
becomes values, and `tags.guard` does with them what it does with any others.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

import msgspec

from awsteward.core.errors import ConfigError
from awsteward.tags.model.plan import Ask
from awsteward.tags.policy.patterns import Regexp
from awsteward.tags.tell.notice import Notice

ID_LENGTH = 8
PLACEHOLDER = "…"
"""Stands for the value in the command that a message shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenKey:
    """One key to be answered, and what the policy allows for it."""

    key: str
    why: str
    allowed: tuple[str, ...] = ()
    pattern: str | None = None
    suggestion: str | None = None
    """Only where it is the same for every resource."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Ref:
    """One resource that the answer settles, with all that its tag call needs."""

    event_id: str
    arn: str | None
    handle: str | None
    type: str | None
    account: str
    region: str
    partition: str
    service: str

    @property
    def name(self) -> str:
        """The name people and the ledger know this resource by."""
        return self.arn or self.handle or "?"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion:
    """What one `awsteward tags answer` settles."""

    id: str
    keys: tuple[OpenKey, ...]
    refs: tuple[Ref, ...]
    count: int
    """How many resources it is about; more than `refs` where a dry run kept only some."""


def ref(told: Notice) -> Ref:
    """The resource of a notice, as a question keeps it."""
    return Ref(
        event_id=told.event_id, arn=told.arn, handle=told.handle, type=told.type,
        account=told.account, region=told.region, partition=told.partition, service=told.service,
    )  # fmt: skip


@lru_cache(maxsize=1024)  # most resources are asked about in the same few ways
def open_keys(asks: tuple[Ask, ...]) -> tuple[OpenKey, ...]:
    """What is asked of one resource, in the order of the keys."""
    return tuple(
        OpenKey(
            key=ask.key, why=ask.why, allowed=ask.allowed,
            pattern=ask.pattern, suggestion=ask.suggestion,
        )
        for ask in sorted(asks, key=lambda ask: ask.key)
    )  # fmt: skip


Sameness = tuple[tuple[str, tuple[str, ...], str | None], ...]


@lru_cache(maxsize=1024)
def sameness(keys: tuple[OpenKey, ...]) -> Sameness:
    """Two resources are asked about together when this is equal for both."""
    return tuple((key.key, key.allowed, key.pattern) for key in keys)


def merged(ones: tuple[OpenKey, ...], others: tuple[OpenKey, ...]) -> tuple[OpenKey, ...]:
    """One question for two resources: what differs between them is left out or joined."""
    return ones if ones is others else tuple(map(_merged, ones, others))


def _merged(one: OpenKey, other: OpenKey) -> OpenKey:
    if one == other:
        return one
    return OpenKey(
        key=one.key, allowed=one.allowed, pattern=one.pattern,
        why=min(one.why, other.why),
        suggestion=one.suggestion if one.suggestion == other.suggestion else None,
    )  # fmt: skip


def short_id(*seeds: str) -> str:
    """A short id that is always the same for the same seeds; easy to read out and type."""
    digest = hashlib.sha256("\0".join(seeds).encode("utf-8", "surrogatepass")).digest()
    return base64.b32encode(digest).decode().lower()[:ID_LENGTH]


def encode(question: OpenQuestion) -> str:
    """As the ledger keeps it."""
    return msgspec.json.encode(question).decode()


def decode(body: str) -> OpenQuestion:
    """As it was before `encode`."""
    return msgspec.json.decode(body, type=OpenQuestion)


# --- answers ---------------------------------------------------------------------------------


def settle(question: OpenQuestion, pairs: Iterable[str]) -> Mapping[str, str]:
    """The values that ``Key=value`` pairs give to open keys; ConfigError where one cannot be."""
    keys = {key.key: key for key in question.keys}
    given = [_pair(pair, keys) for pair in pairs]
    if not given:
        raise ConfigError(f"{question.id} asks for {_names(question)}: give Key=value")
    for name, same in groupby(sorted(given), key=lambda pair: pair[0]):
        if len({value for _, value in same}) > 1:
            raise ConfigError(f"{name} is given twice, with different values")
    return dict(given)


def _pair(pair: str, keys: Mapping[str, OpenKey]) -> tuple[str, str]:
    name, equals, value = pair.partition("=")
    if not equals:
        raise ConfigError(f"{pair!r} is not Key=value")
    if name not in keys:
        raise ConfigError(f"{name!r} is not asked for; open are {', '.join(keys)}")
    if why := objection(keys[name], value):
        raise ConfigError(f"{name}={value} {why}")
    return name, value


def objection(key: OpenKey, value: str) -> str | None:
    """Why *value* cannot answer *key*, or None where it can."""
    if value.strip() in ("", PLACEHOLDER):
        return "is empty"
    if not key.allowed and key.pattern is None:
        return None
    if value in key.allowed or (key.pattern is not None and Regexp(key.pattern).matches(value)):
        return None
    ways = [", ".join(key.allowed)] if key.allowed else []
    if key.pattern is not None:
        ways.append(f"something that matches {key.pattern}")
    return f"is not allowed; allowed is {' or '.join(ways)}"


def _names(question: OpenQuestion) -> str:
    return ", ".join(key.key for key in question.keys)
