import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awsteward.tags.model.reading import Created, Ignored, Undetermined
from awsteward.tags.read.discoveries import NEW, discovery
from awsteward.tags.read.item_files import is_configs, item_in
from awsteward.tags.read.items import Item, Scheduled, Unreadable, answered, message
from tests.tags.config.messages import (
    ACCOUNT,
    ARN,
    SCHEDULED,
    call,
    changed,
    event,
    item,
    oversized,
)

CAPTURED = datetime(2030, 1, 1, 12, 0, 0, 108_000, UTC)


def read(told: dict[str, Any], change: str = "CREATE") -> Item:
    found = message(json.dumps(changed(told, change)))
    assert isinstance(found, Item)
    return found


def test_an_item_is_told_with_all_that_matters() -> None:
    assert read(item(tags={"Owner": "orders"})) == Item(
        type="AWS::S3::Bucket", id="orders", arn=ARN, account=ACCOUNT, region="eu-west-1",  # type: ignore[arg-type]  # an Arn
        status="ResourceDiscovered", captured=CAPTURED,
        made=datetime(2030, 1, 1, 11, 58, tzinfo=UTC), tags={"Owner": "orders"}, first=True,
    )  # fmt: skip


def test_the_developer_guides_example_needs_no_more_than_it_has() -> None:
    bare = {
        "configurationItemCaptureTime": "2016-02-17T01:36:34.043Z",
        "awsAccountId": ACCOUNT, "configurationItemStatus": "OK", "resourceId": "i-00000000",
        "ARN": f"arn:aws:ec2:us-east-2:{ACCOUNT}:instance/i-00000000", "awsRegion": "us-east-2",
        "availabilityZone": "us-east-2a", "resourceType": "AWS::EC2::Instance",
        "tags": {"Foo": "Bar"}, "configuration": {"foo": "bar"},
    }  # fmt: skip
    text = json.dumps({"configurationItem": bare, "messageType": changed({})["messageType"]})

    found = message(text)

    assert isinstance(found, Item)
    assert (found.tags, found.made, found.first) == ({"Foo": "Bar"}, None, False)


def test_a_big_item_comes_without_its_tags() -> None:
    found = message(json.dumps(oversized()))

    assert isinstance(found, Item)
    assert (found.id, found.tags) == ("orders", None)


def test_the_time_to_look_at_everything_is_told() -> None:
    assert message(json.dumps(SCHEDULED)) == Scheduled(
        account=ACCOUNT, at=datetime(2030, 1, 1, 12, 0, 0, 373_000, UTC)
    )


def test_the_apis_answers_are_read_though_they_spell_it_otherwise() -> None:
    found = answered(
        {
            "accountId": ACCOUNT, "arn": ARN, "awsRegion": "eu-west-1", "tags": {"Owner": "x"},
            "resourceType": "AWS::S3::Bucket", "resourceId": "orders",
            "configurationItemStatus": "OK", "configurationItemCaptureTime": CAPTURED,
        }
    )  # fmt: skip

    assert isinstance(found, Item)
    assert (found.captured, found.tags) == (CAPTURED, {"Owner": "x"})


@pytest.mark.parametrize(
    ("told", "why"),
    [
        pytest.param(changed(item(tags={"Owner": 7})), "$.configurationItem.tags", id="a number"),
        pytest.param(changed(item(awsAccountId="me")), "awsAccountId", id="no account"),
        pytest.param(changed(item(awsRegion="../x")), "awsRegion", id="no region"),
        pytest.param(changed(item(resourceType="a b")), "resourceType", id="no type"),
        pytest.param(changed(item(resourceId="")), "resourceId", id="no id"),
        pytest.param(changed(item(ARN="orders")), "ARN", id="no ARN"),
        pytest.param(
            changed(item(ARN="arn:aws:sqs:eu-west-1:444455556666:q")), "in account", id="another's"
        ),
        pytest.param(
            changed(item(configurationItemCaptureTime="0001-01-01T00:00:00+14:00")),
            "time", id="a time before all time",
        ),
        pytest.param({**SCHEDULED, "notificationCreationTime": None}, "its time", id="no time"),
        pytest.param({"messageType": "ConfigurationItemChangeNotification"}, "no conf", id="bare"),
        pytest.param({"messageType": "ConfigRulesEvaluationStarted"}, "says no item", id="other"),
        pytest.param({}, "messageType", id="nothing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(told: dict[str, Any], why: str) -> None:
    found = message(json.dumps(told))

    assert isinstance(found, Unreadable)
    assert why in found.why


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
members = st.sampled_from([*item(), "changeType"])
anything = st.one_of(
    st.text(), json_values.map(json.dumps),
    st.builds(lambda key, value: json.dumps(changed({**item(), key: value})), members, json_values),
    st.builds(
        lambda key, value: json.dumps({**changed(item()), key: value}),
        st.sampled_from(list({**changed({}), **oversized()})), json_values,
    ),
)  # fmt: skip


@settings(deadline=None)  # the catalogue is read in the first example
@given(anything)
def test_any_text_is_read_or_refused_and_means_something(text: str) -> None:
    found = message(text)

    assert isinstance(found, Item | Scheduled | Unreadable)
    if isinstance(found, Item):
        assert isinstance(discovery(found), Created | Ignored | Undetermined)


# --- what an item means ----------------------------------------------------------------------


def test_a_first_item_tells_of_a_new_resource_that_nobody_is_known_to_have_made() -> None:
    found = discovery(read(item(tags={"Owner": "x", "aws:cloudformation:stack-name": "s"})))

    assert isinstance(found, Created)
    (bucket,) = found.resources
    assert (bucket.ref, bucket.type, bucket.service) == (ARN, "AWS::S3::Bucket", "s3")
    assert bucket.tags == {"Owner": "x"}
    assert found.event.at == datetime(2030, 1, 1, 11, 58, tzinfo=UTC)
    assert found.event.tool is None


def test_a_global_resource_is_tagged_where_its_service_is_at_home() -> None:
    role = item(
        ARN=f"arn:aws:iam::{ACCOUNT}:role/deploy", awsRegion="global",
        resourceType="AWS::IAM::Role", resourceId="AROAEXAMPLE",
    )  # fmt: skip

    found = discovery(read(role))

    assert isinstance(found, Created)
    assert (found.resources[0].region, found.resources[0].service) == ("us-east-1", "iam")


def test_the_same_life_has_the_same_event_and_another_one_has_another() -> None:
    first = discovery(read(item())).event.id

    assert discovery(read(item(configurationItemCaptureTime="2030-01-01T12:09:00Z"))).event.id == (
        first
    )
    assert discovery(read(item(resourceCreationTime="2030-01-01T12:00:00Z"))).event.id != first


OLD = (CAPTURED - NEW - timedelta(hours=1)).isoformat()


@pytest.mark.parametrize(
    ("told", "change", "kind", "why"),
    [
        ({"configurationItemStatus": "OK"}, "UPDATE", Ignored, "was there before"),
        ({"configurationItemStatus": "ResourceDeleted"}, "DELETE", Ignored, "deleted"),
        ({"configurationItemStatus": "ResourceNotRecorded"}, "CREATE", Ignored, "not record"),
        ({"resourceCreationTime": OLD}, "CREATE", Ignored, "before it was recorded"),
        ({"resourceCreationTime": None}, "CREATE", Undetermined, "may be old"),
        ({"resourceType": "AWS::KMS::Alias"}, "CREATE", Ignored, "nothing is known of tags"),
        ({"ARN": None}, "CREATE", Undetermined, "how AWS::S3::Bucket orders is tagged"),
    ],
)
def test_nothing_is_made_of_what_is_no_news(
    told: dict[str, Any], change: str, kind: type[Ignored | Undetermined], why: str
) -> None:
    found = discovery(read(item(**told), change))

    assert isinstance(found, kind)
    assert not isinstance(found, Created)
    assert why in found.why


def test_a_resource_from_the_future_is_as_old_as_its_item() -> None:
    found = discovery(read(item(resourceCreationTime="2031-01-01T00:00:00Z")))

    assert found.event.at == CAPTURED


def test_a_type_of_somebodys_own_is_no_news() -> None:
    found = discovery(read(item(resourceType="Mine::S3::Bucket", tags={"Owner": "mallory"})))

    assert isinstance(found, Ignored)


# --- in files --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(json.dumps(changed(item())), id="the message"),
        pytest.param(json.dumps(call(changed(item())), indent=1), id="a rule's call"),
        pytest.param(event(changed(item())), id="an event"),
    ],
)
def test_an_item_is_found_however_it_is_wrapped(text: str) -> None:
    assert is_configs(text.encode())
    assert item_in(text.encode()) == read(item())


def test_cloudtrails_records_are_not_taken_for_items() -> None:
    record = {"eventVersion": "1.08", "requestParameters": {"configurationItem": {}}}

    assert not is_configs(json.dumps({"Records": [record]}).encode())
    assert not is_configs(b'{"eventVersion":"1.08"}\n' * 3)
