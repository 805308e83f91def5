"""Tags of what vouches for a resource: its parents, its stack, its maker's role, its account.

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
from awsteward.tags.apply import belonging
from awsteward.tags.apply.attempt import Clock, Target, attempt
from awsteward.tags.apply.belonging import named, pointers
from awsteward.tags.apply.climb import Climbed, Climber, climb
from awsteward.tags.apply.current import Present, current
from awsteward.tags.apply.request import Request, tags_in
from awsteward.tags.catalogue.tagcalls import Call, table
from awsteward.tags.model.arn import Arn
from awsteward.tags.model.creator import Nobody, Person, Root
from awsteward.tags.model.outcome import Failed
from awsteward.tags.model.plan import Evidence, Origin, Unread, Vouched
from awsteward.tags.model.reading import Event, Resource

Found = Mapping[str, str] | Vouched | Unread
Cache = dict[tuple[Origin, str], Found]
"""What has been read in this run about roles, stacks and accounts, which many resources share."""


class _Stack(msgspec.Struct, frozen=True):
    tag: str
    action: str
    source: str


class _Named(msgspec.Struct, frozen=True):
    services: tuple[str, ...]


class _Facts(msgspec.Struct, frozen=True):
    stack: _Stack
    named: _Named
    namespaces: Mapping[str, str]


_BEFORE = datetime.fromtimestamp(0, UTC)
_NOT_CLIMBED = Climbed(found=Unread("not asked for"), marks={})


def evidence(
    event: Event,
    resource: Resource,
    wanted: Mapping[Origin, frozenset[str]],
    *,
    marks: Mapping[str, str],
    climber: Climber,
    cache: Cache,
) -> Evidence:
    """Tags at each of the *wanted* origins outside the record, which say the keys looked for.

    *marks* are all tags known to be on *resource*, AWS's own included.
    """
    target = Target(resource=resource, born=event.at)
    door, clock = climber.door, climber.clock
    found: dict[Origin, Found] = {}
    climbed = _NOT_CLIMBED
    if Origin.PARENT in wanted:
        climbed = _parents(event, resource, wanted[Origin.PARENT], marks, climber)
        found[Origin.PARENT] = climbed.found
    if Origin.STACK in wanted:
        found[Origin.STACK] = _stack(target, {**climbed.marks, **marks}, door, clock, cache)
    if Origin.ROLE in wanted:
        found[Origin.ROLE] = _role(event, target, door, clock, cache)
    if Origin.ACCOUNT in wanted:
        found[Origin.ACCOUNT] = _account(target, door, clock, cache)
    return found


def reads(wanted: frozenset[Origin]) -> frozenset[str]:
    """The IAM actions that looking at the *wanted* origins may need."""
    found: set[str] = set()
    if Origin.PARENT in wanted:
        found |= belonging.reads()
        found.update(*map(_lists, (*belonging.listed(), *named_services())))
    if Origin.STACK in wanted:
        found.add(_facts().stack.action)
    if Origin.ROLE in wanted:
        found |= _lists("iam", ("role/any", "user/any"))
    if Origin.ACCOUNT in wanted:
        found |= _lists("organizations")
    return frozenset(found)


def named_services() -> tuple[str, ...]:
    """The services of the parents that a record itself may name."""
    return _facts().named.services


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


def _parents(
    event: Event,
    resource: Resource,
    needed: frozenset[str],
    marks: Mapping[str, str],
    climber: Climber,
) -> Climbed:
    by_person = isinstance(event.creator, Person | Root)
    start = pointers(marks, resource, made_by_person=by_person)
    if resource.parent:
        start.insert(0, named(resource.parent, resource, _service(resource.parent)))
    return climb(start, resource, needed, climber, made_by_person=by_person)


def _stack(
    target: Target, marks: Mapping[str, str], door: Aws, clock: Clock, cache: Cache
) -> Found:
    facts = _facts().stack
    stack = marks.get(facts.tag)
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
        cache[key] = _of_stack(stack, _asked(target, asked, door, clock))
    return cache[key]


def _of_stack(stack: str, found: Mapping[str, str] | Unread) -> Found:
    """The stack's name stands in its ARN before an id that nobody knows it by."""
    what = f"stack {stack.partition('/')[2].partition('/')[0] or stack}"
    if isinstance(found, Unread):
        return Unread(found.why, of=what)
    return Vouched(tags=found, whose=dict.fromkeys(found, what))


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


def _asked(target: Target, asked: Request, door: Aws, clock: Clock) -> Mapping[str, str] | Unread:
    answer = attempt(door, target, asked, clock)
    if isinstance(answer, Failed):
        return Unread(answer.why)
    return tags_in(asked.call, answer)


def _by_arn(arn: Arn, beside: Resource) -> Resource:
    """The resource that *arn* names, in *beside*'s account and region where it names none."""
    _, partition, _, region, account, _ = arn.split(":", 5)
    return Resource(
        arn=arn,
        handle=None,
        type=None,
        account=account or beside.account,
        region=region or beside.region,
        partition=partition,
        service=_service(arn),
        tags=None,
    )


def _service(arn: Arn) -> str:
    """The botocore name of the service that tags what *arn* names."""
    namespace = arn.split(":", 3)[2]
    return _facts().namespaces.get(namespace, namespace)


@functools.cache
def _facts() -> _Facts:
    text = (resources.files(__package__) / "evidence.toml").read_text(encoding="utf-8")
    read: Any = tomllib.loads(text)
    return msgspec.convert(read, _Facts)
