"""Two hands at one message: what the one has settled is not undone by the other."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from awsteward.clients.bot import Bot
from awsteward.clients.secret import Secret
from awsteward.clients.slack import Taken
from awsteward.clients.sqlite_ledger import SqliteLedger
from awsteward.core import slack as blocks
from awsteward.tags.guard.settled import note, refresh
from awsteward.tags.policy.model import Language
from awsteward.tags.tell import posted
from awsteward.tags.tell.controls import controls, mark
from awsteward.tags.tell.question import OpenKey, OpenQuestion
from awsteward.tags.tell.wording import wording
from tests.clients.workspace import CHANNEL, TOKEN, Workspace, workspace

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
WORDS = wording(Language.ENGLISH)


@pytest.fixture
def slack() -> Iterator[Workspace]:
    with workspace() as held:
        yield held


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with SqliteLedger.open(tmp_path / "ledger.db") as opened:
        yield opened


def asked(*ids: str) -> list[blocks.Block]:
    found: list[blocks.Block] = []
    for id_ in ids:
        key = OpenKey(key="Stage", why="", allowed=("prod", "test"))
        one = OpenQuestion(id=id_, keys=(key,), refs=(), count=1)
        found += [{**blocks.section([id_]), "block_id": mark(id_)}, *controls(WORDS, one, 5000)]
    return found


def test_two_that_settle_two_questions_of_one_message_show_both(
    slack: Workspace, ledger: SqliteLedger
) -> None:
    others = list[str]()

    def meanwhile(_: float) -> None:
        """Between reading what is settled and changing the message."""
        if others:
            posted.say(ledger, "letter", others.pop(), "settled by the other", NOW)

    bot = Bot(Secret(TOKEN), clock=lambda: 0.0, sleep=meanwhile, host=slack.host)
    message = {"text": "asks", "blocks": asked("one", "two")}
    at = bot.post(CHANNEL, message)
    assert isinstance(at, Taken)
    standing = posted.Standing(channel=at.channel, ts=at.ts, message=message)
    posted.keep(ledger, "letter", standing, NOW)
    note(ledger, "one", {"Stage": "prod"}, "", NOW)

    others.append("two")
    refresh(ledger, bot, WORDS, NOW)

    shown = json.dumps(slack.messages[at.channel, at.ts]["blocks"], ensure_ascii=False)
    assert "`Stage` = `prod`" in shown
    assert "settled by the other" in shown
    assert "actions" not in shown
