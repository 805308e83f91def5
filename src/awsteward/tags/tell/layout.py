"""The parts of a message as blocks: who, one row per resource, one question, the small print.

Pure. It chooses nothing: `digest` says what is told, `letter` what fits.
"""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final, assert_never

from awsteward.core import slack
from awsteward.core.slack import LIMITS, Block, code
from awsteward.tags.model.advice import Snippet
from awsteward.tags.model.handled import Result
from awsteward.tags.model.plan import Write
from awsteward.tags.model.verdict import Invalid, NearMiss
from awsteward.tags.tell import advice
from awsteward.tags.tell.console import Page, Search, name, place
from awsteward.tags.tell.controls import controls, mark
from awsteward.tags.tell.digest import Digest
from awsteward.tags.tell.notice import Kind, Notice
from awsteward.tags.tell.question import (
    PLACEHOLDER,
    OpenKey,
    OpenQuestion,
    open_keys,
    sameness,
)
from awsteward.tags.tell.wording import Wording

MOST = 8
"""Of anything listed in one line."""
LONGEST_KEY = 60
LONGEST_VALUE = 80
LONGEST_ARN = 120

_ICONS: Final[Mapping[Result, str]] = {
    Result.TAGGED: "✅",
    Result.COMPLIANT: "✅",
    Result.WOULD_TAG: "📝",
    Result.PENDING: "✋",
    Result.UNKNOWN: "❔",
    Result.FAILED: "❌",
}
# What waits for an answer is counted by its questions, whatever else became of it.
_IN_SUMMARY = tuple(result for result in _ICONS if result is not Result.PENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How messages are told."""

    words: Wording
    links: bool
    asking: bool
    """False in a dry run that keeps no questions: then no id is shown to answer with."""
    whom: Sequence[str] = ()
    """Slack ids of those who are asked by name."""
    names: bool = False
    """Whose each resource is, where one message tells of several."""
    pressing: bool = False
    """True where a bot posts: then questions hold what they are answered with."""
    held: int = 0
    """How many messages a person gets in a week, where that held this one back."""


# --- the frame -------------------------------------------------------------------------------


def title(manner: Manner, digest: Digest) -> str:
    """The heading, as plain text."""
    name = slack.plain(digest.who.name, 60)
    return manner.words.count(f"header.{digest.who.kind}", digest.total, name=name)


def summary(manner: Manner, digest: Digest) -> str:
    """How many went which way, and how many wait for a person."""
    counts = {f"summary.{result}": digest.results.get(result, 0) for result in _IN_SUMMARY}
    counts["summary.source"] = digest.at_source
    counts["summary.asked"] = sum(asked.count for asked in digest.questions)
    return " · ".join(manner.words.count(name, n) for name, n in counts.items() if n)


def opening(manner: Manner, digest: Digest) -> tuple[Block, ...]:
    """Who made these, when, and how it went."""
    words = manner.words
    who = words.say(f"who.{digest.who.kind}", name=code(digest.who.name))
    ways = sorted({row.via for row in digest.rows if row.via})
    if ways:
        via = words.say("who.via", via=_list(manner, ways, 60))
        who = f"{who} · {via}"
    if digest.who.account and digest.who.kind is not Kind.ROOT:
        account = words.say("who.account", account=code(digest.who.account, 20))
        who = f"{who} · {account}"
    when = words.say(
        "who.window", since=slack.moment(digest.since), until=slack.moment(digest.until)
    )
    return (
        slack.header(title(manner, digest)),
        slack.context([who, when, slack.bold(summary(manner, digest)), *_held(manner)]),
        *asked_by_name(manner, digest.questions),
    )


def asked_by_name(manner: Manner, questions: Sequence[OpenQuestion]) -> tuple[Block, ...]:
    """Whom the questions are put to; who is not asked anything is not called upon."""
    if not (manner.whom and questions):
        return ()
    names = " ".join(map(slack.mention, manner.whom[:MOST]))
    return (slack.section([manner.words.say("who.asked", whom=names)]),)


def _held(manner: Manner) -> list[str]:
    return [manner.words.count("held.week", manner.held)] if manner.held else []


def astray(manner: Manner, route: str) -> Block:
    """Said where a message could not go to its own channel."""
    return slack.context([manner.words.say("held.astray", route=code(route, 64))])


def rest(manner: Manner, more: Mapping[str, int]) -> tuple[Block, ...]:
    """The resources that have no row of their own, counted."""
    if not more:
        return ()
    kinds = sorted(more.items(), key=lambda item: (-item[1], item[0]))
    named = [f"{n:,} {code(kind, 60)}" for kind, n in kinds[:MOST]]
    total = sum(more.values())
    listed = _joined(manner, named, len(kinds), ", ")
    return (slack.context([manner.words.count("row.rest", total, kinds=listed)]),)


def closing(manner: Manner, letter_id: str) -> Block:
    """The id by which people and the outbox know this message."""
    return slack.context([manner.words.say("footer.letter", id=code(letter_id))])


# --- one resource ----------------------------------------------------------------------------


def row(
    manner: Manner, told: Notice, questions: Iterable[OpenQuestion],
    shown: AbstractSet[Snippet] = frozenset(),
) -> Block:  # fmt: skip
    """Everything there is to say about one resource, but for snippets that were *shown* before."""
    lines = [
        _heading(manner, told),
        *([code(told.arn, LONGEST_ARN)] if told.arn else []),
        _made(manner, told),
        *(
            [manner.words.say(f"who.{told.who.kind}", name=code(told.who.name))]
            if manner.names
            else []
        ),
        *_lacks(manner, told),
        *_done(manner, told),
        *(manner.words.say("row.held", why=slack.prose(why, 200)) for why in told.held[:MOST]),
        *_asked(manner, told, questions),
        *_ended(manner, told),
        *advice.lines(manner.words, told, shown),
    ]
    return slack.section(lines)


def _heading(manner: Manner, told: Notice) -> str:
    icon = "✋" if told.asks and told.result is not Result.FAILED else _ICONS[told.result]
    parts = [f"{icon} {slack.bold(_type(told))} {code(_name(told.arn, told.handle), 60)}"]
    if manner.links:
        parts += _link(manner, told)
    return " · ".join(parts)


def _type(told: Notice) -> str:
    words = (told.type or told.service).removeprefix("AWS::").replace("::", " ")
    return slack.plain("".join(c for c in words if c.isalnum() or c in " -"), 50) or "?"


def _name(arn: str | None, handle: str | None) -> str:
    return handle or (name(arn) if arn else "?")


def _link(manner: Manner, told: Notice) -> list[str]:
    found = place(
        arn=told.arn, type_=told.type, region=told.region,
        account=told.account, partition=told.partition,
    )  # fmt: skip
    match found:
        case None:
            return []
        case Page(url):
            return [slack.link(url, manner.words.say("row.open"))]
        case Search(url):
            return [slack.link(url, manner.words.say("row.find"))]
        case _:
            assert_never(found)


def _made(manner: Manner, told: Notice) -> str:
    where = manner.words.say(
        "row.where", region=slack.prose(told.region, 30), account=slack.prose(told.account, 20)
    )
    call = code(told.call, 60)
    if told.who.kind is Kind.REMOVER:
        return f"{where} · {manner.words.say('row.taken', call=call)}"
    if told.tool is None:
        return f"{where} · {manner.words.say('row.call', call=call)}"
    return f"{where} · {manner.words.say('row.tool', call=call, tool=slack.prose(told.tool, 40))}"


def _lacks(manner: Manner, told: Notice) -> list[str]:
    missing = _list(manner, told.missing)
    return [
        *([manner.words.say("row.missing", keys=missing)] if told.missing else []),
        *(_near(manner, miss) for miss in told.near[:MOST]),
        *(_invalid(manner, bad) for bad in told.invalid[:MOST]),
    ]


def _near(manner: Manner, miss: NearMiss) -> str:
    return manner.words.say(
        "row.near",
        key=code(miss.key, LONGEST_KEY),
        found=code(miss.found, LONGEST_KEY),
        value=code(miss.value, LONGEST_VALUE),
    )


def _invalid(manner: Manner, bad: Invalid) -> str:
    return manner.words.say(
        "row.invalid",
        key=code(bad.key, LONGEST_KEY),
        value=code(bad.value, LONGEST_VALUE),
        why=slack.prose(bad.why, 160),
    )


def _done(manner: Manner, told: Notice) -> list[str]:
    if not told.applied:
        return []
    shown = [_write(manner, write) for write in told.applied[:MOST]]
    writes = _joined(manner, shown, len(told.applied), " · ")
    # A failure after some writes landed tells of those; only a dry run tells of none.
    sentence = "row.would" if told.result is Result.WOULD_TAG else "row.tagged"
    return [manner.words.say(sentence, writes=writes)]


def _write(manner: Manner, write: Write) -> str:
    words = manner.words
    parts = {
        "key": code(write.key, LONGEST_KEY),
        "value": code(write.value, LONGEST_VALUE),
        "origin": _origin(manner, write),
    }
    notes = [words.say("row.assumed")] if write.assumed else []
    if write.raw is not None:
        notes.append(words.say("row.cleaned", raw=code(write.raw, LONGEST_VALUE)))
    if not notes:
        return words.say("row.write", **parts)
    return words.say("row.noted", **parts, notes=", ".join(notes))


def _origin(manner: Manner, write: Write) -> str:
    origin = manner.words.say(f"origin.{write.origin}")
    if write.whose is None:
        return origin
    return manner.words.say("row.whose", origin=origin, whose=slack.prose(write.whose, 80))


def _asked(manner: Manner, told: Notice, questions: Iterable[OpenQuestion]) -> list[str]:
    if not told.asks:
        return []
    asked = sameness(open_keys(told.asks))
    keys = _list(manner, [key for key, _, _ in asked])
    ids = [question.id for question in questions if sameness(question.keys) == asked]
    if not ids or not manner.asking:
        return [manner.words.say("row.open-key", keys=keys)]
    return [manner.words.say("row.ask", keys=keys, id=code(ids[0]))]


def _ended(manner: Manner, told: Notice) -> list[str]:
    match told.result:
        case Result.FAILED:
            lines = [manner.words.say("row.failed", why=slack.prose(told.why, 400))]
            if told.trouble is not None:
                lines.append(manner.words.say(f"trouble.{told.trouble}"))
            return lines
        case Result.UNKNOWN:
            return [manner.words.say("row.unknown", why=slack.prose(told.why, 400))]
        case Result.TAGGED | Result.WOULD_TAG | Result.COMPLIANT | Result.PENDING:
            return []
        case _:
            assert_never(told.result)


# --- one question ----------------------------------------------------------------------------


def question(manner: Manner, asked: OpenQuestion) -> Block:
    """What is asked, of which resources, what is allowed, and the command that answers it."""
    names = [_name(one.arn, one.handle) for one in asked.refs]
    about = manner.words.count(
        "question.about", asked.count,
        keys=_list(manner, [key.key for key in asked.keys]),
        names=_list(manner, names, 60, asked.count),
    )  # fmt: skip
    details = [_detail(manner, key) for key in asked.keys[:MOST]]
    if not manner.asking:
        return slack.section([about, *details])
    answer = manner.words.say("question.answer", id=code(asked.id))
    return slack.section([about, answer, slack.preformatted(command(asked)), *details])


def asked(manner: Manner, one: OpenQuestion) -> tuple[Block, ...]:
    """One question, with what it is answered with where that can be pressed."""
    block = question(manner, one)
    if not (manner.pressing and manner.asking):
        return (block,)
    shown = {**block, "block_id": mark(one.id)}
    room = LIMITS["message"]["bytes"] // 2 - slack.weight([shown])
    return (shown, *controls(manner.words, one, room))


def command(asked: OpenQuestion) -> str:
    """What a person types to answer, ready for a shell."""
    pairs = (
        f"{_bare(key.key)}={_bare(key.suggestion or PLACEHOLDER)}" for key in asked.keys[:MOST]
    )
    return " ".join(["awsteward tags answer", asked.id, *pairs, "--apply"])


def _bare(text: str) -> str:
    return text if text == PLACEHOLDER else shlex.quote(slack.clip(text, 256))


def _detail(manner: Manner, key: OpenKey) -> str:
    shown = code(key.key, LONGEST_KEY)
    why = manner.words.say("question.why", key=shown, why=slack.prose(key.why, 160))
    return " · ".join([why, *_allowed(manner, key)])


def _allowed(manner: Manner, key: OpenKey) -> list[str]:
    say, values = manner.words.say, _list(manner, key.allowed, 40)
    pattern = code(key.pattern, 160) if key.pattern else ""
    if key.allowed and pattern:
        return [say("question.either", values=values, pattern=pattern)]
    if key.allowed:
        return [say("question.allowed", values=values)]
    return [say("question.pattern", pattern=pattern)] if pattern else []


def _list(
    manner: Manner, texts: Sequence[str], most: int = LONGEST_KEY, total: int | None = None
) -> str:
    shown = [code(text, most) for text in texts[:MOST]]
    return _joined(manner, shown, len(texts) if total is None else total, ", ")


def _joined(manner: Manner, shown: Sequence[str], total: int, between: str) -> str:
    left = total - len(shown)
    more = [manner.words.count("row.more", left)] if left > 0 else []
    return between.join([*shown, *more])
