"""The real door: whose account is entered, and what AWS's refusals become."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
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


@dataclass
class _Proxy:
    """Something on the way that answers in AWS's place."""

    status: int = 200
    body: bytes = b""
    asked: int = 0
    url: str = ""


@pytest.fixture
def proxy() -> Iterator[_Proxy]:
    """Answers everything the same way, on the loopback."""
    says = _Proxy()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            says.asked += 1
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(says.status)
            self.send_header("Content-Length", str(len(says.body)))
            self.end_headers()
            self.wfile.write(says.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        says.url = f"http://127.0.0.1:{server.server_port}"
        yield says
        server.shutdown()
        thread.join()


class _Behind:
    """A session that knows itself, and finds every other service behind the proxy."""

    region_name = REGION

    def __init__(self, inner: boto3.Session, proxy: _Proxy) -> None:
        """Take whatever answers."""
        self._inner = inner
        self._proxy = proxy

    def client(self, name: str, region_name: str, config: Any) -> object:
        url = None if name == "sts" else self._proxy.url
        return self._inner.client(  # type: ignore[call-overload]  # any service
            name, region_name=region_name, config=config, endpoint_url=url
        )


TAGGING = {"ResourceArn": f"arn:aws:sns:{REGION}:{OWN}:news", "Tags": []}
PAGE = b"<html><head><meta><title>502</title></head><body>Bad gateway<br></body></html>"


@pytest.mark.parametrize(
    ("service", "operation", "status", "body"),
    [
        pytest.param("sns", "ListTopics", 502, PAGE, id="a-proxy's-page"),
        pytest.param("sns", "ListTopics", 200, PAGE, id="a-portal's-page"),
        pytest.param("sns", "ListTopics", 200, b"<ListTopicsResponse><Li", id="cut-off"),
        pytest.param("dynamodb", "ListTables", 502, PAGE, id="a-proxy's-page-for-json"),
        pytest.param("dynamodb", "ListTables", 200, b"\xff\xfe", id="not-text"),
        pytest.param("dynamodb", "ListTables", 502, b"[1]", id="not-a-mapping"),
        pytest.param("dynamodb", "ListTables", 200, b"null", id="nothing"),
        pytest.param("dynamodb", "ListTables", 200, b'{"TableNames": 3}', id="another-shape"),
    ],
)
def test_what_is_not_an_answer_of_aws_is_a_passing_failure(
    service: str, operation: str, status: int, body: bytes, proxy: _Proxy, session: boto3.Session
) -> None:
    proxy.status, proxy.body = status, body

    answer = Boto(session=_Behind(session, proxy)).call("", REGION, service, operation, {})

    assert isinstance(answer, Refusal)
    assert answer.cause is Cause.BROKEN
    assert "\n" not in answer.message


@pytest.mark.parametrize("status", [429, 503])
def test_the_door_sends_once_because_trying_again_is_decided_elsewhere(
    status: int, proxy: _Proxy, session: boto3.Session
) -> None:
    proxy.status = status

    Boto(session=_Behind(session, proxy)).call("", REGION, "sns", "TagResource", TAGGING)

    assert proxy.asked == 1


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
        ("ConnectionClosedError", Cause.BROKEN),
        ("ResponseStreamingError", Cause.BROKEN),
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
