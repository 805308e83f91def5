"""The shipped template and the real code on an AWS with a pipeline: from an SDK call to Slack."""

import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from awsteward.demo.stage import ACCOUNT, REGION
from tests.e2e.aws.live import (
    CODE,
    POLICY,
    SERVICES,
    Live,
    live,
    no_code,
    shipped,
    without_functions,
    worker,
)  # fmt: skip
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


@pytest.mark.parametrize("enforcing", [False, True], ids=["plain", "enforcing IAM"])
def test_lambda_tags_and_tells_by_the_package_that_is_shipped(*, enforcing: bool) -> None:
    with live(shipped(), enforcing=enforcing) as on:
        on.aws.developer("joon").client("sns").create_topic(Name="alerts")
        sns = on.aws.client("sns")

        def tags() -> dict[str, str]:
            arn = f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"
            found = sns.list_tags_for_resource(ResourceArn=arn)["Tags"]
            return {tag["Key"]: tag["Value"] for tag in found}

        found = settled("the topic is tagged", tags, lambda seen: "Owner" in seen, within=30)
        on.aws.client("sqs").send_message(QueueUrl=on.outputs["QueueUrl"], MessageBody="poison")
        settled(
            "poison is a dead letter", lambda: on.command("deploy", "redrive").stdout, within=30
        )
        settled("Slack hears of it", on.told, lambda told: "alerts" in told, within=90)
        shown = on.command("deploy", "redrive", "--format", "json")
        status = on.command("deploy", "status")

    assert found["Owner"] == found["CreatedBy"] == "joon"
    assert "no event of EventBridge" in json.loads(shown.stdout)["why"]
    assert shown.returncode == 1
    assert "1; see `deploy redrive`" in status.stdout, status
    assert "LOOK" in status.stdout
    assert "none is on" in status.stdout


def test_the_doctor_finds_nothing_wrong_but_what_the_emulator_lacks(on: Live) -> None:
    done = on.command("doctor", "--format", "json")

    found = {line["check"]: line for line in map(json.loads, done.stdout.splitlines())}
    wrong = {name for name, line in found.items() if line["verdict"] == "wrong"}
    # It has no trail and forgets nothing; the worker's tests take the mapping and the clock away.
    assert wrong == {"trail", "table", "queue to take", "rule EveryMinute", "rule EveryHour"}
    assert found["slack"]["what"] == "the webhook lives; no message was posted"
    assert on.slack.url not in done.stdout + done.stderr


def test_up_changes_what_is_set_keeps_the_rest_and_brings_the_package(
    on: Live, tmp_path: Path
) -> None:
    policy = tmp_path / "awsteward.yaml"
    policy.write_text(POLICY)
    asked = [
        *("deploy", "up", "--code-bucket", CODE, "--policy", str(policy)),
        *("--services", ",".join(SERVICES), "--architecture", "x86_64"),
        *("--runtime", f"python3.{sys.version_info.minor}", "--set", "Mode=notify"),
    ]

    shown = on.command(*asked)
    unchanged = on.parameters()
    done = on.command(*asked, "--apply")
    again = on.command(*asked, "--apply")

    assert (shown.returncode, shown.stdout) == (0, ""), shown.stderr
    assert "nothing was changed" in shown.stderr
    assert unchanged["Mode"] == "enforce"
    assert done.returncode == 0, done.stderr
    assert on.parameters() == {**unchanged, "Mode": "notify", "CodeKey": on.parameters()["CodeKey"]}
    assert on.parameters()["CodeKey"] != unchanged["CodeKey"]
    assert again.returncode == 0, again.stderr


def test_up_names_a_parameter_that_the_stack_does_not_have(on: Live) -> None:
    done = on.command("deploy", "up", "--code-bucket", CODE, "--set", "Moode=notify")

    assert done.returncode == 2
    assert "Moode" in done.stderr
    assert "Mode" in done.stderr
