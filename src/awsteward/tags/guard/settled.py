"""Messages in which a settled question still stands open are changed, by whoever holds the bot.

Whoever settles it, on a command line or in another function, only makes a mark.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import assert_never

import msgspec

from awsteward.clients.bot import Bot
from awsteward.clients.ledger import Slate
from awsteward.clients.slack import Closed, Posted, Rejected, Taken, Unreachable
from awsteward.core import slack
from awsteward.core.slack import Block, code
from awsteward.tags.tell import posted
from awsteward.tags.tell.controls import mark, settled
from awsteward.tags.tell.deliver import Books
from awsteward.tags.tell.wording import Wording

_KIND = "settled"
_STAYS = timedelta(days=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settled:
    """How a question ended; without values it needs none any more."""

    said: Mapping[str, str]
    by: str
    """A Slack id, or empty."""


def note(books: Books, question_id: str, said: Mapping[str, str], by: str, at: datetime) -> None:
    """Mark it, if a bot asked it or may be about to."""
    if posted.letters_of(books, question_id) or _awaited(books.unsent(), question_id):
        body = msgspec.json.encode(_Settled(said=said, by=by)).decode()
        books.chalk(_KIND, question_id, body, at + _STAYS)


def refresh(books: Books, bot: Bot, words: Wording, at: datetime) -> tuple[str, ...]:
    """Change the messages of every marked question; why some could not be, for the log.

    What Slack will never change is let go; what it could not be asked about is tried again, and so
    is a question of which a letter is still on its way.
    """
    marks = sorted(books.slate(_KIND).items(), key=lambda each: _lot(each[0], at))
    unsent = tuple(books.unsent()) if marks else ()
    round_ = _Round(books, bot, at)
    for question_id, body in marks:
        line = _line(question_id, msgspec.json.decode(body, type=_Settled), words)
        changed = [
            round_.changed(letter_id, question_id, line)
            for letter_id in posted.letters_of(books, question_id)
        ]
        if all(changed) and not _awaited(unsent, question_id):
            books.wipe(_KIND, question_id)
    return tuple(round_.troubles)


def _awaited(unsent: Iterable[tuple[str, str]], question_id: str) -> bool:
    """Whether a letter that is not sent yet holds controls of that question."""
    return any(f'"{mark(question_id)}"' in text for _, text in unsent)


def _lot(question_id: str, at: datetime) -> bytes:
    """Another order each time, so that none is for ever behind one that cannot be changed."""
    return sha256(f"{at.isoformat()} {question_id}".encode()).digest()


@dataclass(slots=True)
class _Round:
    """One look at every marked question; Slack is not asked twice about what it cannot do now."""

    slate: Slate
    bot: Bot
    at: datetime
    down: set[str] = field(default_factory=set)
    """Channels in which nothing can be changed."""
    reached: bool = True
    troubles: list[str] = field(default_factory=list)

    def _put(self, old: posted.Standing, letter_id: str) -> Posted:
        """All that is settled in a letter, each time: whoever is later shows the other's, too."""
        while True:
            lines = posted.said(self.slate, letter_id)
            blocks: list[Block] = old.message["blocks"]
            for question_id, line in lines.items():
                blocks = settled(blocks, question_id, line)
            outcome = self.bot.change(old.place, {**old.message, "blocks": blocks})
            if not isinstance(outcome, Taken) or posted.said(self.slate, letter_id) == lines:
                return outcome

    def changed(self, letter_id: str, question_id: str, line: str) -> bool:
        """False where it has to be tried again."""
        old = posted.posted(self.slate, letter_id)
        if old is None:
            return True
        if not self.reached or old.channel in self.down:
            return False
        posted.say(self.slate, letter_id, question_id, line, self.at)
        match self._put(old, letter_id):
            case Taken() | Rejected():
                return True
            case Closed(why):
                self.down.add(old.channel)
                self.troubles.append(f"question {question_id}: {why}")
            case Unreachable(why):
                self.reached = False
                self.troubles.append(f"question {question_id}: {why}")
            case other:
                assert_never(other)
        return False


def _line(question_id: str, how: _Settled, words: Wording) -> str:
    if not how.said:
        return words.say("question.elsewhere", id=code(question_id))
    pairs = ", ".join(f"{code(key)} = {code(value)}" for key, value in how.said.items())
    by = [words.say("question.by", who=slack.mention(how.by))] if how.by else []
    return " · ".join([words.say("question.settled", pairs=pairs), *by])
