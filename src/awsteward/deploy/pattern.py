"""Which CloudTrail events come to the guard: EventBridge patterns, computed from the catalogue.

A pattern lets through too much rather than too little; the guard looks every event up again.
"""

import functools
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from awsteward.deploy.facts import quotas, unwanted, worldwide
from awsteward.tags.catalogue import lookup, untags
from awsteward.tags.duty.envelope import DETAIL_TYPES

Pattern = Mapping[str, Any]
CANARIES = "/awsteward/canary/${AWS::StackName}/"
"""How the names of a stack's canaries begin."""


def patterns(sources: frozenset[str] | None) -> tuple[Pattern, ...]:
    """One pattern for each rule that is needed; None stands for every event source.

    Names are matched as beginnings throughout, because CloudTrail may put a date behind them.
    """
    if sources is None:
        return (_whole({"eventName": _beginnings(_verbs(names(None), untagging(None)))}),)
    exact = _whole(_either([_of(source) for source in sorted(sources)]))
    return (exact,) if _fits(exact) else _by_verb(sorted(sources))


def canaries(sources: frozenset[str] | None) -> tuple[Pattern, ...]:
    """A rule for the canaries alone, where log groups are none of the chosen *sources*."""
    if sources is None or "logs" in sources:
        return ()
    named = {"logGroupName": [{"prefix": {"Fn::Sub": CANARIES}}]}
    return (_whole({**_of("logs"), "requestParameters": named}),)


def regional(sources: frozenset[str] | None) -> tuple[Pattern, ...]:
    """As `patterns`, for what has a region: the services without one are left out."""
    home = worldwide().sources
    if sources is not None:
        return patterns(sources - home) if sources - home else ()
    calls = frozenset[str]().union(*(names(each) for each in lookup.by_name() if each not in home))
    hosts = [each["prefix"] for each in _hosts(home)]
    others = {"eventSource": [{"anything-but": hosts}]}
    return (_whole({**others, "eventName": _beginnings(_verbs(calls, untagging(None)))}),)


def at_home(sources: frozenset[str] | None) -> tuple[Pattern, ...]:
    """As `patterns`, for the services without a region: they are heard of in one region alone."""
    home = worldwide().sources
    wanted = home if sources is None else sources & home
    return patterns(wanted) if wanted else ()


def verbs(calls: Iterable[str]) -> tuple[str, ...]:
    """The fewest beginnings for *calls* that let in neither reads nor unwanted calls.

    One for each first word, as long as all its calls allow; more where an unwanted call begins so.
    """
    together: dict[str, list[str]] = defaultdict(list)
    for name in sorted(calls):
        together[_first_word(name)].append(name)
    refused = unwanted().own | unwanted().many
    return shortest(each for group in together.values() for each in _covers(group, refused))


def shortest(texts: Iterable[str]) -> tuple[str, ...]:
    """*texts* without those that begin with another of them."""
    kept: list[str] = []
    for text in sorted(texts):
        if not kept or not text.startswith(kept[-1]):
            kept.append(text)
    return tuple(kept)


def names(source: str | None) -> frozenset[str]:
    """Every event name that tells of a creation, of one event source or of all."""
    everything = lookup.by_name()
    known = everything.values() if source is None else (everything[source],)
    told = (key.split(".amazonaws.com/") for key in lookup.events())
    events = {name for host, name in told if source in (None, host)}
    return frozenset(events.union(*((*each.calls, *each.beyond) for each in known)))


@functools.cache
def untagging(source: str | None) -> frozenset[str]:
    """Every event name that tells of tags taken away, of one event source or of all."""
    return untags.operations() if source is None else untags.operations_of(source)


def _verbs(creating: frozenset[str], taking: frozenset[str]) -> tuple[str, ...]:
    """`verbs` for creations; calls on tags go whole, for `Delete` would let in far more."""
    return shortest((*verbs(creating), *taking))


def size(pattern: Pattern) -> int:
    """Characters, as EventBridge counts them."""
    return len(msgspec.json.encode(pattern))


def _by_verb(sources: Sequence[str]) -> tuple[Pattern, ...]:
    """As few rules as hold all the *sources*, each source in one of them."""
    pattern = _whole(
        {
            "eventSource": _hosts(sources),
            "eventName": _beginnings(_verbs(_all(names, sources), _all(untagging, sources))),
        }
    )
    if _fits(pattern):
        return (pattern,)
    middle = len(sources) // 2
    return (*_by_verb(sources[:middle]), *_by_verb(sources[middle:]))


def _all(of: Callable[[str | None], frozenset[str]], sources: Sequence[str]) -> frozenset[str]:
    return frozenset().union(*map(of, sources))


def _of(source: str) -> Pattern:
    return {
        "eventSource": _hosts([source]),
        "eventName": _beginnings(shortest(names(source) | untagging(source))),
    }


def _either(parts: Sequence[Pattern]) -> Pattern:
    """`$or` wants two at least."""
    return {"$or": list(parts)} if len(parts) > 1 else parts[0]


def _whole(detail: Pattern) -> Pattern:
    """Only AWS itself may send as `aws.`, so nobody else can make events that match."""
    return {
        "source": [{"prefix": "aws."}],
        "detail-type": sorted(DETAIL_TYPES),
        "detail": {"errorCode": [{"exists": False}], **detail},
    }


def _hosts(sources: Iterable[str]) -> list[Pattern]:
    """Beginnings, because China's hosts go on behind them."""
    hosts = sorted(host for source in sources for host in lookup.hosts(source))
    return _beginnings(f"{host}.amazonaws.com" for host in hosts)


def _beginnings(texts: Iterable[str]) -> list[Pattern]:
    return [{"prefix": text} for text in texts]


def _fits(pattern: Pattern) -> bool:
    return size(pattern) <= quotas().event_pattern.size


def _covers(calls: Sequence[str], refused: frozenset[str]) -> Iterator[str]:
    """What all of *calls*, which are sorted, begin with; parted where that lets *refused* in."""
    common = _common(calls)
    if not _lets_in(common, refused) or common == calls[0]:
        yield common
        return
    for stem, found in itertools.groupby(calls, key=lambda name: name[: len(common) + 1]):
        group = list(found)
        yield from _covers(group, refused) if _lets_in(stem, refused) else [stem]


def _lets_in(beginning: str, refused: frozenset[str]) -> bool:
    return any(name.startswith(beginning) for name in refused)


def _common(texts: Sequence[str]) -> str:
    """How all of *texts*, which are sorted, begin: as the first and the last of them do."""
    pairs = zip(texts[0], texts[-1], strict=False)
    same = next((at for at, (a, b) in enumerate(pairs) if a != b), len(texts[0]))
    return texts[0][:same]


def _first_word(name: str) -> str:
    end = next((at for at, letter in enumerate(name) if at and letter.isupper()), len(name))
    return name[:end]
