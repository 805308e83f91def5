"""A rule of AWS Config's asks, and what it is told is what its console will show."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from awsteward.clients.aws.queue import Queue
from awsteward.clients.aws.refusals import Answer, Refusal
from awsteward.clients.ledger import Shared
from awsteward.core.errors import AccessError, RemoteError
from awsteward.tags.apply.attempt import Clock
from awsteward.tags.config.answer import answer
from awsteward.tags.config.ask import EVERYTHING
from awsteward.tags.duty.settings import Mode, Settings
from awsteward.tags.duty.setup import Duty
from awsteward.tags.policy.model import Policy, Rule
from tests.tags.config.messages import (
    ACCOUNT,
    REGION,
    SCHEDULED,
    call,
    changed,
    item,
    oversized,
)
from tests.tags.config.test_evaluation import SOURCES

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
POLICY = Policy(rules=(Rule(key="Owner", sources=SOURCES),))


@dataclass
class Console:
    """AWS Config: what it has recorded, and what it was told of it, the latest word last."""

    recorded: Sequence[Mapping[str, Any]] = ()
    stumbles: int = 0
    """How often it takes an evaluation not."""
    refusal: Refusal | None = None
    page: int = 2
    shown: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    tests: int = 0
    calls: int = 0

    def call(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        assert (account, region, service) == (ACCOUNT, REGION, "config")
        if self.refusal:
            return self.refusal
        match operation:
            case "PutEvaluations":
                return self._put(params)
            case "GetResourceConfigHistory":
                known = [
                    each for each in self.recorded if each["resourceId"] == params["resourceId"]
                ]
                return {"configurationItems": known[: params["limit"]]}
            case "SelectResourceConfig":
                return self._select(params)
            case _:
                raise AssertionError(operation)

    def _put(self, params: Mapping[str, Any]) -> Answer:
        self.calls += 1
        told = params["Evaluations"]
        assert len(told) <= 100
        self.tokens.add(params["ResultToken"])
        if params["TestMode"]:
            self.tests += len(told)
            return {"FailedEvaluations": []}
        failed, self.stumbles = told[: self.stumbles], max(0, self.stumbles - 1)
        for each in told[len(failed) :]:
            key = each["ComplianceResourceType"], each["ComplianceResourceId"]
            known = self.shown.get(key)
            if known is None or known["OrderingTimestamp"] <= each["OrderingTimestamp"]:
                self.shown[key] = each
        return {"FailedEvaluations": failed}

    def _select(self, params: Mapping[str, Any]) -> Answer:
        assert params["Expression"] == EVERYTHING
        start = int(params.get("NextToken", 0))
        rows = [
            {**each, "tags": [{"key": k, "value": v, "tag": f"{k}={v}"} for k, v in tags.items()]}
            for each in self.recorded
            for tags in [each.get("tags", {})]
        ]
        found = {"Results": [json.dumps(row, default=str) for row in rows[start:][: self.page]]}
        more = start + self.page
        return {**found, "NextToken": str(more)} if more < len(rows) else found

    @property
    def says(self) -> dict[str, tuple[str, str]]:
        return {
            key[1]: (each["ComplianceType"], each["Annotation"]) for key, each in self.shown.items()
        }


def recorded(name: str, **more: Any) -> dict[str, Any]:
    """As the API answers."""
    return {
        "accountId": ACCOUNT, "arn": f"arn:aws:s3:::{name}", "awsRegion": REGION,
        "resourceType": "AWS::S3::Bucket", "resourceId": name, "configurationItemStatus": "OK",
        "configurationItemCaptureTime": "2029-06-01T00:00:00.000Z", "tags": {}, **more,
    }  # fmt: skip


def asked(
    console: Console, event: object, left_s: Callable[[], float] = lambda: 900.0
) -> list[dict[str, Any]]:
    """What the log says after one call."""
    settings = Settings(
        region=REGION, table="t", queue="q", dead_letters="d", policy="", slack="",
        mode=Mode.OBSERVE, last=10, role=None,
    )  # fmt: skip
    duty = Duty(
        settings=settings, policy=POLICY, door=console,
        queue=Queue(door=console, region=REGION, url="q", dead_letters="d"),
        ledger=cast("Shared", None),  # an answer must never touch it
        clock=Clock(now=lambda: NOON, sleep=lambda _: None, jitter=lambda: 0.0),
    )  # fmt: skip
    said: list[str] = []
    answer(event, duty, left_s, said.append)
    return [json.loads(line) for line in said]


def test_an_untagged_bucket_shows_in_the_console_with_what_is_missing() -> None:
    console = Console()

    told = asked(console, call(changed(item())))

    assert console.says == {"orders": ("NON_COMPLIANT", "missing: Owner")}
    assert console.tokens == {"token-1"}
    assert told[0] == {
        "at": "2030-01-01T12:00:00.000+00:00", "rule": "tagged", "type": "AWS::S3::Bucket",
        "id": "orders", "compliance": "NON_COMPLIANT", "why": "missing: Owner",
    }  # fmt: skip
    assert told[1]["EvaluatedNonCompliant"] == 1


def test_what_left_the_rules_scope_or_is_gone_leaves_the_console() -> None:
    console = Console()

    asked(console, call(changed(item()), eventLeftScope=True))
    left = console.says["orders"][0]
    asked(console, call(changed(item(configurationItemStatus="ResourceDeleted"))))

    assert left == "NOT_APPLICABLE"
    assert console.says["orders"] == ("NOT_APPLICABLE", "it was deleted")


def test_a_late_answer_does_not_override_a_newer_one() -> None:
    console = Console()
    newer = item(tags={"Owner": "x"}, configurationItemCaptureTime="2030-01-01T12:00:09Z")

    asked(console, call(changed(newer)))
    asked(console, call(changed(item())))

    assert console.says["orders"][0] == "COMPLIANT"


def test_the_tags_of_a_big_item_are_looked_up() -> None:
    console = Console([recorded("orders", tags={"Owner": "x"})])

    asked(console, call(oversized()))

    assert console.says["orders"][0] == "COMPLIANT"
    ((_, told),) = console.shown.items()
    assert told["OrderingTimestamp"] == datetime(2030, 1, 1, 12, 0, 0, 108_000, UTC)


def test_a_big_item_that_is_gone_needs_no_look() -> None:
    console = Console()

    asked(console, call(oversized(configurationItemStatus="ResourceDeleted")))

    assert console.says["orders"] == ("NOT_APPLICABLE", "it was deleted")


def test_a_big_item_without_history_is_no_answer() -> None:
    with pytest.raises(RemoteError, match="no history of AWS::S3::Bucket orders"):
        asked(Console(), call(oversized()))


def test_at_its_time_everything_is_looked_at() -> None:
    owned = [recorded(f"b{n}", tags={"Owner": "x"} if n % 2 else {}) for n in range(5)]
    console = Console(owned)

    told = asked(console, call(SCHEDULED))

    assert {key: word for key, (word, _) in console.says.items()} == {
        "b0": "NON_COMPLIANT", "b1": "COMPLIANT", "b2": "NON_COMPLIANT", "b3": "COMPLIANT",
        "b4": "NON_COMPLIANT",
    }  # fmt: skip
    assert [line["id"] for line in told if "id" in line] == ["b0", "b2", "b4"]
    assert (told[-1]["EvaluatedCompliant"], told[-1]["finished"]) == (2, True)
    assert all(each["OrderingTimestamp"].year == 2030 for each in console.shown.values())


def test_time_that_runs_out_is_said() -> None:
    console = Console([recorded(f"b{n}") for n in range(5)])
    left = iter([100.0, 20.0])

    told = asked(console, call(SCHEDULED), lambda: next(left))

    assert set(console.says) == {"b0", "b1"}
    assert told[-1]["finished"] is False


def test_a_result_that_cannot_be_read_is_counted_and_hides_no_other() -> None:
    console = Console([recorded("b0", accountId=7), recorded("b1")])

    told = asked(console, call(SCHEDULED))

    assert set(console.says) == {"b1"}
    assert told[-1]["unread"] == 1


def test_what_config_does_not_take_is_handed_over_again() -> None:
    console = Console(stumbles=1)

    asked(console, call(changed(item())))

    assert console.says["orders"][0] == "NON_COMPLIANT"
    assert console.calls == 2


def test_what_config_never_takes_is_an_error_that_names_it() -> None:
    with pytest.raises(RemoteError, match="AWS::S3::Bucket orders"):
        asked(Console(stumbles=9), call(changed(item())))


def test_a_missing_right_is_named() -> None:
    no = Refusal(
        code="AccessDeniedException",
        message="User: x is not authorized to perform: config:PutEvaluations on resource: *",
    )

    with pytest.raises(AccessError, match="allow config:PutEvaluations"):
        asked(Console(refusal=no), call(changed(item())))


def test_a_trial_leaves_no_trace() -> None:
    console = Console()

    asked(console, call(changed(item()), resultToken="TESTMODE"))

    assert (console.tests, console.says) == (1, {})


@pytest.mark.parametrize(
    ("event", "why"),
    [
        pytest.param(None, "no call of a rule", id="nothing"),
        pytest.param({}, "invokingEvent", id="empty"),
        pytest.param(call(changed(item()), resultToken=None), r"\$.resultToken", id="no token"),
        pytest.param({**call({}), "invokingEvent": "{"}, "no message of AWS Config", id="no JSON"),
        pytest.param(call(changed(item(tags=[]))), "tags", id="tags of another kind"),
        pytest.param(call(changed(item()), accountId="444455556666"), "of another", id="account"),
    ],
)
def test_a_call_that_cannot_be_understood_is_an_error_that_says_why(
    event: object, why: str
) -> None:
    with pytest.raises(RemoteError, match=why):
        asked(Console(), event)
