"""Where a bot's messages lie and what they say, so that they can be answered to and changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from awsteward.clients.ledger import Slate
from awsteward.clients.slack import Taken
from awsteward.core.slack import Block
from awsteward.tags.tell.controls import questions

KEPT = timedelta(days=120)
"""Longer than anybody is reminded by default."""
_MESSAGE = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One message as it was posted."""

    channel: str
    ts: str
    message: Mapping[str, Any]

    @property
    def place(self) -> Taken:
        """Where it lies."""
        return Taken(channel=self.channel, ts=self.ts)


def keep(slate: Slate, letter_id: str, posted: Standing, at: datetime) -> None:
    """Remember it, and which questions can be answered in it."""
    until = at + KEPT
    slate.chalk(_kind(letter_id), _MESSAGE, msgspec.json.encode(posted).decode(), until)
    for question_id in questions(_blocks(posted)):
        slate.chalk(_letters(question_id), letter_id, posted.ts, until)


def posted(slate: Slate, letter_id: str) -> Standing | None:
    """The message of a letter, if a bot posted it."""
    body = slate.slate(_kind(letter_id)).get(_MESSAGE)
    return msgspec.json.decode(body, type=Standing) if body else None


def letters_of(slate: Slate, question_id: str) -> tuple[str, ...]:
    """The letters in which a question can be answered, the first to have asked first."""
    found = slate.slate(_letters(question_id))
    return tuple(sorted(found, key=lambda letter_id: (found[letter_id], letter_id)))


def say(slate: Slate, letter_id: str, question_id: str, line: str, at: datetime) -> None:
    """Have everybody who changes that letter put *line* where the question stands."""
    slate.chalk(_said(letter_id), question_id, line, at + KEPT)


def said(slate: Slate, letter_id: str) -> Mapping[str, str]:
    """What stands for each question of a letter that is settled."""
    return slate.slate(_said(letter_id))


def _blocks(of: Standing) -> list[Block]:
    held = of.message.get("blocks", [])
    return held if isinstance(held, list) else []


def _kind(letter_id: str) -> str:
    return f"posted {letter_id}"


def _said(letter_id: str) -> str:
    return f"said in {letter_id}"


def _letters(question_id: str) -> str:
    return f"letters of {question_id}"
