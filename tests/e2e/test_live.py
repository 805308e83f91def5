"""The shipped template and the real code on an AWS with a pipeline: from an SDK call to Slack."""

import json
import signal
from collections.abc import Iterator

import pytest

from tests.e2e.aws.live import Live, live, no_code, without_functions, worker
from tests.e2e.aws.stage import settled


@pytest.fixture(scope="module")
def on() -> Iterator[Live]:
    with live(no_code()) as opened:
        without_functions(opened)
        yield opened


def test_a_worker_tags_and_tells_what_a_developer_creates(on: Live) -> None:
    with worker(on) as process:
        on.aws.developer("mina").client("sqs").create_queue(QueueName="orders")

        tags = settled("the queue is tagged", lambda: on.queue_tags("orders"), within=20)
        settled("Slack hears of it", on.told, lambda told: "orders" in told, within=90)
        process.send_signal(signal.SIGTERM)
        log, said = process.communicate(timeout=30)

    assert tags["Owner"] == tags["CreatedBy"]
    assert process.returncode == 0, said
    assert [line["outcome"] for line in map(json.loads, log.splitlines()) if "outcome" in line] == [
        "tagged"
    ]
    assert on.slack.url not in log + said
    assert on.slack.url not in json.dumps(on.table())
