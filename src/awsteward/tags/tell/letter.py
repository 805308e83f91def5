"""From notices to messages that Slack will take: one per creator and window. Pure.

A letter that would not fit loses rows (they are counted) but never a question: questions
beyond one message's room go on in a second one.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from awsteward.core import slack
from awsteward.core.slack import LIMITS, Block
from awsteward.tags.model.advice import Snippet
from awsteward.tags.policy.model import Language
from awsteward.tags.tell import layout
from awsteward.tags.tell.address import NOWHERE, Address
from awsteward.tags.tell.digest import Digest, Digests, digests, kind
from awsteward.tags.tell.envelope import Envelope
from awsteward.tags.tell.layout import Manner
from awsteward.tags.tell.notice import Kind, Notice, Who
from awsteward.tags.tell.question import OpenQuestion
from awsteward.tags.tell.wording import wording

QUESTIONS_PER_LETTER = 8
MOST_BLOCKS = 24
"""For questions; what else a letter holds takes fewer than the rest of a message's."""
ROOM_FOR_TEXT = 1000
"""Bytes kept free for the fallback text and what stands around the blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message, ready to be kept and sent."""

    id: str
    """Stable: the same notices give the same id, in any order and language; shown to people."""
    creator: Who
    window_start: datetime
    payload: Mapping[str, object]
    questions: tuple[OpenQuestion, ...]
    to: Address = NOWHERE
    urgent: bool = False
    astray: Block | None = None
    """Said where it cannot go to its own channel."""
    thread: str = ""
    """The letter that it follows up, or empty."""

    @property
    def envelope(self) -> Envelope:
        """As it is kept until it is sent."""
        return Envelope(
            message=self.payload, route=self.to.route, urgent=self.urgent, astray=self.astray,
            thread=self.thread,
        )  # fmt: skip


def compose(
    notices: Iterable[Notice],
    *,
    window: timedelta,
    language: Language = Language.ENGLISH,
    links: bool = True,
) -> tuple[Letter, ...]:
    """Letters that tell all of *notices*; their questions can be answered once they are kept."""
    manner = Manner(words=wording(language), links=links, asking=True)
    return letters(digests(notices, window), manner)


def letters(
    told: Iterable[Digest], manner: Manner, to: Address = NOWHERE, *, urgent: bool = False
) -> tuple[Letter, ...]:
    """Letters that tell all of these digests, to one address."""
    named = replace(manner, whom=to.whom)
    astray = layout.astray(manner, to.route) if to.route else None
    return tuple(
        replace(letter, to=to, urgent=urgent, astray=astray) for letter in _letters(named, told)
    )


def rehearse(
    gathered: Digests, *, language: Language = Language.ENGLISH, links: bool = True
) -> tuple[Letter, ...]:
    """The letters a real run would send, for reading only: they ask nothing."""
    manner = Manner(words=wording(language), links=links, asking=False)
    return tuple(_letters(manner, gathered.digests()))


def _letters(manner: Manner, told: Iterable[Digest]) -> Iterator[Letter]:
    for digest in told:
        first, *others = _pages(manner, digest.questions) or [()]
        yield _letter(digest, digest.id, _body(manner, digest, first), first, manner)
        for number, page in enumerate(others, start=2):
            letter_id = f"{digest.id}-{number}"
            heading = (_continued(manner, digest, number), *layout.asked_by_name(manner, page))
            body = (*heading, *_questions(manner, page))
            yield _letter(digest, letter_id, body, page, manner)


def _letter(
    digest: Digest,
    letter_id: str,
    body: tuple[Block, ...],
    questions: tuple[OpenQuestion, ...],
    manner: Manner,
) -> Letter:
    text = f"{layout.title(manner, digest)}: {layout.summary(manner, digest)} [{letter_id}]"
    payload = {
        "text": slack.prose(text, LIMITS["message"]["text"] // 10),
        "blocks": [*body, layout.closing(manner, letter_id)],
        "unfurl_links": False,
        "unfurl_media": False,
    }
    return Letter(
        id=letter_id, creator=digest.who, window_start=digest.since,
        payload=payload, questions=questions if manner.asking else (),
    )  # fmt: skip


def _pages(manner: Manner, questions: Iterable[OpenQuestion]) -> list[tuple[OpenQuestion, ...]]:
    """Questions as they fit into letters, leaving the half of each for everything else."""
    pages: list[tuple[OpenQuestion, ...]] = []
    room = places = 0
    for question in questions:
        blocks = layout.asked(manner, question)
        weight, many = slack.weight(blocks), len(blocks)
        full = pages and (len(pages[-1]) >= QUESTIONS_PER_LETTER or many > places)
        if not pages or weight > room or full:
            pages.append(())
            room, places = LIMITS["message"]["bytes"] // 2, MOST_BLOCKS
        pages[-1] = (*pages[-1], question)
        room -= weight
        places -= many
    return pages


def _body(manner: Manner, digest: Digest, questions: tuple[OpenQuestion, ...]) -> tuple[Block, ...]:
    opening = layout.opening(manner, digest)
    asked = _questions(manner, questions)
    named = replace(manner, names=digest.who.kind is Kind.SEVERAL)
    rows = [
        layout.row(named, told, digest.questions, _shown_before(digest.rows[:n]))
        for n, told in enumerate(digest.rows)
    ]
    room = LIMITS["message"]["bytes"] - ROOM_FOR_TEXT - slack.weight([*opening, *asked])
    shown = _shown(rows, room - slack.weight(layout.rest(manner, _more(digest, 0))))
    rest = layout.rest(manner, _more(digest, shown))
    return (*opening, slack.divider(), *rows[:shown], *rest, *asked)


def _shown_before(rows: Iterable[Notice]) -> frozenset[Snippet]:
    return frozenset(each for told in rows if told.advice for each in told.advice.snippets)


def _shown(rows: list[Block], room: int) -> int:
    """How many rows fit, first ones first."""
    for shown, row in enumerate(rows):
        room -= slack.weight([row])
        if room < 0:
            return shown
    return len(rows)


def _more(digest: Digest, shown: int) -> Mapping[str, int]:
    more = dict(digest.more)
    for told in digest.rows[shown:]:
        more[kind(told)] = more.get(kind(told), 0) + 1
    return more


def _questions(manner: Manner, page: tuple[OpenQuestion, ...]) -> tuple[Block, ...]:
    if not page:
        return ()
    dry = () if manner.asking else (slack.context([manner.words.say("question.dry")]),)
    return (
        slack.divider(),
        slack.section([manner.words.say("question.title")]),
        *(block for question in page for block in layout.asked(manner, question)),
        *dry,
    )


def _continued(manner: Manner, digest: Digest, number: int) -> Block:
    heading = layout.title(manner, digest)
    return slack.header(manner.words.count("header.continued", number, title=heading))
