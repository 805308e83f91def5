"""Judgements that have more cases than one walk shows."""

from datetime import UTC, datetime
from typing import Any

import pytest

from awsteward.clients.reins import Pulled, Stop
from awsteward.core.errors import AccessError
from awsteward.doctor import brakes, queues, trail
from awsteward.doctor.queues import Line
from awsteward.doctor.verdict import Fine, Unclear
from tests.doctor.mends import wrong
from tests.doctor.world import REGION, TRAIL, queue_arn, rule_arn, senders


def fields(**more: Any) -> dict[str, Any]:
    told = [
        {"Field": "eventCategory", "Equals": ["Management"]},
        *({"Field": name, **how} for name, how in more.items()),
    ]
    return {"AdvancedEventSelectors": [{"FieldSelectors": told}]}


DATA = {
    "AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]}]
}


@pytest.mark.parametrize(
    ("selectors", "recorded"),
    [
        ({"EventSelectors": [{}]}, True),
        ({"EventSelectors": [{"ReadWriteType": "WriteOnly"}]}, True),
        ({"EventSelectors": [{"ReadWriteType": "ReadOnly"}]}, False),
        ({"EventSelectors": [{"IncludeManagementEvents": False}]}, False),
        (fields(), True),
        (fields(readOnly={"Equals": ["false"]}), True),
        (fields(readOnly={"Equals": ["true"]}), False),
        (fields(eventSource={"NotEquals": ["kms.amazonaws.com"]}), True),
        (fields(eventName={"Equals": ["CreateBucket"]}), None),
        (DATA, False),
        ({}, False),
    ],
)
def test_a_trail_records_creations_by_its_selectors(
    selectors: dict[str, Any], *, recorded: bool | None
) -> None:
    assert trail.writes(selectors) is recorded


def one(name: str, *, logging: bool = True, selectors: Any = None) -> trail.Trail:
    return trail.Trail(
        name=name, arn=TRAIL, home=REGION, bucket="logs", logging=logging, error="",
        selectors=selectors or fields(),
    )  # fmt: skip


def test_one_good_trail_is_enough() -> None:
    found = (one("old", logging=False), Unclear("denied"), one("new"))

    assert isinstance(trail.judge(found, REGION), Fine)


def test_what_a_trail_records_is_handed_back_when_more_is_added() -> None:
    verdict = trail.judge((one("main", selectors=DATA),), REGION)

    wrong(verdict)
    assert '"Data"' in str(verdict)
    assert '"Management"' in str(verdict)


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(
            {"Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:events:*:*:rule/*"}}}, id="like"
        ),
        pytest.param({"Principal": "*", "Action": "SQS:*"}, id="anybody, for this rule"),
    ],
)
def test_who_may_send_is_read_as_sqs_reads_it(statement: dict[str, Any]) -> None:
    (bare,) = senders(rule_arn("Creations1"))["Statement"]
    policy = {"Statement": [{"Effect": "Deny"}, {**bare, **statement}]}
    line = Line(url="u", arn=queue_arn("q"), policy=policy, redrive={}, waiting=0)

    verdict = queues.judge_senders(line, [rule_arn("Creations1")], REGION, "again")

    assert isinstance(verdict, Fine)


def test_a_brake_that_is_on_says_who_pulled_it_and_how_to_let_go() -> None:
    stop = Stop(by="ana", why="wrong owners", at=datetime(2030, 1, 31, tzinfo=UTC))

    told = wrong(brakes.judge(Pulled(stop=stop, trips=(), closed={}), "kept"))

    assert "stopped by ana" in told
    assert "wrong owners" in told


def test_brakes_that_nobody_may_look_at_are_not_taken_for_loose() -> None:
    verdict = brakes.judge(AccessError("allow dynamodb:Query: no"), "kept")

    assert isinstance(verdict, Unclear)
