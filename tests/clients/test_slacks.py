from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from awsteward.clients.aws.refusals import Answer, Refusal
from awsteward.clients.secret import Secret
from awsteward.clients.slack import Closed, Posted, Taken
from awsteward.clients.slacks import Doors, channels, references, split

URL = "https://hooks.example.com/services/secret"


class Heard:
    """Takes everything for one URL."""

    def __init__(self, url: Secret) -> None:
        self.url = url.reveal()

    def post(self, payload: bytes) -> Posted:
        return Taken()


def no_bot() -> Closed:
    return Closed("SLACK_BOT_TOKEN is not set")


def no_aws(_service: str, operation: str, _params: Mapping[str, Any]) -> Answer:
    return Refusal(code="AccessDenied", message=f"{operation} is not allowed")


def test_pairs_are_read_with_their_references() -> None:
    found = references(split("pay=ssm:/slack/pay, data=secretsmanager:slack#data,"))

    assert found == {"pay": "ssm:/slack/pay", "data": "secretsmanager:slack#data"}
    assert references(split("")) == {}


@pytest.mark.parametrize("text", [URL, f"={URL}", "pay=", "p y=file:a", f"pay={URL},pay={URL}"])
def test_what_is_no_pair_is_named_and_not_shown(text: str) -> None:
    with pytest.raises(ValueError, match=r"NAME=REFERENCE|twice") as caught:
        references(split(text))

    assert "secret" not in str(caught.value)


def test_a_channel_is_looked_up_when_it_is_needed_and_once(tmp_path: Path) -> None:
    (tmp_path / "url").write_text(URL)
    looked = list[str]()

    def webhook(url: Secret) -> Heard:
        looked.append(url.reveal())
        return Heard(url)

    held = channels(
        "https://hooks.example.com/usual", {"pay": f"file:{tmp_path}/url"}, no_aws,
        Doors(webhook, no_bot),
    )  # fmt: skip
    before = list(looked)

    assert held.to("pay") is held.to("pay")
    assert (before, looked[1:]) == (["https://hooks.example.com/usual"], [URL])
    assert held.to("") is held.usual


def test_a_channel_that_cannot_be_had_is_closed_and_says_why(tmp_path: Path) -> None:
    others = {"a": f"file:{tmp_path}/none", "b": "ssm:/b", "c": "ftp:secret"}
    held = channels(URL, others, no_aws, Doors(Heard, no_bot))

    found = [held.to(name) for name in ("a", "b", "c", "d")]

    whys = [each.why for each in found if isinstance(each, Closed)]
    assert len(whys) == 4
    assert all(f"{name} in AWSTEWARD_SLACKS" in why for name, why in zip("abc", whys, strict=False))
    assert "no channel is named d" in whys[3]
    assert all("ftp:secret" not in why for why in whys)
