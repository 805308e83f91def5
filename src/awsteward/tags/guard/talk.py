"""What a person pressed in Slack, from who may to what is written; the words go to that person."""

from awsteward.clients.ledger import Ledger, Unanswered
from awsteward.clients.reins import Brakes
from awsteward.core.errors import ConfigError
from awsteward.core.slack import code, prose
from awsteward.tags.guard.answer import Answer, Answering, answer, carry_out
from awsteward.tags.guard.hold import Stoppable
from awsteward.tags.model.outcome import Failed
from awsteward.tags.policy.people import Telling
from awsteward.tags.tell.asked import decode as asked
from awsteward.tags.tell.controls import Pressed
from awsteward.tags.tell.question import OpenQuestion
from awsteward.tags.tell.question import decode as question
from awsteward.tags.tell.wording import Wording

MOST = 5
"""Failures that are shown; the others are counted."""


def planned(
    pressed: Pressed, ledger: Ledger, telling: Telling, brakes: Brakes, words: Wording
) -> Answer | str:
    """The answer that this is, or why it is none; nothing is written yet."""
    waiting = next((each for each in ledger.waiting() if each.id == pressed.question), None)
    if waiting is None:
        return words.say("talk.gone", id=code(pressed.question))
    if not may(pressed.user, waiting, telling):
        return words.say("talk.stranger")
    return _answer(pressed, question(waiting.body), ledger, brakes, words)


def may(user: str, waiting: Unanswered, telling: Telling) -> bool:
    """Whether *user* may answer; nobody may where there is no bot any more."""
    if telling.bot is None:
        return False
    return user in telling.bot.answerers or user in asked(waiting.whom).to.whom


def _answer(
    pressed: Pressed, to: OpenQuestion, ledger: Ledger, brakes: Brakes, words: Wording
) -> Answer | str:
    empty = [key.key for n, key in enumerate(to.keys) if not pressed.values.get(n)]
    if empty:
        return words.say("talk.empty", keys=", ".join(map(code, empty)))
    pairs = [f"{key.key}={pressed.values[n]}" for n, key in enumerate(to.keys)]
    try:
        found = answer(to.id, pairs, ledger)
        Stoppable(brakes=brakes).refuse()
    except ConfigError as error:
        return words.say("talk.wrong", why=prose(str(error)))
    return found


def settle(of: Answer, by: str, with_: Answering, words: Wording) -> str | None:
    """Write it; None where all is well, else what the person has to know."""
    failed = [(ref, end) for ref, end in carry_out(of, with_, by) if isinstance(end, Failed)]
    if not failed:
        return None
    shown = [f"{code(ref, 120)}: {prose(end.why, 200)}" for ref, end in failed[:MOST]]
    left = len(failed) - MOST
    more = [words.count("row.more", left)] if left > 0 else []
    return "\n".join([words.say("talk.failed"), *shown, *more])
