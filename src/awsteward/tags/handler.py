"""AWS Lambda's way in: behind the queue, on schedules, and for what people press in Slack.

It wires and decides nothing. Doors are kept between invocations, and opened anew every few minutes
so that a changed policy or Slack URL takes effect.
"""

import functools
import os
import random
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from awsteward.clients.aws.queue import Message
from awsteward.clients.slack import Slack
from awsteward.tags.apply.attempt import Clock
from awsteward.tags.config.answer import answer
from awsteward.tags.duty import interact as interactions
from awsteward.tags.duty import watch
from awsteward.tags.duty.canary import check
from awsteward.tags.duty.settings import settings
from awsteward.tags.duty.setup import Duty, duty, slack

RENEWED_S = 300
_CLOCK = Clock(now=lambda: datetime.now(UTC), sleep=time.sleep, jitter=random.random)


class NotToldError(Exception):
    """Letters stay in the ledger; Lambda counts it as a failure, and an alarm tells of those."""


def take(event: Mapping[str, Any], context: object) -> Mapping[str, Any]:  # noqa: ARG001  Lambda's signature
    """Answer an SQS event: the ids of the messages that are to come again."""
    stay = watch.take(tuple(map(_message, event["Records"])), _duty(_period()), print)
    return {"batchItemFailures": [{"itemIdentifier": each} for each in sorted(stay)]}


def tell(event: object, context: object) -> None:  # noqa: ARG001  Lambda's signature
    """Send the letters that are due."""
    delivery = watch.tell(_duty(_period()), _slack(_period()), print)
    if delivery.left:
        raise NotToldError(f"{len(delivery.left)} letters stay: {delivery.left[0].why}")


def canary(event: object, context: object) -> None:  # noqa: ARG001  Lambda's signature
    """Look whether the last canary was seen, and make the next."""
    check(_duty(_period()), print)


class Lifetime(Protocol):
    """Lambda's context, as far as it says how long a call may still take."""

    def get_remaining_time_in_millis(self) -> int:
        """See https://docs.aws.amazon.com/lambda/latest/dg/python-context.html ."""
        ...


def evaluate(event: object, context: Lifetime) -> None:
    """Answer a rule of AWS Config's; what fails is called again by Lambda, and then an alarm."""
    answer(
        event, _duty(_period()), lambda: context.get_remaining_time_in_millis() / 1000, print
    )  # fmt: skip


def interact(event: Mapping[str, Any], context: object) -> Mapping[str, Any] | None:  # noqa: ARG001  Lambda's signature
    """Answer what Slack sends to the function's URL; or carry out what was acknowledged there."""
    desk = _desk(_period())
    if "requestContext" in event:
        return interactions.heard(event, desk)
    interactions.carry_out(event["pressed"], desk)
    return None


def _period() -> int:
    return int(time.monotonic() // RENEWED_S)


@functools.lru_cache(maxsize=1)
def _duty(_: int) -> Duty:
    return duty(settings(os.environ), os.environ, _CLOCK)


@functools.lru_cache(maxsize=1)
def _slack(period: int) -> Slack | None:
    return slack(_duty(period), time.monotonic, time.sleep)


@functools.lru_cache(maxsize=1)
def _desk(period: int) -> interactions.Desk:
    of = _duty(period)
    return interactions.desk(of, time.monotonic, time.sleep, os.environ, print)


def _message(told: Mapping[str, Any]) -> Message:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html, example of a standard queue."""
    return Message(
        id=told["messageId"], receipt=told["receiptHandle"], body=told["body"],
        receives=int(told["attributes"]["ApproximateReceiveCount"]),
    )  # fmt: skip
