"""Templates for the tests, made once, and ways to look into them."""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from awsteward.deploy.hub import Organization, hub
from awsteward.deploy.member import member
from awsteward.deploy.template import Choice, template
from awsteward.tags.policy.bot import Bot
from awsteward.tags.policy.default import default
from awsteward.tags.policy.model import Slack
from awsteward.tags.policy.people import Telling

FEW = frozenset({"sqs", "s3", "ec2", "lambda", "apigateway"})


@functools.cache
def stack(sources: frozenset[str] | None = None) -> Mapping[str, Any]:
    return template(Choice(policy=default(), sources=sources))


@functools.cache
def central(sources: frozenset[str] | None) -> Mapping[str, Any]:
    return hub(
        Choice(policy=default(), sources=sources),
        Organization(id="o-exampleorgid", regions=("eu-west-1", "ap-northeast-2")),
    )


@functools.cache
def joined(sources: frozenset[str] | None) -> Mapping[str, Any]:
    return member(Choice(policy=default(), sources=sources))


def kind(built: Mapping[str, Any], type_: str) -> dict[str, Any]:
    """The properties of every resource of one type, by its name."""
    resources = built["Resources"].items()
    return {name: one["Properties"] for name, one in resources if one["Type"] == type_}


def statements(node: Any) -> Iterator[Mapping[str, Any]]:
    """Every policy statement anywhere below *node*."""
    match node:
        case {"Statement": [*found]}:
            yield from found
        case Mapping():
            for part in node.values():
                yield from statements(part)
        case list():
            for part in node:
                yield from statements(part)
        case _:
            return


def actions(node: Any) -> set[str]:
    return {action for each in statements(node) for action in each["Action"]}


def policies(built: Mapping[str, Any], beginning: str) -> dict[str, Any]:
    found = kind(built, "AWS::IAM::ManagedPolicy").items()
    return {name: one for name, one in found if name.startswith(beginning)}


@functools.cache
def with_rule() -> Mapping[str, Any]:
    """What also answers AWS Config."""
    return template(Choice(policy=default(), sources=FEW, config_rule=True))


@functools.cache
def with_bot() -> Mapping[str, Any]:
    """What also hears what people press in Slack."""
    asking = replace(default(), slack=Slack(telling=Telling(bot=Bot())))
    return template(Choice(policy=asking, sources=FEW))
