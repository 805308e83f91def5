"""One question of AWS Config's answered: read, judged, put back; and said in the log."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import assert_never

from awsteward.core.errors import RemoteError
from awsteward.tags.config.ask import Book
from awsteward.tags.config.evaluation import Compliance, Evaluation, evaluation, out_of_scope
from awsteward.tags.config.invocation import Invocation, invocation
from awsteward.tags.config.put import put
from awsteward.tags.duty.journal import NAMESPACE, Line, spelled
from awsteward.tags.duty.setup import Duty
from awsteward.tags.duty.watch import Say
from awsteward.tags.read.items import GONE, Item, Scheduled, Unreadable

ENOUGH_S = 30.0
"""A page takes a second or two, and half a minute where Config has to be asked again."""
_NAMES = {
    Compliance.COMPLIANT: "EvaluatedCompliant",
    Compliance.NON_COMPLIANT: "EvaluatedNonCompliant",
    Compliance.NOT_APPLICABLE: "EvaluatedNotApplicable",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What was said to Config."""

    counts: Counter[Compliance]
    unread: int
    """Resources of which Config's own words could not be read."""
    finished: bool
    """False where time ran out before everything was looked at."""


def answer(event: object, duty: Duty, left_s: Callable[[], float], say: Say) -> Answered:
    """Say to Config whether what it asks about is tagged; RemoteError where that did not work."""
    asked = invocation(event)
    if isinstance(asked, Unreadable):
        say(spelled({**_at(duty), "trouble": asked.why}))
        raise RemoteError(f"the call of AWS Config {asked.why}")
    book = Book(door=duty.door, account=asked.account, region=duty.settings.region)
    match asked.about:
        case Item() as item:
            done = _one(item, asked, book, duty, say)
        case Scheduled() as time:
            done = _all(time, asked, book, duty, left_s, say)
        case other:
            assert_never(other)
    say(spelled(_figures(asked, done, duty)))
    return done


def _one(item: Item, asked: Invocation, book: Book, duty: Duty, say: Say) -> Answered:
    told = _evaluated(item, asked, book, duty)
    _put([told], asked, book, duty)
    say(spelled({**_at(duty), "rule": asked.rule, **_said(told)}))
    return Answered(counts=Counter([told.compliance]), unread=0, finished=True)


def _evaluated(item: Item, asked: Invocation, book: Book, duty: Duty) -> Evaluation:
    if asked.left_scope:
        return out_of_scope(item)
    if item.tags is not None or item.status in GONE:
        return evaluation(item, duty.policy, duty.clock.now())
    whole = book.whole(item)
    if isinstance(whole, Unreadable):
        raise RemoteError(f"the item of {item.type} {item.id} {whole.why}")
    return evaluation(whole, duty.policy, duty.clock.now(), item.captured)


def _all(
    time: Scheduled,
    asked: Invocation,
    book: Book,
    duty: Duty,
    left_s: Callable[[], float],
    say: Say,
) -> Answered:
    counts, unread = Counter[Compliance](), 0
    for page in book.pages():
        if left_s() < ENOUGH_S:
            return Answered(counts=counts, unread=unread, finished=False)
        told = _page(page, time, duty)
        _put(told, asked, book, duty)
        for each in told:
            if each.compliance is Compliance.NON_COMPLIANT:
                say(spelled({**_at(duty), "rule": asked.rule, **_said(each)}))
        counts.update(each.compliance for each in told)
        unread += len(page) - len(told)
    return Answered(counts=counts, unread=unread, finished=True)


def _page(page: Iterable[Item | Unreadable], time: Scheduled, duty: Duty) -> list[Evaluation]:
    items = (each for each in page if isinstance(each, Item))
    return [evaluation(item, duty.policy, duty.clock.now(), time.at) for item in items]


def _put(told: Sequence[Evaluation], asked: Invocation, book: Book, duty: Duty) -> None:
    put(told, book, asked.token, is_test=asked.is_test, sleep=duty.clock.sleep)


def _at(duty: Duty) -> Line:
    return {"at": duty.clock.now().isoformat(timespec="milliseconds")}


def _said(told: Evaluation) -> Line:
    return {
        "type": told.type, "id": told.id, "compliance": told.compliance, "why": told.annotation,
    }  # fmt: skip


def _figures(asked: Invocation, done: Answered, duty: Duty) -> Line:
    """One record in CloudWatch's embedded metric format."""
    counts = {name: done.counts[each] for each, name in _NAMES.items()}
    metrics = [{"Name": name, "Unit": "Count"} for name in counts]
    shape = {"Namespace": NAMESPACE, "Dimensions": [["Mode"]], "Metrics": metrics}
    stamp = int(duty.clock.now().timestamp() * 1000)
    return {
        "_aws": {"Timestamp": stamp, "CloudWatchMetrics": [shape]}, "Mode": duty.settings.mode,
        **counts, "rule": asked.rule, "unread": done.unread, "finished": done.finished,
    }  # fmt: skip
