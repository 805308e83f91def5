"""Tags of what vouches for a resource: its parent, its stack, its maker's role, its account.

What cannot be read is `Unread` with the reason; nothing here decides what the tags are worth.
"""

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from importlib import resources
from typing import Any

import msgspec

from awsteward.clients.aws.door import Aws
from awsteward.tags.apply.attempt import Clock, Target, attempt
from awsteward.tags.apply.current import Present, current
from awsteward.tags.apply.request import Request, tags_in
from awsteward.tags.catalogue.tagcalls import Call, table
from awsteward.tags.model import (
    Arn,
    Event,
    Evidence,
    Failed,
    Nobody,
    Origin,
    Resource,
    Root,
    Unread,
)

Found = Mapping[str, str] | Unread
Cache = dict[tuple[Origin, str], Found]
"""What has been read in this run about roles, stacks and accounts, which many resources share."""


class Belonging(msgspec.Struct, frozen=True):
    """A tag that AWS sets, and the resource it points to."""

    tag: str
    service: str
    source: str
    arn: str | None = None
    handle: str | None = None


class _Stack(msgspec.Struct, frozen=True):
    tag: str
    action: str
    source: str


class _Facts(msgspec.Struct, frozen=True):
    belongs: tuple[Belonging, ...]
    stack: _Stack
    namespaces: Mapping[str, str]


_BEFORE = datetime.fromtimestamp(0, UTC)


def evidence(
    event: Event,
    resource: Resource,
    wanted: frozenset[Origin],
    *,
    system: Mapping[str, str],
    door: Aws,
    clock: Clock,
    cache: Cache,
) -> Evidence:
    """Tags at each of the *wanted* origins outside the record; *system* are its ``aws:`` tags."""
    target = Target(resource=resource, born=event.at)
    found: dict[Origin, Found] = {}
    if Origin.PARENT in wanted:
        found[Origin.PARENT] = _parent(target, system, door, clock)
    if Origin.STACK in wanted:
        found[Origin.STACK] = _stack(target, system, door, clock, cache)
    if Origin.ROLE in wanted:
        found[Origin.ROLE] = _role(event, target, door, clock, cache)
    if Origin.ACCOUNT in wanted:
        found[Origin.ACCOUNT] = _account(target, door, clock, cache)
    return found


def reads(wanted: frozenset[Origin]) -> frozenset[str]:
    """The IAM actions that looking at the *wanted* origins may need."""
    found: set[str] = set()
    if Origin.PARENT in wanted:
        found.update(*(_lists(row.service) for row in _facts().belongs))
    if Origin.STACK in wanted:
        found.add(_facts().stack.action)
    if Origin.ROLE in wanted:
        found |= _lists("iam", ("role/any", "user/any"))
    if Origin.ACCOUNT in wanted:
        found |= _lists("organizations")
    return frozenset(found)


def _lists(name: str, parts: tuple[str, ...] = ()) -> frozenset[str]:
    """What lists tags of a service's resources; of all, or of those with such ARNs."""
    service = table().services[name]
    kinds = (*service.kinds, *((service.base,) if service.base else ()))
    fit = (
        kind
        for kind in kinds
        if not parts or any(re.fullmatch(kind.resource or ".*", part) for part in parts)
    )
    return frozenset(action for kind in fit for action in kind.list.actions)


# --- each origin -----------------------------------------------------------------------------


def _parent(target: Target, system: Mapping[str, str], door: Aws, clock: Clock) -> Found:
    """The parent is never remembered: this very run may just have tagged it."""
    parent = _named_parent(target.resource) or _pointed_parent(target.resource, system)
    if parent is None:
        return Unread("nothing says what it belongs to")
    return _tags(parent, door, clock)


def _stack(
    target: Target, system: Mapping[str, str], door: Aws, clock: Clock, cache: Cache
) -> Found:
    facts = _facts().stack
    stack = system.get(facts.tag)
    if stack is None:
        return Unread("it does not come from a CloudFormation stack")
    key = (Origin.STACK, stack)
    if key not in cache:
        call = Call(
            operation="DescribeStacks",
            params={},
            actions=(facts.action,),
            tags="Stacks.Tags",
            form="Key/Value",
        )
        asked = Request(service="cloudformation", call=call, params={"StackName": stack})
        cache[key] = _asked(target, asked, door, clock)
    return cache[key]


def _role(event: Event, target: Target, door: Aws, clock: Clock, cache: Cache) -> Found:
    creator = event.creator
    if isinstance(creator, Root | Nobody) or creator.role is None:
        return Unread("nobody's role or user is known")
    key = (Origin.ROLE, str(creator.role))
    if key not in cache:
        cache[key] = _tags(_by_arn(creator.role, target.resource), door, clock)
    return cache[key]


def _account(target: Target, door: Aws, clock: Clock, cache: Cache) -> Found:
    """Asked in our own account: only the organisation's management account can answer."""
    resource = target.resource
    key = (Origin.ACCOUNT, resource.account)
    if key not in cache:
        entry = replace(
            resource,
            arn=None,
            handle=resource.account,
            type=None,
            account="",
            service="organizations",
        )
        cache[key] = _tags(entry, door, clock)
    return cache[key]


# --- reading ---------------------------------------------------------------------------------


def _tags(resource: Resource, door: Aws, clock: Clock) -> Found:
    """Whatever vouches was there before; if it is not, it is gone, and not worth waiting for."""
    present = current(Target(resource=resource, born=_BEFORE), door, clock)
    return present.tags if isinstance(present, Present) else Unread(present.why)


def _asked(target: Target, asked: Request, door: Aws, clock: Clock) -> Found:
    answer = attempt(door, target, asked, clock)
    if isinstance(answer, Failed):
        return Unread(answer.why)
    return tags_in(asked.call, answer)


# --- whom a resource belongs to --------------------------------------------------------------


def _named_parent(resource: Resource) -> Resource | None:
    return _by_arn(resource.parent, resource) if resource.parent else None


def _pointed_parent(resource: Resource, system: Mapping[str, str]) -> Resource | None:
    for row in _facts().belongs:
        if value := system.get(row.tag):
            blanks = {
                "value": value,
                "partition": resource.partition,
                "region": resource.region,
                "account": resource.account,
            }
            return replace(
                resource,
                arn=Arn(row.arn.format(**blanks)) if row.arn else None,
                handle=row.handle.format(**blanks) if row.handle else None,
                type=None,
                service=row.service,
                parent=None,
            )
    return None


def _by_arn(arn: Arn, beside: Resource) -> Resource:
    """The resource that *arn* names, in *beside*'s account and region where it names none."""
    _, partition, namespace, region, account, _ = arn.split(":", 5)
    return Resource(
        arn=arn,
        handle=None,
        type=None,
        account=account or beside.account,
        region=region or beside.region,
        partition=partition,
        service=_facts().namespaces.get(namespace, namespace),
        tags=None,
    )


@functools.cache
def _facts() -> _Facts:
    text = (resources.files(__package__) / "evidence.toml").read_text(encoding="utf-8")
    read: Any = tomllib.loads(text)
    return msgspec.convert(read, _Facts)
