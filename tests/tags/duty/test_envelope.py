import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsteward.tags.duty.envelope import Refused, opened
from awsteward.tags.read.items import Item
from awsteward.tags.read.record import Record
from tests.tags.duty.events import body, record
from tests.tags.guard.estate import NOON


def test_a_record_that_eventbridge_sent_for_aws_is_taken() -> None:
    found = opened(body(record("logs", NOON)))

    assert isinstance(found, Record)
    assert (found.event_source, found.event_name) == ("s3.amazonaws.com", "CreateBucket")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        pytest.param({"source": "my.app"}, "not from AWS", id="another source"),
        pytest.param({"source": "awsome.app"}, "not from AWS", id="a source that begins like it"),
        pytest.param({"detail-type": "Scheduled Event"}, "not a CloudTrail event", id="no call"),
        pytest.param({"account": "444455556666"}, "another account", id="another account"),
        pytest.param({"account": "aws"}, "no account", id="no account"),
    ],
)
def test_what_aws_did_not_send_is_refused(changed: dict[str, str], why: str) -> None:
    found = opened(body(record("logs", NOON), **changed))

    assert isinstance(found, Refused)
    assert why in found.why


def test_a_record_that_names_no_account_is_of_the_one_that_sent_it_not_of_its_caller() -> None:
    told = {
        key: value for key, value in record("logs", NOON).items() if key != "recipientAccountId"
    }
    caller = {"type": "AWSAccount", "accountId": "777788889999"}

    found = opened(body({**told, "userIdentity": caller}, account="444455556666"))

    assert isinstance(found, Record)
    assert found.recipient_account_id == "444455556666"


@pytest.mark.parametrize("member", ["eventName", "eventSource"])
def test_an_event_without_a_record_is_refused(member: str) -> None:
    whole = record("logs", NOON)

    found = opened(
        body({**whole, member: "bucket"} if member == "eventSource" else {**whole, member: ""})
    )

    assert isinstance(found, Refused)
    assert "no CloudTrail record" in found.why


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(
    st.text()
    | json_values.map(json.dumps)
    | st.dictionaries(
        st.sampled_from(["source", "detail-type", "account", "detail"]), json_values
    ).map(json.dumps)
)
def test_any_text_is_opened_or_refused(text: str) -> None:
    assert isinstance(opened(text), Record | Item | Refused)
