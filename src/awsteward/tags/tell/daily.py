"""One letter a day: what was done, what would have been, what was taken back, what is open. Pure.

It is about accounts and teams, never about one resource: those have letters of their own.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from awsteward.core import slack
from awsteward.core.slack import LIMITS, Block
from awsteward.tags.policy.daily import Period
from awsteward.tags.policy.model import Language
from awsteward.tags.tell.wording import Wording, wording

MOST_QUESTIONS = 15
_ROOM_FOR_TEXT = 1000


class Deed(StrEnum):
    """What may be said of a resource at the end of a day; in the order it is said."""

    DID = "did"
    WOULD = "would"
    BACK = "back"
    FAILED = "failed"
    DENIED = "denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What happened to one resource."""

    event_id: str
    ref: str
    account: str
    team: str
    """Empty where no team, or more than one, lists its creator."""
    deed: Deed
    tags: int
    """How many; of a failure nought."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A question that nobody has answered."""

    id: str
    keys: tuple[str, ...]
    resources: int
    asked: datetime


Counts = Mapping[str, Mapping[str, Counter[Deed]]]
"""By account and team: tags, and of failures resources."""


def letter_id(period: Period) -> str:
    """The same for the same day, so that the outbox refuses a second one."""
    return f"summary-{period.day}"


def compose(
    done: Sequence[Done], open_: Sequence[Open], period: Period, language: Language
) -> Mapping[str, object] | None:
    """The letter of a day; None where nothing happened and nothing is open."""
    if not done and not open_:
        return None
    words = wording(language)
    title = words.say("daily.title", day=str(period.day))
    whole = Counter[Deed]()
    for each in (counts := counted(done)).values():
        whole.update(sum(each.values(), Counter[Deed]()))
    first = _counts(words, whole) or words.say("daily.quiet")
    asked = _questions(words, sorted(open_, key=lambda each: (each.asked, each.id)))
    head = (
        slack.header(title),
        slack.section([slack.bold(first)]),
        slack.context(
            [
                words.say(
                    "daily.window",
                    since=slack.moment(period.since),
                    until=slack.moment(period.until),
                )
            ]
        ),
    )
    room = LIMITS["message"]["bytes"] - _ROOM_FOR_TEXT - slack.weight([*head, *asked])
    return {
        "text": f"{title}: {first} [{letter_id(period)}]",
        "blocks": [*head, *_accounts(words, counts, room), *asked, _closing(words, period)],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def counted(done: Iterable[Done]) -> Counts:
    """How much of what, by account and team."""
    counts: dict[str, dict[str, Counter[Deed]]] = {}
    for each in done:
        team = counts.setdefault(each.account, {}).setdefault(each.team, Counter())
        team[each.deed] += each.tags or 1
    return counts


def _accounts(words: Wording, counts: Counts, room: int) -> Iterator[Block]:
    """As many as fit, those with the most to tell first."""
    busiest = sorted(counts, key=lambda a: (-sum(c.total() for c in counts[a].values()), a))
    most = LIMITS["message"]["blocks"] - 8
    for shown, account in enumerate(busiest):
        block = _account(words, account, counts[account])
        room -= slack.weight([block])
        if room < 0 or shown >= most:
            yield slack.context([words.count("daily.more", len(busiest) - shown)])
            return
        yield block


def _account(words: Wording, account: str, teams: Mapping[str, Counter[Deed]]) -> Block:
    lines = [words.say("daily.account", account=slack.code(account))]
    for team in sorted(teams, key=lambda name: (not name, name)):
        name = slack.code(team) if team else words.say("daily.nobody")
        lines.append(words.say("daily.team", team=name, counts=_counts(words, teams[team])))
    return slack.section(lines)


def _counts(words: Wording, of: Counter[Deed]) -> str:
    return " · ".join(words.count(f"daily.{deed}", of[deed]) for deed in Deed if of[deed])


def _questions(words: Wording, oldest_first: Sequence[Open]) -> tuple[Block, ...]:
    if not oldest_first:
        return ()
    shown = oldest_first[:MOST_QUESTIONS]
    lines = [words.count("daily.open", len(oldest_first)), *(_question(words, q) for q in shown)]
    if len(oldest_first) > MOST_QUESTIONS:
        lines.append(words.count("row.more", len(oldest_first) - MOST_QUESTIONS))
    return slack.divider(), slack.section(lines)


def _question(words: Wording, asked: Open) -> str:
    return words.count(
        "daily.question", asked.resources, id=slack.code(asked.id),
        keys=slack.code(", ".join(asked.keys)), asked=slack.moment(asked.asked),
    )  # fmt: skip


def _closing(words: Wording, period: Period) -> Block:
    return slack.context([words.say("footer.letter", id=slack.code(letter_id(period)))])
