"""What the guard may do in AWS: IAM statements derived from the catalogue, and nothing beyond.

What the guard does to its own queues and table stands beside those, in `functions`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from awsteward.core.errors import ConfigError
from awsteward.deploy.choice import services
from awsteward.deploy.facts import actions, quotas, scopes
from awsteward.tags.apply import bulk, children, evidence
from awsteward.tags.catalogue.spared import spared
from awsteward.tags.catalogue.tagcalls import Kind, table
from awsteward.tags.policy.model import Policy

Statement = Mapping[str, Any]
Document = Mapping[str, Any]
VERSION = "2012-10-17"


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """The IAM actions that the catalogue names for some services, by what they are for."""

    read: frozenset[str]
    add: frozenset[str]
    """Add single tags, all of them ours."""
    replace: frozenset[str]
    """Put a whole set, in which other people's tags are handed back."""
    remove: frozenset[str]


def needs(sources: frozenset[str] | None, policy: Policy) -> Needs:
    """What tagging everything that comes into being by *sources* needs under *policy*."""
    chosen = frozenset(name for name in services(sources) if not spared(name))
    kinds = list(_kinds(chosen))
    wholes = [kind.whole for kind in kinds if kind.whole]
    origins = frozenset(source.origin for rule in policy.rules for source in rule.sources)
    read = {action for kind in kinds for action in kind.list.actions}
    return Needs(
        read=frozenset(read) | children.reads(chosen) | evidence.reads(origins),
        add=frozenset(a for kind in kinds for a in kind.write.actions) | bulk.needs(chosen),
        replace=frozenset(a for whole in wholes for a in whole.replace.actions),
        remove=frozenset(a for kind in kinds for a in kind.untag.actions).union(
            *((*whole.replace.actions, *whole.clear.actions) for whole in wholes)
        ),
    )


def keys(policy: Policy) -> tuple[str, ...]:
    """The tag keys that the guard may write without a person; guarded ones are only asked for."""
    return tuple(sorted({rule.key for rule in policy.rules if not rule.guarded}))


def answers(policy: Policy) -> tuple[str, ...]:
    """The tag keys that a person may be asked for, guarded ones among them."""
    return tuple(sorted({rule.key for rule in policy.rules}))


def reading(wanted: Needs) -> tuple[Document, ...]:
    """Policy documents for looking."""
    return documents(_granted(wanted.read))


def writing(wanted: Needs, ours: Sequence[str]) -> tuple[Document, ...]:
    """Policy documents for adding tags, with *ours* alone wherever IAM is shown the keys."""
    blind = wanted.add & actions().without_tag_keys
    only = {"ForAllValues:StringEquals": {"aws:TagKeys": list(ours)}}
    return documents([*_granted(wanted.add - blind, only), *_granted(blind | wanted.replace)])


def removing(wanted: Needs) -> tuple[Document, ...]:
    """Policy documents for taking tags back."""
    return documents(_granted(wanted.remove))


def documents(statements: Iterable[Statement]) -> tuple[Document, ...]:
    """*statements* in as few documents as IAM's size for one allows, in their order."""
    found: list[list[Statement]] = [[]]
    for statement in statements:
        for part in _parts(statement):
            if size([*found[-1], part]) > quotas().managed_policy.size:
                found.append([])
            found[-1].append(part)
    return tuple(document(each) for each in found if each)


def document(statements: Sequence[Statement]) -> Document:
    """One policy document."""
    return {"Version": VERSION, "Statement": list(statements)}


def size(statements: Sequence[Statement]) -> int:
    """Characters of a document of *statements*, as IAM counts them."""
    return len(msgspec.json.encode(document(statements)))


def check_number(attached: Mapping[str, int]) -> None:
    """ConfigError where a role, by its name in the template, carries more policies than it may."""
    most = quotas().managed_policy.per_role
    for role, count in attached.items():
        if count > most:
            raise ConfigError(
                f"--services: {role} would need {count} managed policies, and AWS attaches "
                f"{most} to a role: choose fewer services"
            )


def _kinds(chosen: Iterable[str]) -> Iterator[Kind]:
    facts = table()
    for name in {facts.through.get(service, service) for service in chosen}:
        if service := facts.services.get(name):
            yield from (*service.kinds, *((service.base,) if service.base else ()))


def _granted(wanted: frozenset[str], condition: Mapping[str, Any] | None = None) -> list[Statement]:
    """Statements for *wanted*, as far as IAM knows them; on all resources unless that is much."""
    known = wanted - actions().unlisted
    places: list[tuple[frozenset[str], Any]] = [
        (known & scope.actions, [_partitioned(each) for each in scope.resources])
        for scope in scopes()
    ]
    plain = known.difference(*(scope.actions for scope in scopes()))
    return [
        _statement(sorted(some), where, condition)
        for some, where in [(plain, "*"), *places]
        if some
    ]


def _statement(
    some: Sequence[str],
    where: Any,  # noqa: ANN401 - a text, or CloudFormation's functions
    condition: Mapping[str, Any] | None,
) -> Statement:
    bare = {"Effect": "Allow", "Action": list(some), "Resource": where}
    return {**bare, "Condition": condition} if condition else bare


def _partitioned(arn: str) -> Mapping[str, str]:
    return {"Fn::Sub": arn.format(partition="${AWS::Partition}")}


def _parts(statement: Statement) -> Iterator[Statement]:
    """*statement*, halved until each part fits into a document."""
    if size([statement]) <= quotas().managed_policy.size:
        yield statement
        return
    some = statement["Action"]
    if len(some) == 1:
        raise ConfigError("the policy names more tag keys than an IAM policy can hold")
    middle = len(some) // 2
    yield from _parts({**statement, "Action": some[:middle]})
    yield from _parts({**statement, "Action": some[middle:]})
