"""Every kind of failure gets the treatment that helps against it, and nothing really waits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from awsteward.clients.aws.refusals import Answer, Refusal
from awsteward.tags.apply.attempt import Clock, Target, attempt
from awsteward.tags.apply.request import Request
from awsteward.tags.catalogue.tagcalls import Call
from awsteward.tags.model.arn import Arn
from awsteward.tags.model.outcome import Failed, Trouble
from awsteward.tags.model.reading import Resource

NOW = datetime(2026, 5, 4, 12, 1, tzinfo=UTC)
CALL = Call(operation="TagResource", params={}, actions=("sns:TagResource",))
ASKED = Request(service="sns", call=CALL, params={})
TOPIC = Resource(
    arn=Arn("arn:aws:sns:eu-west-1:111122223333:news"),
    handle=None,
    type=None,
    account="111122223333",
    region="eu-west-1",
    partition="aws",
    service="sns",
    tags=None,
)
JUST_MADE = Target(resource=TOPIC, born=NOW - timedelta(minutes=1))
LONG_SINCE = Target(resource=TOPIC, born=NOW - timedelta(days=1))


@dataclass
class Saying:
    """A door that says these things in turn, the last one for ever."""

    answers: list[Answer]
    asked: list[str] = field(default_factory=list)

    def call(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        self.asked.append(operation)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def refusal(code: str, message: str = "") -> Refusal:
    return Refusal(code=code, message=message)


def trouble(code: str, target: Target, clock: Clock) -> tuple[Trouble | None, int]:
    door = Saying([refusal(code)])
    answer = attempt(door, target, ASKED, clock)
    return (answer.trouble if isinstance(answer, Failed) else None), len(door.asked)


@pytest.mark.parametrize(
    ("code", "target", "kind", "tries"),
    [
        pytest.param("NoSuchEntity", JUST_MADE, Trouble.NOT_YET, 5, id="not-there-yet"),
        pytest.param("InvalidVolume.NotFound", LONG_SINCE, Trouble.GONE, 1, id="gone"),
        pytest.param("ResourceInUseException", JUST_MADE, Trouble.NOT_YET, 5, id="being-made"),
        pytest.param("ThrottlingException", JUST_MADE, Trouble.THROTTLED, 5, id="throttled"),
        pytest.param("UnauthorizedOperation", JUST_MADE, Trouble.DENIED, 1, id="denied"),
        pytest.param("ExpiredToken", JUST_MADE, Trouble.DENIED, 1, id="signed-out"),
        pytest.param("InternalServiceException", JUST_MADE, Trouble.REMOTE, 5, id="remote"),
        pytest.param("EndpointConnectionError", JUST_MADE, Trouble.REMOTE, 5, id="unreachable"),
        pytest.param("ValidationException", JUST_MADE, Trouble.REFUSED, 1, id="refused"),
    ],
)
def test_a_failure_is_tried_again_only_where_that_may_help(
    code: str, target: Target, kind: Trouble, tries: int, clock: Clock
) -> None:
    assert trouble(code, target, clock) == (kind, tries)


def test_waits_double_and_no_two_throttled_callers_return_together(
    clock: Clock, slept: list[float]
) -> None:
    trouble("SlowDown", JUST_MADE, clock)

    assert slept == [1.0, 2.0, 4.0, 8.0]  # the fixture's jitter is in the middle of its range


def test_what_appears_in_time_is_answered(clock: Clock, slept: list[float]) -> None:
    door = Saying([refusal("ResourceNotFoundException"), {"Tags": []}])

    assert attempt(door, JUST_MADE, ASKED, clock) == {"Tags": []}
    assert slept == [1.0]


def test_a_denial_names_the_action_that_the_service_named(clock: Clock) -> None:
    said = "User: x is not authorized to perform: sns:TagResource on resource: news"
    door = Saying([refusal("AuthorizationError", said)])

    answer = attempt(door, JUST_MADE, ASKED, clock)

    assert isinstance(answer, Failed)
    assert answer.why.startswith("allow sns:TagResource; ")


def test_a_denial_that_names_nothing_names_the_action_the_call_needs(clock: Clock) -> None:
    answer = attempt(Saying([refusal("AccessDenied", "Access Denied")]), JUST_MADE, ASKED, clock)

    assert isinstance(answer, Failed)
    assert "allow sns:TagResource" in answer.why
