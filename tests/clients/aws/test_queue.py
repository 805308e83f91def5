from dataclasses import replace
from typing import Any

import boto3
import pytest

from awsteward.clients.aws.door import Boto
from awsteward.clients.aws.queue import Queue
from awsteward.core.errors import ConfigError, RemoteError

REGION = "eu-west-1"


@pytest.fixture
def sqs(session: boto3.Session) -> Any:
    return session.client("sqs")


@pytest.fixture
def queue(sqs: Any, door: Boto) -> Queue:
    live, dead = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("live", "dead"))
    return Queue(door=door, region=REGION, url=live, dead_letters=dead)


def test_a_message_that_is_done_does_not_come_again(sqs: Any, queue: Queue) -> None:
    sqs.send_message(QueueUrl=queue.url, MessageBody="one")

    (message,) = queue.receive(0)
    queue.done([message])
    queue.back(message, 0)

    assert (message.body, message.receives) == ("one", 1)
    assert queue.receive(0) == ()


def test_a_message_given_back_comes_again_and_counts(sqs: Any, queue: Queue) -> None:
    sqs.send_message(QueueUrl=queue.url, MessageBody="one")
    (message,) = queue.receive(0)

    queue.back(message, 0)

    (again,) = queue.receive(0)
    assert (again.body, again.receives) == ("one", 2)


@pytest.mark.parametrize("why", ["plain", "", "line\nbreak \x00 \ud800 \U0001f600", "x" * 5000])
def test_a_dead_letter_carries_its_reason(sqs: Any, queue: Queue, why: str) -> None:
    sqs.send_message(QueueUrl=queue.url, MessageBody="poison")
    (message,) = queue.receive(0)

    queue.bury(message, why)

    (dead,) = replace(queue, url=queue.dead_letters).all()
    assert dead.body == "poison"
    assert dead.why
    assert dead.why.startswith(why[:4].strip("\n\x00"))


def test_a_message_sent_for_later_is_the_same(sqs: Any, queue: Queue) -> None:
    sqs.send_message(QueueUrl=queue.url, MessageBody="one")
    (message,) = queue.receive(0)

    queue.later(message, 0)

    (again,) = queue.receive(0)
    assert (again.body, again.receives) == ("one", 1)


def test_a_queue_that_is_not_there_is_named(queue: Queue) -> None:
    lost = Queue(door=queue.door, region=REGION, url=queue.url + "x", dead_letters="")

    with pytest.raises((ConfigError, RemoteError), match="NonExistentQueue"):
        lost.receive(0)
