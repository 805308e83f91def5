"""What tells people that the guard itself is in trouble: alarms and one page of graphs."""

from collections.abc import Mapping
from typing import Any

import msgspec

from awsteward.deploy.cloudformation import Resource, Resources, Value, attribute, filled, ref, when
from awsteward.deploy.functions import TAKE, TELL
from awsteward.deploy.grants import HAS_CANARY
from awsteward.deploy.pipes import DEAD_LETTERS, QUEUE, TABLE
from awsteward.tags.duty.metrics import DIMENSION, NAMESPACE

CONDITION = "HasAlarmTopic"
_PERIOD_S = 300
_LONGER_THAN_A_RUN = 2
"""Periods: while `tell` waits for Slack, the minutes that pass are refused."""
_HOUR_S = 3_600
_LOST = "InvocationsFailedToBeSentToDlq"
"""What FailedInvocations counts and did get there is seen in the queue.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
"""
_TOO_OLD_S = 3_600
"""A creation that waits for its maker's own tags is in the queue for a quarter of an hour."""


def alarms() -> Resources:
    """Each on one fact that a person must look into."""
    return {
        "DeadLettersAlarm": _alarm(
            "Messages lie in the dead letters: look at why, then redrive them",
            _queue(DEAD_LETTERS, "ApproximateNumberOfMessagesVisible"),
        ),
        "AgeAlarm": _alarm(
            "The oldest message has waited for more than an hour",
            _queue(QUEUE, "ApproximateAgeOfOldestMessage"),
            Threshold=_TOO_OLD_S,
        ),
        **failing(TAKE),
        **failing(TELL),
        "TellThrottlesAlarm": _alarm(
            "The function tell is refused for longer than one run of it lasts: raise the account's "
            "concurrency",
            _function(TELL, "Throttles"),
            EvaluationPeriods=_LONGER_THAN_A_RUN,
        ),
        "SilenceAlarm": _alarm(
            "Nobody has looked for ten minutes whether people are to be told something",
            _own("Heartbeat", "Sum"),
            EvaluationPeriods=_LONGER_THAN_A_RUN,
            ComparisonOperator="LessThanThreshold",
            Threshold=1,
            TreatMissingData="breaching",
        ),
        "UnsentAlarm": _alarm(
            "A letter has waited for more than an hour: Slack does not take it",
            _own("OldestUnsent", "Maximum"),
            Threshold=_TOO_OLD_S,
        ),
        "CanaryAlarm": {
            "Condition": HAS_CANARY,
            **_alarm(
                "No canary was seen for three hours: what is created may not reach the guard",
                _own("CanarySeen", "Maximum"),
                Period=_HOUR_S,
                EvaluationPeriods=3,
                ComparisonOperator="LessThanThreshold",
                Threshold=1,
                TreatMissingData="breaching",
            ),
        },
    }


def failing(name: str) -> Resources:
    """That a function fails, or that Lambda has no room for it."""
    return {
        f"{name}ErrorsAlarm": _alarm(
            f"The function {name.lower()} fails: look into its log", _function(name, "Errors")
        ),
        f"{name}ThrottlesAlarm": _alarm(
            f"The function {name.lower()} is refused: raise the account's concurrency",
            _function(name, "Throttles"),
        ),
    }


def undelivered(queue: str, topic: Value, condition: str) -> Resource:
    """That something lies in *queue*, where rules put what they could not deliver."""
    metric = _queue(queue, "ApproximateNumberOfMessagesVisible")
    why = "Rules could not deliver what was created here: put right why, then replay it"
    return {"Condition": condition, **_alarm(why, metric, **_to(topic))}


def lost(rule: str, topic: Value, condition: str) -> Resource:
    """That *rule*, of an account's own bus, could not even keep what it could not deliver."""
    metric = _measured("AWS/Events", _LOST, "Sum", "RuleName", ref(rule))
    why = "A rule could neither deliver what was created nor keep it: replay that time from records"
    return {"Condition": condition, **_alarm(why, metric, **_to(topic))}


def dashboard() -> Resources:
    """The way of an event on one page, in its order."""
    graphs = [
        ("Waiting", [_line("AWS/SQS", metric, "QueueName", "Queue") for metric in (
            "ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesDelayed",
            "ApproximateNumberOfMessagesNotVisible",
        )]),
        ("Age of the oldest, seconds", [
            _line("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", "Queue"),
        ]),
        ("Dead letters", [
            _line("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "DeadLetters"),
        ]),
        *((f"Function {name.lower()}", [
            _line("AWS/Lambda", metric, "FunctionName", name)
            for metric in ("Invocations", "Errors", "Throttles", "Duration")
        ]) for name in (TAKE, TELL)),
        ("Table, refused requests", [
            _line("AWS/DynamoDB", metric, "TableName", TABLE)
            for metric in ("ReadThrottleEvents", "WriteThrottleEvents")
        ]),
    ]  # fmt: skip
    body = {"widgets": [_graph(at, *graph) for at, graph in enumerate(graphs)]}
    blanks = {
        "Queue": attribute(QUEUE, "QueueName"),
        "DeadLetters": attribute(DEAD_LETTERS, "QueueName"),
        **{name: ref(name) for name in (TAKE, TELL, TABLE)},
    }
    return {
        "Dashboard": {
            "Type": "AWS::CloudWatch::Dashboard",
            "Properties": {"DashboardBody": filled(msgspec.json.encode(body).decode(), blanks)},
        }
    }


def _alarm(why: str, metric: Mapping[str, Any], **other: Any) -> Resource:  # noqa: ANN401 - properties
    topic = when(CONDITION, [ref("AlarmTopic")])
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmDescription": why,
            **metric,
            "Period": _PERIOD_S,
            "EvaluationPeriods": 1,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 0,
            "TreatMissingData": "notBreaching",
            "AlarmActions": topic,
            "OKActions": topic,
            **other,
        },
    }


def _to(topic: Value) -> Mapping[str, Value]:
    return {"AlarmActions": [topic], "OKActions": [topic]}


def _queue(name: str, metric: str) -> Mapping[str, Value]:
    return _measured("AWS/SQS", metric, "Maximum", "QueueName", attribute(name, "QueueName"))


def _function(name: str, metric: str) -> Mapping[str, Value]:
    return _measured("AWS/Lambda", metric, "Sum", "FunctionName", ref(name))


def _own(metric: str, statistic: str) -> Mapping[str, Value]:
    """A figure that functions and workers alike write into their log."""
    return _measured(NAMESPACE, metric, statistic, DIMENSION, ref(TABLE))


def _measured(
    space: str, metric: str, statistic: str, dimension: str, value: Value
) -> Mapping[str, Value]:
    return {
        "Namespace": space,
        "MetricName": metric,
        "Statistic": statistic,
        "Dimensions": [{"Name": dimension, "Value": value}],
    }


def _line(space: str, metric: str, dimension: str, blank: str) -> list[str]:
    return [space, metric, dimension, f"${{{blank}}}"]


def _graph(at: int, title: str, lines: list[list[str]]) -> Mapping[str, Any]:
    """Two graphs in a row of 24 columns."""
    return {
        "type": "metric",
        "x": at % 2 * 12,
        "y": at // 2 * 6,
        "width": 12,
        "height": 6,
        "properties": {
            "title": title,
            "region": "${AWS::Region}",
            "view": "timeSeries",
            "period": _PERIOD_S,
            "stat": "Maximum" if "AWS/SQS" in lines[0] or "Duration" in lines[0] else "Sum",
            "metrics": lines,
        },
    }
