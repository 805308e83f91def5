"""The way of an event and what is remembered of it: rules, queues, table.

Nothing on this way is lost: what a rule cannot deliver, and what cannot be worked on, ends in the
dead letters, which keep it for as long as SQS keeps anything.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from awsteward.deploy.cloudformation import Resources, Value, arn, ref
from awsteward.deploy.rights import document
from awsteward.tags.duty.settings import USUAL_RECEIVES

QUEUE, DEAD_LETTERS, TABLE = "Queue", "DeadLetters", "Table"
GOES = {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}
STAYS = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
"""What a person may still need outlives the stack."""
TAKE_TIMEOUT_S = 300
_LAST_RESORT = USUAL_RECEIVES + 1
"""Then SQS gives a message up, without a reason: for one on which the guard dies each time."""
_DAY_S = 86_400
_KEPT_S = 14 * _DAY_S


def rules(
    patterns: Sequence[Mapping[str, Any]], kind: str = "Creations", bus: Value = None
) -> Resources:
    """One rule for each pattern, into the queue; on the account's own bus unless one is named."""
    to = target("queue", arn(QUEUE), arn(DEAD_LETTERS))
    on = {"EventBusName": bus} if bus else {}
    names = rule_names(len(patterns), kind)
    return {name: rule(pattern, to, on) for name, pattern in zip(names, patterns, strict=True)}


def rule(
    pattern: Mapping[str, Any], to: Mapping[str, Value], more: Mapping[str, Value]
) -> Mapping[str, Any]:
    """One rule for what *pattern* matches; *more* are further properties."""
    return {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "Description": "Calls that may have created something that can be tagged",
            "EventPattern": pattern,
            "State": "ENABLED",
            "Targets": [to],
            **more,
        },
    }


def target(name: str, to: Value, dead_letters: Value) -> Mapping[str, Value]:
    """Where a rule sends: tried for a day, then laid to the dead letters."""
    return {
        "Id": name,
        "Arn": to,
        "DeadLetterConfig": {"Arn": dead_letters},
        "RetryPolicy": {"MaximumEventAgeInSeconds": _DAY_S, "MaximumRetryAttempts": 185},
    }


def rule_names(count: int, kind: str = "Creations") -> list[str]:
    """What the rules are called in the template."""
    return [f"{kind}{number}" for number in range(1, count + 1)]


def queues(rules: Sequence[str]) -> Resources:
    """The queue and its dead letters; beside us, only the *rules* may put something into them."""
    return {
        QUEUE: {
            "Type": "AWS::SQS::Queue",
            **GOES,
            "Properties": {
                "SqsManagedSseEnabled": True,
                "MessageRetentionPeriod": _KEPT_S,
                "VisibilityTimeout": 6 * TAKE_TIMEOUT_S,
                "RedrivePolicy": {
                    "deadLetterTargetArn": arn(DEAD_LETTERS),
                    "maxReceiveCount": _LAST_RESORT,
                },
            },
        },
        DEAD_LETTERS: {**end_of_the_way(), **STAYS},
        "QueuePolicy": may_send([arn(rule) for rule in rules], (QUEUE, DEAD_LETTERS)),
    }


def end_of_the_way() -> Mapping[str, Any]:
    """A queue for what went no further: encrypted, and kept for as long as SQS keeps anything."""
    return {
        "Type": "AWS::SQS::Queue",
        **GOES,
        "Properties": {"SqsManagedSseEnabled": True, "MessageRetentionPeriod": _KEPT_S},
    }


def may_send(rules: Sequence[Value], to: Sequence[str]) -> Mapping[str, Any]:
    """A policy by which only *rules*, by their ARNs, may put something into the queues."""
    return {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {
            "Queues": [ref(queue) for queue in to],
            "PolicyDocument": document([_may_send(rules, queue) for queue in to]),
        },
    }


def table() -> Resources:
    """What was written and is still to be told; it outlives the stack, or nobody could undo."""
    return {
        TABLE: {
            "Type": "AWS::DynamoDB::Table",
            **STAYS,
            "Properties": {
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [
                    {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")
                ],
                "KeySchema": [
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
                "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
                "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            },
        }
    }


def _may_send(rules: Sequence[Value], to: str) -> Mapping[str, Value]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": ["sqs:SendMessage"],
        "Resource": arn(to),
        "Condition": {"ArnEquals": {"aws:SourceArn": list(rules)}},
    }
