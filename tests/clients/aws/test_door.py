"""The real door: whose account is entered, and what AWS's refusals become."""

import subprocess
import sys
from typing import Any

import boto3
import pytest
from botocore.session import Session as Inner
from hypothesis import given
from hypothesis import strategies as st

from awsteward.clients.aws.door import Boto
from awsteward.clients.aws.refusals import Cause, Refusal, cause
from awsteward.clients.aws.refusals import given as insist
from awsteward.core.errors import AccessError, ConfigError, RemoteError

OWN, OTHER, REGION = "123456789012", "111122223333", "eu-west-1"


def test_a_call_in_our_own_account_needs_no_role(session: boto3.Session) -> None:
    answer = Boto(session=session).call(OWN, REGION, "sns", "CreateTopic", {"Name": "news"})

    assert insist(answer)["TopicArn"] == f"arn:aws:sns:{REGION}:{OWN}:news"


def test_an_empty_account_is_our_own(session: boto3.Session) -> None:
    answer = Boto(session=session).call("", REGION, "sts", "GetCallerIdentity", {})

    assert insist(answer)["Account"] == OWN


def test_another_account_is_entered_through_the_named_role(session: boto3.Session) -> None:
    door = Boto(role="steward", session=session)

    answer = door.call(OTHER, REGION, "sns", "CreateTopic", {"Name": "news"})

    assert insist(answer)["TopicArn"] == f"arn:aws:sns:{REGION}:{OTHER}:news"


def test_without_a_role_another_account_is_never_touched(session: boto3.Session) -> None:
    answer = Boto(session=session).call(OTHER, REGION, "sns", "CreateTopic", {"Name": "news"})

    assert isinstance(answer, Refusal)
    assert answer.cause is Cause.SETTINGS
    assert OTHER in answer.message
    assert session.client("sns").list_topics()["Topics"] == []


def test_what_the_service_refuses_keeps_the_services_own_code(session: boto3.Session) -> None:
    answer = Boto(session=session).call(OWN, REGION, "iam", "GetRole", {"RoleName": "nobody"})

    assert isinstance(answer, Refusal)
    assert (answer.code, answer.cause) == ("NoSuchEntity", Cause.ABSENT)


@pytest.mark.parametrize(
    ("service", "operation", "params"),
    [
        pytest.param("sns", "CreateTopic", {"Title": 1}, id="wrong-parameters"),
        pytest.param("no-such-service", "TagResource", {}, id="a-service-botocore-lacks"),
    ],
)
def test_what_botocore_cannot_even_send_is_a_refusal(
    service: str, operation: str, params: dict[str, object], session: boto3.Session
) -> None:
    answer = Boto(session=session).call(OWN, REGION, service, operation, params)

    assert isinstance(answer, Refusal)
    assert answer.cause is Cause.REFUSED


def test_an_operation_that_an_older_botocore_lacks_is_not_gone(session: boto3.Session) -> None:
    answer = Boto(session=session).call(OWN, REGION, "sns", "MakeCoffee", {})

    assert isinstance(answer, Refusal)
    assert answer.cause is Cause.REFUSED
    assert "botocore lacks sns" in answer.message


def test_a_profile_that_does_not_exist_is_the_users_to_mend() -> None:
    inner = Inner(profile="no-such-profile")
    inner.set_config_variable("config_file", "/nowhere")

    with pytest.raises(ConfigError, match="no-such-profile"):
        Boto(session=_Lazy(inner)).call(OWN, REGION, "sns", "ListTopics", {})


class _Lazy:
    """A session that is as broken as its settings the moment it is used."""

    region_name = REGION

    def __init__(self, inner: Inner) -> None:
        """Keep the settings."""
        self._inner = inner

    def client(self, name: str, region_name: str, config: object) -> object:
        return self._inner.create_client(name, region_name=region_name)


IMPOSSIBLE = ["x y", "us-east-1.evil.com", "é", "/..", "eu_west_1", "", "eu-west-1\n"]


@pytest.mark.parametrize("account", [OWN, OTHER])
@pytest.mark.parametrize("region", IMPOSSIBLE)
def test_an_impossible_region_costs_only_the_call_that_names_it(
    region: str, account: str, session: boto3.Session
) -> None:
    door = Boto(role="steward", session=session)

    answer = door.call(account, region, "sns", "ListTopics", {})

    assert isinstance(answer, Refusal)
    assert answer.cause is Cause.REFUSED
    assert repr(region) in answer.message
    assert insist(door.call(account, REGION, "sns", "ListTopics", {}))["Topics"] == []


@pytest.mark.parametrize(
    ("own", "region", "home"),
    [
        pytest.param("eu-west-1", "ap-south-1", "eu-west-1", id="the-settings-come-first"),
        pytest.param(None, "ap-south-1", "us-east-1", id="no-region-in-the-settings"),
        pytest.param(None, "us-gov-east-1", "us-gov-west-1", id="another-partition"),
        pytest.param(None, "x y", "us-east-1", id="impossible"),
    ],
)
def test_who_we_are_is_asked_where_no_record_can_lead_us(
    own: str | None, region: str, home: str, session: boto3.Session
) -> None:
    asking = _Asking(session, own)

    Boto(session=asking).call("", region, "sns", "ListTopics", {})

    assert asking.asked[0] == ("sts", home)


class _Asking:
    """A session that remembers which services were asked for, and where."""

    def __init__(self, inner: boto3.Session, region: str | None) -> None:
        """Take the region that the settings name."""
        self.region_name = region
        self._inner = inner
        self.asked: list[tuple[str, str]] = []

    def client(self, name: str, region_name: str, config: Any) -> object:
        self.asked.append((name, region_name))
        return self._inner.client(name, region_name=region_name, config=config)  # type: ignore[call-overload]  # any service


def test_an_impossible_region_in_the_settings_is_the_users_to_mend(
    session: boto3.Session,
) -> None:
    with pytest.raises(ConfigError, match="eu_west_1"):
        Boto(session=_Asking(session, "eu_west_1")).call("", REGION, "sns", "ListTopics", {})


@pytest.mark.parametrize(
    ("refusal", "error", "text"),
    [
        pytest.param(
            Refusal(
                code="AccessDenied",
                message="User: arn:x is not authorized to perform: iam:TagRole on resource: y",
            ),
            AccessError,
            "allow iam:TagRole",
            id="denied",
        ),
        pytest.param(
            Refusal(code="ExpiredToken", message="old"), ConfigError, "check your", id="expired"
        ),
        pytest.param(Refusal(code="SlowDown", message="busy"), RemoteError, "busy", id="throttled"),
    ],
)
def test_who_cannot_go_on_learns_who_must_act(
    refusal: Refusal, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        insist(refusal)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("InvalidInstanceID.NotFound", Cause.ABSENT),
        ("DBInstanceNotFound", Cause.ABSENT),
        ("ResourceNotFoundException", Cause.ABSENT),
        ("RequestLimitExceeded", Cause.THROTTLED),
        ("InternalServerError", Cause.BROKEN),
        ("ReadTimeoutError", Cause.BROKEN),
        ("503", Cause.BROKEN),
        ("Client.UnauthorizedOperation", Cause.DENIED),
        ("InvalidDBInstanceState", Cause.BUSY),
        ("TooManyTagsException", Cause.REFUSED),
    ],
)
def test_codes_mean_what_helps_against_them(code: str, expected: Cause) -> None:
    assert cause(code) is expected


@given(st.text())
def test_every_code_means_something(code: str) -> None:
    assert cause(code) in Cause


def test_importing_the_door_and_the_writers_does_not_import_boto3() -> None:
    check = (
        "import sys, awsteward.clients.aws.door, awsteward.tags.apply.hands;"
        "sys.exit('boto3' in sys.modules or 'botocore' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", check], check=False)  # noqa: S603 - our own code

    assert done.returncode == 0
