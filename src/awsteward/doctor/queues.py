"""The queue and its dead letters: who may send, where failures go, and what lies there."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from awsteward.clients.aws.refusals import Cause, Refusal
from awsteward.doctor.look import Look
from awsteward.doctor.verdict import Fine, Unclear, Verdict, Wrong, unclear
from awsteward.tags.duty.settings import USUAL_RECEIVES

_EVENTS = "events.amazonaws.com"
_SOURCE = "aws:sourcearn"
_OPERATORS = ("ArnEquals", "ArnLike", "StringEquals", "StringLike")
"""Of these, only the ``Like`` ones know wildcards for texts; ARNs have them in both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One queue as it is."""

    url: str
    arn: str
    policy: Mapping[str, Any]
    redrive: Mapping[str, Any]
    waiting: int


def read(look: Look, url: str) -> Line | Unclear | None:
    """The queue at that URL; None where it is gone."""
    answer = look.ask("sqs", "GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["All"]})
    if isinstance(answer, Refusal):
        return None if answer.cause is Cause.ABSENT else unclear(answer)
    told = answer["Attributes"]
    return Line(
        url=url, arn=told["QueueArn"], policy=_json(told.get("Policy")),
        redrive=_json(told.get("RedrivePolicy")),
        waiting=int(told.get("ApproximateNumberOfMessages", 0)),
    )  # fmt: skip


def judge_senders(
    found: Line | Unclear | None, rules: Sequence[str], region: str, again: str
) -> Verdict:
    """Every one of *rules* may send, and nobody else by this way."""
    if found is None:
        return Wrong("the queue is gone", (again,))
    if isinstance(found, Unclear):
        return found
    let_in = list(_sources(found.policy))
    mend = (_set(found.url, "Policy", _may_send(found.arn, rules), region),)
    if None in let_in:
        return Wrong("rules of any account may send: the policy names no aws:SourceArn", mend)
    shut_out = [rule for rule in rules if not any(_fits(rule, each) for each in let_in if each)]
    if shut_out:
        names = ", ".join(rule.rpartition("/")[2] for rule in shut_out)
        return Wrong(f"the queue's policy does not let these rules send: {names}", mend)
    return Fine(f"{len(rules)} rules may send, by aws:SourceArn")


def judge_redrive(queue: Line, dead: Line | Unclear | None, region: str, again: str) -> Verdict:
    """Where a message goes on which the function dies each time."""
    if dead is None:
        return Wrong("the queue of dead letters is gone", (again,))
    if isinstance(dead, Unclear):
        return dead
    if queue.redrive.get("deadLetterTargetArn") == dead.arn:
        return Fine(f"after {queue.redrive.get('maxReceiveCount', '?')} receives")
    wanted = {"deadLetterTargetArn": dead.arn, "maxReceiveCount": USUAL_RECEIVES + 1}
    mend = _set(queue.url, "RedrivePolicy", wanted, region)
    return Wrong("a message that always fails never becomes a dead letter", (mend,))


def judge_dead(dead: Line, stack: str) -> Verdict:
    """Each of them is something that nobody was told of."""
    if not dead.waiting:
        return Fine("none")
    show = f"awsteward deploy redrive --stack {stack}"
    return Wrong(f"{dead.waiting:,} dead letters", (show, f"{show} --apply"))


def _sources(policy: Mapping[str, Any]) -> Iterator[str | None]:
    """The rules that may send; None for all of them."""
    for each in policy.get("Statement", ()):
        actions = {action.lower() for action in _listed(each.get("Action"))}
        if each.get("Effect") != "Allow" or not actions & {"sqs:sendmessage", "sqs:*", "*"}:
            continue
        principal = each.get("Principal", {})
        services = _listed(principal.get("Service")) if isinstance(principal, dict) else ["*"]
        if not {_EVENTS, "*"} & set(services):
            continue
        conditions = each.get("Condition", {})
        arns = [arn for operator in _OPERATORS for arn in _arns(conditions.get(operator, {}))]
        yield from arns
        if not conditions:
            yield None


def _arns(keys: Mapping[str, Any]) -> list[str]:
    return [arn for key, told in keys.items() if key.lower() == _SOURCE for arn in _listed(told)]


def _fits(rule: str, pattern: str) -> bool:
    return fnmatchcase(rule, pattern.replace("[", "[[]"))


def _listed(told: Any) -> list[str]:  # noqa: ANN401 - policies hold a text or a list of them
    return [told] if isinstance(told, str) else list(told or ())


def _may_send(queue: str, rules: Sequence[str]) -> Mapping[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": _EVENTS},
                "Action": "sqs:SendMessage",
                "Resource": queue,
                "Condition": {"ArnEquals": {"aws:SourceArn": list(rules)}},
            }
        ],
    }


def _set(url: str, name: str, value: Mapping[str, Any], region: str) -> str:
    told = shlex.quote(json.dumps({name: json.dumps(value)}))
    return f"aws sqs set-queue-attributes --queue-url {url} --attributes {told} --region {region}"


def _json(told: str | None) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(told) if told else {}
    return found
