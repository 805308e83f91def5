"""``awsteward deploy template``: what runs the guard in an account, for CloudFormation to make."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from awsteward.cli.place import place
from awsteward.core.errors import ConfigError
from awsteward.deploy.choice import chosen
from awsteward.deploy.facts import worldwide
from awsteward.deploy.hub import Organization, hub
from awsteward.deploy.member import member
from awsteward.deploy.template import Choice, Form, template, text

_RUNTIME = re.compile(r"python3\.\d+")
_ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}")


def run(choice: Choice, organization: Organization | None, form: Form, *, members: bool) -> int:
    """Print the template; of an organisation, the central account's or that of its *members*."""
    if members and organization is None:
        raise ConfigError("--member: name the organisation with --organization as well")
    if members and choice.config_rule:
        raise ConfigError(
            "--config-rule is for the central account: the members' stacks hold no rule"
        )
    print(text(member(choice) if members else built(choice, organization), form), end="")
    return 0


def built(choice: Choice, organization: Organization | None) -> Mapping[str, Any]:
    """The template of one account, or of the central account of an organisation."""
    return template(choice) if organization is None else hub(choice, organization)


def organized(id_: str | None, regions: str | None) -> Organization | None:
    """The organisation that a template is for, if for one."""
    if id_ is None:
        if regions is not None:
            raise ConfigError("--regions is about an organisation: name it with --organization")
        return None
    if not _ORGANIZATION.fullmatch(id_):
        raise ConfigError(
            f"--organization: {id_!r} is no organisation's id, such as o-exampleorgid"
        )
    return Organization(id=id_, regions=_regions(regions))


def _regions(told: str | None) -> tuple[str, ...]:
    """Each once, in their order; all of one partition."""
    words = filter(None, map(str.strip, (told or "us-east-1").split(",")))
    found = tuple(dict.fromkeys(words))
    for each in found:
        if not _REGION.fullmatch(each):
            raise ConfigError(f"--regions: {each!r} is no region's name, such as eu-west-1")
    if not found:
        raise ConfigError("--regions: name one region at least, or leave the option out")
    homes = {worldwide().home(each) for each in found}
    if len(homes) > 1:
        raise ConfigError(
            f"--regions: {told} lie in different partitions of AWS; deploy each alone"
        )
    return found


def choose(
    services: str | None,
    policy: Path | None,
    runtime: str,
    architecture: Literal["arm64", "x86_64"],
    *,
    config_rule: bool,
) -> Choice:
    """What a template is made for; the policy says which keys it may write and where to look."""
    if not _RUNTIME.fullmatch(runtime):
        raise ConfigError(f"--runtime: {runtime!r} is not one of Python's, such as python3.13")
    return Choice(
        policy=place(policy).policy,
        sources=None if services is None else chosen(filter(str.strip, services.split(","))),
        runtime=runtime,
        architecture=architecture,
        config_rule=config_rule,
    )
