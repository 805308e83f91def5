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


def rules(patterns: Sequence[Mapping[str, Any]]) -> Resources:
    """One rule for each pattern, into the queue; tried for a day, then laid to the dead letters."""
    return {
        name: {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "Description": "Calls that may have created something that can be tagged",
                "EventPattern": pattern,
                "State": "ENABLED",
                "Targets": [
                    {
                        "Id": "queue",
                        "Arn": arn(QUEUE),
                        "DeadLetterConfig": {"Arn": arn(DEAD_LETTERS)},
                        "RetryPolicy": {
                            "MaximumEventAgeInSeconds": _DAY_S,
                            "MaximumRetryAttempts": 185,
                        },
                    }
                ],
            },
        }
        for name, pattern in zip(rule_names(len(patterns)), patterns, strict=True)
    }


def rule_names(count: int) -> list[str]:
    """What the rules are called in the template."""
    return [f"Creations{number}" for number in range(1, count + 1)]


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
        DEAD_LETTERS: {
            "Type": "AWS::SQS::Queue",
            **STAYS,
            "Properties": {"SqsManagedSseEnabled": True, "MessageRetentionPeriod": _KEPT_S},
        },
        "QueuePolicy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {
                "Queues": [ref(QUEUE), ref(DEAD_LETTERS)],
                "PolicyDocument": document([_may_send(rules, to) for to in (QUEUE, DEAD_LETTERS)]),
            },
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


def _may_send(rules: Sequence[str], to: str) -> Mapping[str, Value]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": ["sqs:SendMessage"],
        "Resource": arn(to),
        "Condition": {"ArnEquals": {"aws:SourceArn": [arn(rule) for rule in rules]}},
    }
