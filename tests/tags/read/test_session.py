import json
import tracemalloc
from typing import Any

import msgspec
import pytest

from awsteward.tags.read.record import Record
from awsteward.tags.read.session import session

ROLE = "arn:aws:sts::111122223333:assumed-role/deploy/mina"


def of(identity: Any) -> dict[str, str]:
    return dict(session(Record(user_identity=msgspec.Raw(json.dumps(identity).encode()))))


def test_a_session_names_itself_its_source_and_what_its_provider_vouched_for() -> None:
    context = {
        "sourceIdentity": "mina",
        "webIdFederationData": {"attributes": {"repository": "shop/kiosk"}},
    }

    said = of({"type": "AssumedRole", "arn": ROLE, "sessionContext": context})

    assert said == {"SourceIdentity": "mina", "SessionName": "mina", "repository": "shop/kiosk"}


@pytest.mark.parametrize(
    "identity",
    [
        pytest.param(None, id="none"),
        pytest.param({"type": "IAMUser", "userName": "alice"}, id="no session"),
        pytest.param({"sessionContext": "broken"}, id="a broken one"),
    ],
)
def test_without_a_session_nothing_is_said(identity: Any) -> None:
    assert of(identity) == {}


def test_long_identities_are_read_but_do_not_fill_memory() -> None:
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]

    for number in range(100):
        name = f"{number:065536}"
        assert of({"sessionContext": {"sourceIdentity": name}}) == {"SourceIdentity": name}

    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 1_000_000
