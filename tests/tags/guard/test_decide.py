from dataclasses import replace
from datetime import timedelta

import pytest

from awsteward.tags.guard.decide import told
from awsteward.tags.model import Handled, Origin, Result, Trouble
from awsteward.tags.policy.default import default
from awsteward.tags.policy.parse import parse
from tests.tags.guard.estate import NOON, made

CREATED = made("logs")
(BUCKET,) = CREATED.resources
FULL = {"CreatedBy": "a", "Owner": "b", "CostCenter": "c", "Environment": "d"}


def ends(**changes: object) -> Handled:
    return told(CREATED.event, replace(BUCKET, **changes), default(), NOON)  # type: ignore[arg-type]  # a test's own keywords


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
def test_every_decision_has_its_word(changes: dict[str, object], result: Result) -> None:
    assert ends(**changes).result is result


def test_what_is_spared_gets_no_write_and_says_why() -> None:
    end = ends(service="cloudformation")

    assert (end.applied, end.asks, end.trouble) == ((), (), Trouble.REFUSED)
    assert "where the stack is defined" in end.why


def test_a_tool_gets_its_grace() -> None:
    event = replace(CREATED.event, tool="terraform", at=NOON - timedelta(minutes=1))

    assert told(event, BUCKET, default(), NOON).result is Result.PENDING


def test_a_session_may_vouch_for_a_value() -> None:
    text = "version: 1\ntags: {required: {Owner: {from: [{session: SourceIdentity}]}}}\n"
    event = replace(CREATED.event, session={"SourceIdentity": "kiosk"})

    end = told(event, BUCKET, parse(text, "a file"), NOON)

    assert [(w.key, w.value, w.origin) for w in end.applied] == [("Owner", "kiosk", Origin.SESSION)]
