"""Asking again what nobody answered: each reminder once, one letter per person and day at most."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from awsteward.clients.ledger import Ledger, Unanswered
from awsteward.tags.guard.daybook import closed
from awsteward.tags.guard.settled import note
from awsteward.tags.guard.week import Sort, count, counted, week
from awsteward.tags.policy import model as policy
from awsteward.tags.tell.asked import Asked, decode
from awsteward.tags.tell.deliver import keep
from awsteward.tags.tell.posted import letters_of
from awsteward.tags.tell.question import OpenQuestion
from awsteward.tags.tell.question import decode as question
from awsteward.tags.tell.reminder import due, fitting, reminder
from awsteward.tags.tell.when import is_quiet

StillOpen = Callable[[OpenQuestion], bool]
"""Whether a question still needs an answer: its resources are there, and lack what it asks for."""
APART = timedelta(days=1)
SETTLED_ELSEWHERE = "{}"
"""The answer of a question that needs none any more."""


def remind(ledger: Ledger, manner: policy.Slack, at: datetime, still_open: StillOpen) -> None:
    """Keep the reminders that are due as letters; what needs no answer any more is closed."""
    if is_quiet(manner.telling.quiet, at):
        return
    room = week(ledger, manner, at)
    for asked, waiting in _by_person(ledger, manner, at):
        since = at - APART
        if room.room(asked.persons) < 1 or any(
            counted(ledger, Sort.REMINDER, name, since) for name in asked.persons
        ):
            continue
        _remind(ledger, manner, at, asked, _open(ledger, waiting, at, still_open))


def _by_person(
    ledger: Ledger, manner: policy.Slack, at: datetime
) -> list[tuple[Asked, list[Unanswered]]]:
    found: dict[Asked, list[Unanswered]] = {}
    for each in ledger.waiting() if manner.telling.reminders else ():
        if due(each, manner.telling, at):
            found.setdefault(decode(each.whom), []).append(each)
    return list(found.items())


def _open(
    ledger: Ledger, waiting: Sequence[Unanswered], at: datetime, still_open: StillOpen
) -> list[Unanswered]:
    """Those that still need an answer; the others are closed."""
    found = []
    for each in waiting:
        if still_open(question(each.body)):
            found.append(each)
        else:
            with ledger.together():
                ledger.answer(each.id, SETTLED_ELSEWHERE, at)
                closed(each.id, ledger)
                note(ledger, each.id, {}, "", at)
    return found


def _remind(
    ledger: Ledger, manner: policy.Slack, at: datetime, asked: Asked, waiting: Sequence[Unanswered]
) -> None:  # fmt: skip
    if not waiting:
        return
    chosen = [(each, due(each, manner.telling, at)) for each in fitting(waiting, manner)]
    thread = next(iter(letters_of(ledger, chosen[0][0].id)), "")
    letter = reminder(chosen, asked, manner, len(waiting) - len(chosen), thread)
    with ledger.together():
        keep(ledger, [letter], at)
        for each, number in chosen:
            ledger.remind(each.id, number)
        for sort in (Sort.LETTER, Sort.REMINDER):
            count(ledger, sort, asked.persons, letter.id, at)
