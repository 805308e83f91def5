import tracemalloc
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any, TypeVar

import pytest

from awsteward.tags.guard.decide import decided, handled, told
from awsteward.tags.model.arn import Arn
from awsteward.tags.model.creator import Machine, Nobody, Person, Root
from awsteward.tags.model.handled import Handled, Result
from awsteward.tags.model.outcome import Trouble
from awsteward.tags.model.plan import Origin
from awsteward.tags.model.reading import Event, Resource
from awsteward.tags.policy.default import default
from awsteward.tags.policy.model import Policy
from awsteward.tags.policy.parse import parse
from tests.tags.guard.estate import NOON, made

CREATED = made("logs")
(BUCKET,) = CREATED.resources
Value = TypeVar("Value", Event, Resource)
FULL = {"CreatedBy": "a", "Owner": "b", "CostCenter": "c", "Environment": "d"}


def ends(**changes: Any) -> Handled:
    return told(CREATED.event, replace(BUCKET, **changes), default(), NOON)


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        pytest.param({"tags": {}}, Result.WOULD_TAG, id="untagged"),
        pytest.param({"tags": FULL}, Result.COMPLIANT, id="tagged"),
        pytest.param({"tags": None}, Result.UNKNOWN, id="hidden"),
        pytest.param({"tags": {"CreatedBy": "a", "Owner": "b"}}, Result.PENDING, id="only asked"),
        pytest.param({"service": "cloudformation"}, Result.FAILED, id="spared"),
    ],
)
def test_every_decision_has_its_word(changes: dict[str, Any], result: Result) -> None:
    assert ends(**changes).result is result


def test_what_is_spared_gets_no_write_and_says_why() -> None:
    end = ends(service="cloudformation")

    assert (end.applied, end.asks, end.trouble) == ((), (), Trouble.REFUSED)
    assert "where the stack is defined" in end.why


def test_a_tool_gets_its_grace() -> None:
    event = replace(CREATED.event, tool="terraform", at=NOON - timedelta(minutes=1))

    assert told(event, BUCKET, default(), NOON).result is Result.PENDING


def test_the_end_of_time_is_only_far_away() -> None:
    event = replace(CREATED.event, tool="terraform", at=datetime.max.replace(tzinfo=UTC))

    assert told(event, BUCKET, default(), NOON).result is Result.PENDING


def test_a_session_may_vouch_for_a_value() -> None:
    text = "version: 1\ntags: {required: {Owner: {from: [{session: SourceIdentity}]}}}\n"
    event = replace(CREATED.event, session={"SourceIdentity": "kiosk"})

    end = told(event, BUCKET, parse(text, "a file"), NOON)

    assert [(w.key, w.value, w.origin) for w in end.applied] == [("Owner", "kiosk", Origin.SESSION)]


EVERYTHING = """
version: 1
tags:
  required:
    CreatedBy:
    Owner: [{types: ["AWS::S3::*"], from: [team, {session: SourceIdentity}, parent]}]
    CostCenter: {from: [account, team]}
    Stage: {values: [prod, dev]}
  near_misses: copy
  accounts: {"111122223333": {tags: {CostCenter: "4711"}}}
  teams: {shop: {tags: {Owner: shop}, people: [alice]}}
"""
EXCEPTED = """  exceptions:
    - {reason: old, until: 2030-01-01, keys: [Owner], arns: ["*logs"]}
"""
POLICIES = (
    pytest.param(default(), id="usual"),
    pytest.param(parse(EVERYTHING, "a file"), id="everything"),
    pytest.param(parse(EVERYTHING + EXCEPTED, "a file"), id="excepted"),
)
BEN = replace(CREATED.event, creator=Person(name="ben", arn=None, via=None))
CHANGES: tuple[dict[str, Any], ...] = (
    {"id": "e2"},
    {"at": NOON - timedelta(minutes=1), "tool": "terraform"},
    {"creator": CREATED.event.creator},
    {"creator": Machine(name="ben", arn=None, via=None)},
    {"creator": Root(account="111122223333", arn=None)},
    {"creator": Nobody("ben")},
    {"session": {"SourceIdentity": "zoe"}},
    {"arn": None},
    {"arn": Arn("arn:aws:s3:::orders")},
    {"type": "AWS::EC2::Volume"},
    {"account": "444455556666"},
    {"service": "lambda"},
    {"service": "cloudformation"},
    {"tags": None},
    {"tags": FULL},
    {"tags": {"owner": "zoe"}},
    {"tags": {"Stage": "prd"}},
    {"tags": {f"k{number}": "" for number in range(50)}},
    {"parent": Arn("arn:aws:s3:::parent")},
)


@pytest.mark.parametrize("policy", POLICIES)
def test_no_decision_is_taken_for_another(policy: Policy) -> None:
    for both in combinations(({}, {}, *CHANGES), 2):
        changes = {**both[0], **both[1]}
        event, resource = changed(BEN, changes), changed(BUCKET, changes)
        verdict, planned = decided(event, resource, policy, NOON)

        end = told(event, resource, policy, NOON)

        assert end == handled(event, resource, verdict, planned)


def changed(value: Value, changes: dict[str, Any]) -> Value:
    names = {field.name for field in fields(value)}
    return replace(value, **{name: new for name, new in changes.items() if name in names})


def test_a_hostile_archive_is_not_remembered() -> None:
    tracemalloc.start()
    for number in range(100):
        long = f"{number}" + "v" * 100_000
        ends(tags={"k": long})
        ends(tags={long: "v"})
        ends(account=long)
        told(replace(CREATED.event, creator=Nobody(long)), BUCKET, default(), NOON)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert held < 2_000_000
