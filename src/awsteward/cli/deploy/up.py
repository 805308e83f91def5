"""``awsteward deploy up``: makes the stack, or changes it; shows what would change first."""

import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from awsteward.cli.deploy.stacks import pairs, stacks
from awsteward.cli.deploy.template import built
from awsteward.clients.aws.refusals import Cause, Refusal, given
from awsteward.clients.aws.stack import Stacks, Wanted
from awsteward.core.errors import ConfigError
from awsteward.deploy.bundle import Target
from awsteward.deploy.compare import Difference, differences
from awsteward.deploy.facts import quotas
from awsteward.deploy.hub import MEMBERS, Organization
from awsteward.deploy.member import member
from awsteward.deploy.template import Choice, text
from awsteward.deploy.wheels import packed


@dataclass(frozen=True, slots=True, kw_only=True)
class Up:
    """What a person asked for."""

    stack: str
    bucket: str
    choice: Choice
    organization: Organization | None
    given: tuple[str, ...]
    tags: tuple[str, ...]


def run(asked: Up, form: str, *, apply: bool) -> int:
    """Show what would change and, with *apply*, change it; 1 where something would."""
    return brought(stacks(), asked, form, _package if apply else None)


def brought(where: Stacks, asked: Up, form: str, package: Callable[[Choice], bytes] | None) -> int:
    """The same for the stacks of *where*; nothing is changed without a *package* to bring."""
    wanted = built(asked.choice, asked.organization)
    values = _values(asked.given, wanted)
    members = _members(asked)
    found = (*differences(where.template(asked.stack), wanted), *_outdated(where, asked, members))
    _show(found, form)
    if package is None:
        print("nothing was changed; add --apply to change it", file=sys.stderr)
        return int(bool(found))
    code = _stored(where, asked.bucket, package(asked.choice), "zip")
    parameters = {"CodeBucket": asked.bucket, "CodeKey": code}
    if members and asked.organization:
        address = _address(where, asked.bucket, _stored(where, asked.bucket, members, "json"))
        parameters |= {"MemberTemplate": address, **_about(asked.organization)}
    body = text(wanted, "json")
    if len(body.encode()) > quotas().template.inline:
        key = _stored(where, asked.bucket, body.encode(), "json")
        body = _address(where, asked.bucket, key)
    changes = where.changes(Wanted(
        name=asked.stack, template=body, parameters={**parameters, **values},
        known=frozenset(wanted["Parameters"]), tags=pairs("--tag", asked.tags),
    ))  # fmt: skip
    if changes is None:
        print(f"stack {asked.stack}: nothing to change", file=sys.stderr)
        return 0
    made = where.change(changes)
    print(f"stack {asked.stack}: {made.status}", file=sys.stderr)
    return 0


def _members(asked: Up) -> bytes:
    """The template of the member accounts; empty where there is no organisation."""
    return text(member(asked.choice), "json").encode() if asked.organization else b""


def _about(organization: Organization) -> Mapping[str, str]:
    """A stack keeps its parameters, so that these are told it each time."""
    return {
        "Organization": organization.id,
        "HomeRegion": organization.home,
        "Regions": ",".join(organization.everywhere),
    }


def _outdated(where: Stacks, asked: Up, members: bytes) -> tuple[Difference, ...]:
    """What the stack's template cannot show: it knows the members' by its address alone."""
    stack = where.find(asked.stack)
    kept = stack.parameters.get("MemberTemplate", "") if stack else ""
    if not members or not kept or kept.endswith(_key(members, "json")):
        return ()
    kind = "AWS::CloudFormation::StackSet"
    return (Difference(action="change", logical_id=MEMBERS, type=kind),)


def _values(texts: tuple[str, ...], wanted: Mapping[str, Any]) -> Mapping[str, str]:
    values = pairs("--set", texts)
    for name in values.keys() - wanted["Parameters"].keys():
        known = ", ".join(wanted["Parameters"])
        raise ConfigError(f"--set {name}: the stack has no such parameter; it has {known}")
    return values


def _package(choice: Choice) -> bytes:
    return packed(Target(choice.runtime.removeprefix("python"), choice.architecture))


def _stored(where: Stacks, bucket: str, body: bytes, kind: str) -> str:
    """The key under which *body* lies in *bucket*, named by its content: it is put there once."""
    key = _key(body, kind)
    place = {"Bucket": bucket, "Key": key}
    answer = where.door.call("", where.region, "s3", "HeadObject", place)
    if isinstance(answer, Refusal):
        answer = where.door.call("", where.region, "s3", "PutObject", {**place, "Body": body})
    if isinstance(answer, Refusal) and answer.cause is Cause.ABSENT:
        raise ConfigError(f"--code-bucket {bucket}: there is no such bucket in {where.region}")
    given(answer)
    return key


def _key(body: bytes, kind: str) -> str:
    return f"awsteward/{hashlib.sha256(body).hexdigest()}.{kind}"


def _address(where: Stacks, bucket: str, key: str) -> str:
    return f"https://{bucket}.s3.{where.region}.amazonaws.com/{key}"


def _show(found: tuple[Difference, ...], form: str) -> None:
    for each in found:
        if form == "json":
            told = {"action": each.action, "resource": each.logical_id, "type": each.type}
            print(json.dumps(told))
        else:
            print(f"{each.action:<7}{each.logical_id}  {each.type}")
    if not found:
        print("the template is the stack's own", file=sys.stderr)
