import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from awsteward.demo.receiver import Receiver, Say, flaws, receiver


def _post(held: Receiver, body: bytes) -> tuple[int, str]:
    opener = build_opener(ProxyHandler({}))
    try:
        with opener.open(Request(held.url, data=body), timeout=5) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def _mrkdwn(text: str) -> dict[str, str]:
    return {"type": "mrkdwn", "text": text}


def test_a_good_message_is_kept() -> None:
    message = {"text": "hi", "blocks": [{"type": "section", "text": _mrkdwn("*hi*")}]}
    with receiver() as held:
        assert _post(held, json.dumps(message).encode()) == (200, "ok")
        assert held.messages == [message]


@pytest.mark.parametrize(
    ("payload", "word"),
    [
        pytest.param({}, "no_text", id="empty"),
        pytest.param({"blocks": [{"type": "divider"}] * 51}, "invalid_blocks", id="51-blocks"),
        pytest.param(
            {"blocks": [{"type": "section", "text": _mrkdwn("x" * 3001)}]},
            "invalid_blocks",
            id="long-section",
        ),
        pytest.param(
            {"blocks": [{"type": "section", "text": _mrkdwn("")}]},
            "invalid_blocks",
            id="empty-section",
        ),
        pytest.param(
            {"blocks": [{"type": "header", "text": _mrkdwn("x")}]},
            "invalid_blocks",
            id="markup-in-header",
        ),
        pytest.param(
            {"blocks": [{"type": "context", "elements": [_mrkdwn("x")] * 11}]},
            "invalid_blocks",
            id="11-elements",
        ),
        pytest.param(
            {"blocks": [{"type": "section", "fields": [_mrkdwn("x" * 2001)]}]},
            "invalid_blocks",
            id="long-field",
        ),
        pytest.param({"blocks": [{"type": "marquee"}]}, "invalid_blocks", id="no-such-block"),
        pytest.param(
            {"blocks": [{"type": "section", "text": _mrkdwn("x" * 2700)}] * 5},
            "msg_blocks_too_long",
            id="13-kB",
        ),
    ],
)
def test_what_slack_refuses_is_refused(payload: dict[str, Any], word: str) -> None:
    assert next(flaws(payload))[0] == word


def test_a_refusal_is_plain_text() -> None:
    with receiver() as held:
        assert _post(held, b"not json") == (400, "invalid_payload")
        assert held.messages == []


def test_mischief_is_done_once_each_and_in_order() -> None:
    with receiver() as held:
        held.mischief += [Say(429, "rate_limited", retry_after=1), Say(500, "rollup_error")]

        answers = [_post(held, b'{"text": "x"}') for _ in range(3)]

        assert answers == [(429, "rate_limited"), (500, "rollup_error"), (200, "ok")]


def test_another_path_is_no_webhook() -> None:
    with receiver() as held:
        other = Receiver(held.url + "x")

        assert _post(other, b'{"text": "x"}') == (404, "no_service")
