"""``awsteward deploy up``: makes the stack, or changes it; shows what would change first."""

import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from awsteward.cli.deploy.stacks import pairs, stacks
from awsteward.clients.aws.refusals import Cause, Refusal, given
from awsteward.clients.aws.stack import Stacks, Wanted
from awsteward.core.errors import ConfigError
from awsteward.deploy.bundle import Target
from awsteward.deploy.compare import Difference, differences
from awsteward.deploy.facts import quotas
from awsteward.deploy.template import Choice, template, text
from awsteward.deploy.wheels import packed


@dataclass(frozen=True, slots=True, kw_only=True)
class Up:
    """What a person asked for."""

    stack: str
    bucket: str
    choice: Choice
    given: tuple[str, ...]
    tags: tuple[str, ...]


def run(asked: Up, form: str, *, apply: bool) -> int:
    """Show what would change and, with *apply*, change it; 1 where something would."""
    where = stacks()
    built = template(asked.choice)
    values = _values(asked.given, built)
    found = differences(where.template(asked.stack), built)
    _show(found, form)
    if not apply:
        print("nothing was changed; add --apply to change it", file=sys.stderr)
        return int(bool(found))
    code = _stored(where, asked.bucket, _package(asked.choice), "zip")
    parameters = {"CodeBucket": asked.bucket, "CodeKey": code, **values}
    body = text(built, "json")
    if len(body.encode()) > quotas().template.inline:
        key = _stored(where, asked.bucket, body.encode(), "json")
        body = f"https://{asked.bucket}.s3.{where.region}.amazonaws.com/{key}"
    wanted = Wanted(
        name=asked.stack, template=body, parameters=parameters,
        known=frozenset(built["Parameters"]), tags=pairs("--tag", asked.tags),
    )  # fmt: skip
    changes = where.changes(wanted)
    if changes is None:
        print(f"stack {asked.stack}: nothing to change", file=sys.stderr)
        return 0
    made = where.change(changes)
    print(f"stack {asked.stack}: {made.status}", file=sys.stderr)
    return 0


def _values(texts: tuple[str, ...], built: Mapping[str, Any]) -> Mapping[str, str]:
    values = pairs("--set", texts)
    for name in values.keys() - built["Parameters"].keys():
        known = ", ".join(built["Parameters"])
        raise ConfigError(f"--set {name}: the stack has no such parameter; it has {known}")
    return values


def _package(choice: Choice) -> bytes:
    return packed(Target(choice.runtime.removeprefix("python"), choice.architecture))


def _stored(where: Stacks, bucket: str, body: bytes, kind: str) -> str:
    """The key under which *body* lies in *bucket*, named by its content: it is put there once."""
    key = f"awsteward/{hashlib.sha256(body).hexdigest()}.{kind}"
    place = {"Bucket": bucket, "Key": key}
    answer = where.door.call("", where.region, "s3", "HeadObject", place)
    if isinstance(answer, Refusal):
        answer = where.door.call("", where.region, "s3", "PutObject", {**place, "Body": body})
    if isinstance(answer, Refusal) and answer.cause is Cause.ABSENT:
        raise ConfigError(f"--code-bucket {bucket}: there is no such bucket in {where.region}")
    given(answer)
    return key


def _show(found: tuple[Difference, ...], form: str) -> None:
    for each in found:
        if form == "json":
            told = {"action": each.action, "resource": each.logical_id, "type": each.type}
            print(json.dumps(told))
        else:
            print(f"{each.action:<7}{each.logical_id}  {each.type}")
    if not found:
        print("the template is the stack's own", file=sys.stderr)
