"""Messages in which a settled question still stands open are changed, by whoever holds the bot.

Whoever settles it, on a command line or in another function, only makes a mark.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from awsteward.clients.bot import Bot
from awsteward.clients.ledger import Slate
from awsteward.clients.slack import Closed, Rejected, Taken, Unreachable
from awsteward.core import slack
from awsteward.core.slack import code
from awsteward.tags.tell import posted
from awsteward.tags.tell.controls import settled
from awsteward.tags.tell.wording import Wording

_KIND = "settled"
_STAYS = timedelta(days=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settled:
    """How a question ended; without values it needs none any more."""

    said: Mapping[str, str]
    by: str
    """A Slack id, or empty."""


def note(slate: Slate, question_id: str, said: Mapping[str, str], by: str, at: datetime) -> None:
    """Mark it, if a bot asked it."""
    if posted.letters_of(slate, question_id):
        body = msgspec.json.encode(_Settled(said=said, by=by)).decode()
        slate.chalk(_KIND, question_id, body, at + _STAYS)


def refresh(slate: Slate, bot: Bot, words: Wording, at: datetime) -> tuple[str, ...]:
    """Change the messages of every marked question; why some could not be, for the log.

    What Slack will never change is let go; what it could not be asked about is tried again.
    """
    troubles: list[str] = []
    for question_id, body in slate.slate(_KIND).items():
        line = _line(question_id, msgspec.json.decode(body, type=_Settled), words)
        whys = [
            _changed(slate, bot, letter_id, question_id, line, at)
            for letter_id in posted.letters_of(slate, question_id)
        ]
        left = [why for why in whys if why]
        troubles += [f"question {question_id}: {why}" for why in left]
        if not left:
            slate.wipe(_KIND, question_id)
    return tuple(troubles)


def _changed(
    slate: Slate, bot: Bot, letter_id: str, question_id: str, line: str, at: datetime
) -> str | None:
    """Why it has to be tried again, or None."""
    old = posted.posted(slate, letter_id)
    if old is None:
        return None
    new = posted.changed(old, settled(old.message["blocks"], question_id, line))
    match bot.change(old.place, new.message):
        case Taken():
            posted.keep(slate, letter_id, new, at)
            return None
        case Rejected():
            return None
        case Closed(why) | Unreachable(why):
            return why


def _line(question_id: str, how: _Settled, words: Wording) -> str:
    if not how.said:
        return words.say("question.elsewhere", id=code(question_id))
    pairs = ", ".join(f"{code(key)} = {code(value)}" for key, value in how.said.items())
    by = [words.say("question.by", who=slack.mention(how.by))] if how.by else []
    return " · ".join([words.say("question.settled", pairs=pairs), *by])
