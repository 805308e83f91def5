"""Asking again: which open questions are due, and the letter that reminds of them. Pure."""

from collections.abc import Sequence
from datetime import datetime

from awsteward.clients.ledger import Unanswered
from awsteward.core import slack
from awsteward.core.slack import LIMITS, Block
from awsteward.tags.policy.model import Slack
from awsteward.tags.policy.people import Telling
from awsteward.tags.tell import layout
from awsteward.tags.tell.asked import Asked
from awsteward.tags.tell.layout import Manner
from awsteward.tags.tell.letter import QUESTIONS_PER_LETTER, Letter
from awsteward.tags.tell.notice import Kind, Who
from awsteward.tags.tell.question import decode, short_id
from awsteward.tags.tell.wording import wording

_FRAME = 6
"""Blocks around the questions."""


def due(asked: Unanswered, manner: Telling, now: datetime) -> int:
    """The number of the reminder that is due of *asked*; 0 for none.

    Whose time went by unused, while it was snoozed or the week was full, is not made up for.
    """
    if asked.snoozed is not None and asked.snoozed > now:
        return 0
    number = sum(asked.at + after <= now for after in manner.reminders)
    return number if number > asked.reminded else 0


def fitting(questions: Sequence[Unanswered], manner: Slack) -> tuple[Unanswered, ...]:
    """The first of *questions* that one letter has room for; the others' turn comes."""
    style = _style(manner, Asked())
    room, places = LIMITS["message"]["bytes"] // 2, LIMITS["message"]["blocks"] - _FRAME
    found = list[Unanswered]()
    for each in questions[:QUESTIONS_PER_LETTER]:
        blocks = _question(style, each)
        room -= slack.weight(blocks)
        places -= len(blocks)
        if (room < 0 or places < 0) and found:
            break
        found.append(each)
    return tuple(found)


def reminder(
    questions: Sequence[tuple[Unanswered, int]], asked: Asked, manner: Slack, more: int,
    thread: str = "",
) -> Letter:  # fmt: skip
    """One letter that asks for all of *questions* again; *more* are left for another day."""
    style = _style(manner, asked)
    words = style.words
    letter_id = short_id("reminder", *sorted(f"{each.id}#{number}" for each, number in questions))
    title = words.count("reminder.title", len(questions) + more)
    left = [slack.context([words.count("reminder.more", more)])] if more else []
    blocks: list[Block] = [
        slack.header(title),
        *layout.asked_by_name(style, [decode(each.body) for each, _ in questions]),
        *(block for each, _ in questions for block in _question(style, each)),
        *left,
        slack.context([words.say("reminder.snooze")]),
        layout.closing(style, letter_id),
    ]
    payload = {
        "text": slack.prose(f"{title} [{letter_id}]", 300),
        "blocks": blocks, "unfurl_links": False, "unfurl_media": False,
    }  # fmt: skip
    return Letter(
        id=letter_id, creator=Who(kind=Kind.SEVERAL, name=""), window_start=questions[0][0].at,
        payload=payload, questions=(), to=asked.to, thread=thread,
        astray=layout.astray(style, asked.to.route) if asked.to.route else None,
    )  # fmt: skip


def _question(style: Manner, asked: Unanswered) -> list[Block]:
    since = style.words.say("reminder.since", at=slack.moment(asked.at))
    return [slack.divider(), *layout.asked(style, decode(asked.body)), slack.context([since])]


def _style(manner: Slack, asked: Asked) -> Manner:
    return Manner(
        words=wording(manner.language), links=manner.links, asking=True, whom=asked.to.whom,
        pressing=manner.telling.bot is not None,
    )  # fmt: skip
