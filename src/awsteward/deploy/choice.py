"""Which event sources a template is for: what people call them, and whose resources they make."""

import difflib
import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping

from awsteward.core.errors import ConfigError
from awsteward.tags.catalogue import lookup


def chosen(names: Iterable[str]) -> frozenset[str]:
    """The event sources of *names*, each an event source, its host or an SDK's service."""
    known = _known()
    found: set[str] = set()
    for name in names:
        word = name.strip().lower().partition(".amazonaws.com")[0]
        if word not in known:
            raise ConfigError(f"--services: {name.strip()!r} is not known{_nearest(word, known)}")
        found |= known[word]
    if not found:
        raise ConfigError("--services: name one service at least, or leave the option out")
    return frozenset(found)


def services(sources: frozenset[str] | None) -> frozenset[str]:
    """The SDK's services whose resources come into being by these event sources, or by any."""
    made = {
        service
        for name, source in lookup.by_name().items()
        if sources is None or name in sources
        for rows in source.calls.values()
        for row in rows
        for service in (row.service, *row.also)
    }
    told = {
        event.service
        for key, event in lookup.events().items()
        if sources is None or key.partition(".")[0] in sources
    }
    return frozenset(made | told)


def _nearest(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0)
    return f"; the nearest that is known is {near[0]!r}" if near else ""


@functools.cache
def _known() -> Mapping[str, frozenset[str]]:
    """Event sources by every name; an event source's own name means nothing but itself."""
    found: dict[str, set[str]] = defaultdict(set)
    everything = lookup.by_name()
    for name, source in everything.items():
        for rows in source.calls.values():
            for row in rows:
                for service in (row.service, *row.also):
                    found[service].add(name)
    for name in everything:
        for host in lookup.hosts(name):
            found[host] = {name}
    return {name: frozenset(sources) for name, sources in found.items()}
