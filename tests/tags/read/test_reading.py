import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awsteward.core.damage import Damage
from awsteward.tags.model.creator import Person
from awsteward.tags.model.reading import Created, Ignored, Undetermined
from awsteward.tags.read.reading import creations, reading
from awsteward.tags.read.record import Record
from awsteward.tags.read.records import Broken, records

ARN = "arn:aws:sns:eu-west-1:111122223333:orders"
CALL = {
    "eventVersion": "1.09",
    "userIdentity": {"type": "IAMUser", "userName": "ana", "accountId": "111122223333"},
    "eventTime": "2026-03-01T08:00:00Z",
    "eventSource": "sns.amazonaws.com",
    "eventName": "CreateTopic",
    "awsRegion": "eu-west-1",
    "userAgent": "APN/1.0 HashiCorp/1.0 Terraform/1.9.2",
    "requestParameters": {"name": "orders", "tags": [{"key": "Owner", "value": "pay"}]},
    "responseElements": {"topicArn": ARN},
    "eventID": "0a1b2c3d",
    "readOnly": False,
    "eventType": "AwsApiCall",
    "recipientAccountId": "111122223333",
}


def record(**members: Any) -> Record:
    return msgspec.json.decode(json.dumps({**CALL, **members}), type=Record)


def test_a_reading_says_who_created_what_when_and_with_which_tool() -> None:
    told = reading(record())

    assert isinstance(told, Created)
    assert told.event.at == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert told.event.tool == "terraform"
    assert isinstance(told.event.creator, Person)
    assert told.event.creator.name == "ana"
    assert [(one.arn, one.tags) for one in told.resources] == [(ARN, {"Owner": "pay"})]


@pytest.mark.parametrize(
    ("members", "why"),
    [
        pytest.param({"eventSource": None}, "event source", id="no source"),
        pytest.param({"eventName": None}, "event name", id="no name"),
        pytest.param({"eventVersion": "7.0"}, "eventVersion", id="unknown version"),
        pytest.param({"responseElements": None}, "", id="no response"),
    ],
)
def test_what_cannot_be_told_is_said_so(members: dict[str, Any], why: str) -> None:
    told = reading(record(**members))

    assert isinstance(told, Undetermined)
    assert why in told.why


@pytest.mark.parametrize("time", [None, "", "yesterday", "99999-01-01T00:00:00Z"])
def test_a_record_without_a_time_hides_no_creation(time: str | None) -> None:
    told = reading(record(eventTime=time))

    assert isinstance(told, Created)
    assert told.event.at == datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"eventName": "ListTopics", "readOnly": True}, id="only reads"),
        pytest.param({"errorCode": "AccessDenied", "responseElements": None}, id="failed"),
        pytest.param({"eventType": "AwsCloudTrailInsight", "eventName": None}, id="an insight"),
    ],
)
def test_what_creates_nothing_is_ignored_and_no_creation(members: dict[str, Any]) -> None:
    one = record(**members)

    assert isinstance(reading(one), Ignored)
    assert list(creations([one])) == []


def test_a_record_without_an_id_gets_the_same_one_every_time() -> None:
    first, again = (reading(record(eventID=None)).event.id for _ in range(2))

    assert first == again
    assert first != reading(record(eventID=None, awsRegion="us-east-1")).event.id


def test_creations_are_what_the_readings_say() -> None:
    several = [record(), record(eventName="ListTopics"), record(eventTime=None)]

    assert list(creations(several)) == [reading(several[0]), reading(several[2])]


def test_a_record_of_an_unknown_version_is_never_passed_over() -> None:
    (told,) = creations([record(eventVersion="7.0", readOnly=True)])

    assert isinstance(told, Undetermined)


def from_bytes(text: bytes) -> list[Record]:
    found = records("f", [text, Damage("x")])
    return [one for batch in found if not isinstance(batch, Broken) for one in batch]


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("requestParameters", b"[" * 900 + b"]" * 900),
        ("requestParameters", b"7" * 1_000_000),
        ("responseElements", b'{"topicArn": %s}' % (b"7" * 1_000_000)),
        ("responseElements", b'"\\ud800"'),
        ("userIdentity", b"[]"),
        ("userIdentity", b'{"accountId": 7}'),
        ("userIdentity", b"7" * 1_000_000),
    ],
)
def test_hostile_values_in_a_part_cost_an_answer_not_the_run(part: str, value: bytes) -> None:
    text = json.dumps({**CALL, part: "@"}).encode().replace(b'"@"', value)

    (one,) = from_bytes(text)

    assert isinstance(reading(one), Created | Undetermined)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*CALL, "type", "tags", "arn", "key"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=300)
@given(st.sampled_from(list(CALL)), anything)
def test_any_value_in_any_member_yields_the_right_arn_or_none(member: str, value: Any) -> None:
    for one in from_bytes(json.dumps({**CALL, member: value}).encode()):
        told = reading(one)
        if isinstance(told, Created) and member not in ("responseElements", "eventSource"):
            assert [resource.arn for resource in told.resources] == [ARN]
