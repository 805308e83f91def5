import copy
import json
import os
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from awsteward.clients.aws.refusals import Answer, Refusal
from awsteward.clients.secret import LONGEST_URL, Secret, checked, resolve
from awsteward.core.errors import AccessError, ConfigError, RemoteError

URL = "https://hooks.example.com/services/T1/B1/SeCrEt"


def _nobody(service: str, operation: str, params: Mapping[str, Any]) -> Answer:
    raise AssertionError((service, operation, params))


class FakeAws:
    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str, Mapping[str, Any]]] = []

    def __call__(self, service: str, operation: str, params: Mapping[str, Any]) -> Answer:
        self.asked.append((service, operation, params))
        return self.answer


def test_the_url_itself_is_taken() -> None:
    assert resolve(f" {URL}\n", _nobody).reveal() == URL


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "url").write_text(URL + "\n")

    assert resolve(f"file:{tmp_path / 'url'}", _nobody).reveal() == URL


def test_a_parameter_is_decrypted() -> None:
    aws = FakeAws({"Parameter": {"Value": URL}})

    assert resolve("ssm:/team/slack", aws).reveal() == URL
    assert aws.asked == [
        ("ssm", "GetParameter", {"Name": "/team/slack", "WithDecryption": True}),
    ]


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        pytest.param("secretsmanager:slack", URL, id="whole"),
        pytest.param("secretsmanager:slack#url", json.dumps({"url": URL}), id="member"),
    ],
)
def test_a_secret_is_read_whole_or_by_its_member(reference: str, value: str) -> None:
    aws = FakeAws({"SecretString": value})

    assert resolve(reference, aws).reveal() == URL
    assert aws.asked == [("secretsmanager", "GetSecretValue", {"SecretId": "slack"})]


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.slack.com/services/x",
        "https://chat.example.org:8443/hooks/x",
        "http://127.0.0.1:8080/x",
        "http://localhost/x",
        "http://[::1]:99/x",
        "HTTPS://Example.com/x",
    ],
)
def test_any_https_host_and_http_on_this_machine_will_do(url: str) -> None:
    assert checked(url, "SLACK_URL").reveal() == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://example.com/SeCrEt",
        "http://127.0.0.1.example.com/SeCrEt",
        "ftp://example.com/SeCrEt",
        "https://user:SeCrEt@example.com/",
        "https:///SeCrEt",
        "https://exa mple.com/SeCrEt",
        "https://example.com:SeCrEt/",
        "https://[SeCrEt/",
        "https://a..b/SeCrEt",
        "https://example.com/SeCrEt\nX: y",
        "SeCrEt",
        "https://" + "a" * 70 + ".com/SeCrEt",
    ],
)
def test_any_other_url_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        checked(url, "file:/etc/url")

    _assert_silent(caught.value)
    assert "file:/etc/url" in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(Refusal(code="ParameterNotFound", message=""), ConfigError, id="absent"),
        pytest.param(
            Refusal(
                code="AccessDeniedException", message="not authorized to perform: ssm:GetParameter"
            ),
            AccessError,
            id="denied",
        ),
        pytest.param(Refusal(code="InternalServerError", message=""), RemoteError, id="broken"),
        pytest.param({"Parameter": {"Value": "SeCrEt"}}, ConfigError, id="no-url"),
    ],
)
def test_a_reference_that_leads_nowhere_is_named(answer: Answer, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        resolve("ssm:/team/slack", FakeAws(answer))

    _assert_silent(caught.value)
    assert "ssm:/team/slack" in str(caught.value)


@pytest.mark.parametrize("value", ["SeCrEt", '{"url": 5}', '["SeCrEt"]', '{"other": "SeCrEt"}'])
def test_a_secret_without_that_member_is_not_shown(value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve("secretsmanager:slack#url", FakeAws({"SecretString": value}))

    _assert_silent(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        resolve(f"file:{tmp_path}/none", _nobody)


def test_a_home_that_nobody_has_is_named() -> None:
    with pytest.raises(ConfigError, match="file:~no-such-user/url"):
        resolve("file:~no-such-user/url", _nobody)


def test_what_may_never_end_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    for path in ("/dev/zero", f"{tmp_path}/pipe", str(tmp_path)):
        with pytest.raises(ConfigError, match="not a regular file"):
            resolve(f"file:{path}", _nobody)


def test_a_file_longer_than_any_url_is_refused_without_being_shown(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(URL + "\n" * 3000)
    (tmp_path / "url").write_text(URL.ljust(LONGEST_URL, "x") + "\r\n")

    with pytest.raises(ConfigError, match="longer than any such secret") as caught:
        resolve(f"file:{tmp_path / 'log'}", _nobody)

    _assert_silent(caught.value)
    assert len(resolve(f"file:{tmp_path / 'url'}", _nobody).reveal()) == LONGEST_URL


def test_what_is_no_reference_may_be_a_secret_and_is_not_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        resolve("hooks.example.com/SeCrEt", _nobody)

    _assert_silent(caught.value)


def test_a_secret_url_shows_itself_to_nobody() -> None:
    url = Secret(URL)

    assert "SeCrEt" not in f"{url} {url!r} {[url]} {vars.__name__}"
    with pytest.raises(TypeError):
        pickle.dumps(url)
    with pytest.raises(TypeError):
        copy.copy(url)


def _assert_silent(error: BaseException | None) -> None:
    while error is not None:
        assert "SeCrEt" not in f"{error} {error!r} {error.args}"
        error = error.__cause__ or error.__context__
