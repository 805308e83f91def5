"""What a person is to be told of one resource: flat, so that the ledger can keep it as JSON."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never

import msgspec

from awsteward.tags.model.advice import Advice, Cause
from awsteward.tags.model.creator import Creator, Machine, Nobody, Person, Root, Service
from awsteward.tags.model.handled import Handled, Result
from awsteward.tags.model.outcome import Trouble
from awsteward.tags.model.plan import Ask, Write
from awsteward.tags.model.verdict import Invalid, NearMiss
from awsteward.tags.policy.model import Policy, demand
from awsteward.tags.policy.names import team_name


class Kind(StrEnum):
    """The classes of `model.Creator`, by name, and those who took our tags away."""

    PERSON = "person"
    MACHINE = "machine"
    SERVICE = "service"
    ROOT = "root"
    NOBODY = "nobody"
    REMOVER = "remover"
    SEVERAL = "several"
    """Of a message about more than one of them; no resource has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """The addressee of a message: everything one creator made goes into the same one."""

    kind: Kind
    name: str
    account: str | None = None
    """Set where a name says who only within its account: IAM users and root users."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One resource and what became of it, as it is told."""

    event_id: str
    at: datetime
    source: str
    call: str
    tool: str | None
    who: Who
    via: str | None
    ref: str
    arn: str | None
    handle: str | None
    type: str | None
    account: str
    region: str
    partition: str
    service: str
    result: Result
    missing: tuple[str, ...]
    applied: tuple[Write, ...]
    asks: tuple[Ask, ...]
    near: tuple[NearMiss, ...]
    invalid: tuple[Invalid, ...]
    trouble: Trouble | None
    why: str
    held: tuple[str, ...] = ()
    """Why some tags were not written: one reason for each brake."""
    advice: Advice | None = None
    team: str | None = None
    """The one team of its creator, by the policy."""
    guarded: bool = False
    """True where it asks for a key that other systems act on."""


def worth_telling(handled: Handled) -> bool:
    """True where something was done, or is left, that a person should know."""
    match handled.result:
        case Result.COMPLIANT:
            return False
        case Result.PENDING:
            return bool(handled.asks or handled.advice)
        case Result.TAGGED | Result.WOULD_TAG | Result.UNKNOWN | Result.FAILED:
            return True
        case _:
            assert_never(handled.result)


def notice(handled: Handled, policy: Policy | None = None) -> Notice:
    """What is to be told of *handled*; *policy* says whose it is."""
    event, resource = handled.event, handled.resource
    guarded = policy is not None and _asks_for_guarded(handled, policy)
    return Notice(
        event_id=event.id, at=event.at, source=event.source, call=event.name, tool=event.tool,
        who=_addressee(handled), via=_via(event.creator),
        ref=resource.ref, arn=resource.arn, handle=resource.handle, type=resource.type,
        account=resource.account, region=resource.region, partition=resource.partition,
        service=resource.service, result=handled.result, missing=handled.missing,
        applied=handled.applied, asks=handled.asks, near=handled.near, invalid=handled.invalid,
        trouble=handled.trouble, why=handled.why, held=tuple(held.why for held in handled.held),
        advice=handled.advice, guarded=guarded,
        team=None if policy is None else team_name(event.creator, resource.account, policy),
    )  # fmt: skip


def _addressee(handled: Handled) -> Who:
    """Whoever made the resource, but where tags were taken away, whoever did that."""
    event, advice = handled.event, handled.advice
    if advice and advice.cause is Cause.REMOVAL:
        return Who(kind=Kind.REMOVER, name=advice.by, account=event.account)
    return _who(event.creator, event.account)


def _asks_for_guarded(handled: Handled, policy: Policy) -> bool:
    rules = demand(policy, handled.resource.type, handled.resource.account).by_key
    return any(ask.key in rules and rules[ask.key].guarded for ask in handled.asks)


def _who(creator: Creator, account: str) -> Who:
    match creator:
        case Person(name=name, arn=arn):
            return Who(kind=Kind.PERSON, name=name, account=_home(arn))
        case Machine(name=name, arn=arn):
            return Who(kind=Kind.MACHINE, name=name, account=_home(arn))
        case Service(name=name):
            return Who(kind=Kind.SERVICE, name=name)
        case Root(account=home):
            return Who(kind=Kind.ROOT, name=home, account=home)
        case Nobody():
            return Who(kind=Kind.NOBODY, name="", account=account)
        case _:
            assert_never(creator)


def _home(arn: str | None) -> str | None:
    """Two accounts may each have an IAM user ``deploy``; they are not the same one."""
    parts = (arn or "").split(":", 5)
    return parts[4] if len(parts) > 5 and parts[5].startswith("user/") else None  # noqa: PLR2004


def _via(creator: Creator) -> str | None:
    match creator:
        case Person(via=via) | Machine(via=via) | Service(via=via):
            return via
        case Root() | Nobody():
            return None
        case _:
            assert_never(creator)


def encode(told: Notice) -> str:
    """As the ledger keeps it."""
    return msgspec.json.encode(told).decode()


def decode(body: str) -> Notice:
    """As it was before `encode`."""
    return msgspec.json.decode(body, type=Notice)
