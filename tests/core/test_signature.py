"""Signed as Slack does it; the first case is the example of Slack's own documentation."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsteward.core.signature import GOOD_FOR, objection, signed

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # noqa: S105  documented
MOMENT = "1531420618"
NOW = datetime.fromtimestamp(int(MOMENT), UTC)
BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
    b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
    b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
    b"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


def test_the_documented_request_is_slacks() -> None:
    assert signed(BODY, MOMENT, SECRET) == SIGNATURE
    assert objection(BODY, MOMENT, SIGNATURE, SECRET, NOW) is None


@given(body=st.binary(max_size=50), secret=st.text("0123456789abcdef", min_size=16, max_size=32))
def test_another_body_or_secret_is_not(body: bytes, secret: str) -> None:
    assert (objection(body, MOMENT, SIGNATURE, SECRET, NOW) is None) is (body == BODY)
    assert objection(BODY, MOMENT, SIGNATURE, secret, NOW) is not None


@pytest.mark.parametrize(
    "late", [GOOD_FOR + timedelta(seconds=1), -GOOD_FOR - timedelta(seconds=1)]
)
def test_what_is_old_or_to_come_is_refused(late: timedelta) -> None:
    assert objection(BODY, MOMENT, SIGNATURE, SECRET, NOW + late) is not None
    assert objection(BODY, MOMENT, SIGNATURE, SECRET, NOW + late * 0.9) is None


@pytest.mark.parametrize("moment", ["", "soon", "-1", "1" * 40, "9" * 12, "1531420618 "])
def test_a_time_that_cannot_be_read_is_refused(moment: str) -> None:
    assert objection(BODY, moment, signed(BODY, moment, SECRET), SECRET, NOW) is not None


@pytest.mark.parametrize("signature", ["", "v0=", "v0=\u00e9", "v0=\ud800", SIGNATURE.upper()])
def test_a_signature_of_another_form_is_refused(signature: str) -> None:
    assert objection(BODY, MOMENT, signature, SECRET, NOW) is not None
