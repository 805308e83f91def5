"""Fills the blanks of `sources.toml`: our tags, and names that the resource's tags tell. Pure."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from itertools import count
from typing import assert_never

from awsteward.tags.catalogue.sources import Quote, Template
from awsteward.tags.model.advice import Snippet

UNKNOWN = "…"
"""Stands for a name that no tag tells."""

_BLANK = re.compile("@[a-z]+@")

Pairs = tuple[tuple[str, str], ...]


def snippets(
    templates: tuple[Template, ...], pairs: Pairs, carried: Mapping[str, str]
) -> tuple[Snippet, ...]:
    """What to put where, so that *pairs* are set on a resource that carries these tags."""
    return tuple(_filled(each, pairs, carried) for each in templates if _fits(each, carried))


def _fits(template: Template, carried: Mapping[str, str]) -> bool:
    wanted = template.when is None or template.when in carried
    return wanted and (template.unless is None or template.unless not in carried)


def _filled(template: Template, pairs: Pairs, carried: Mapping[str, str]) -> Snippet:
    said = [pair for pair in pairs if not _refused(template, *pair)]
    tags = template.join.join(_each(template, said))
    names = {f"@{name}@": carried.get(tag, UNKNOWN) for name, tag in template.names.items()}
    return Snippet(
        aim=template.aim,
        place=_put_in(template.place, names),
        text=_put_in(
            template.text.strip("\n"),
            {"@tags@": quoted(template.quote, tags) if template.whole else tags},
        ) if said else "",
        left=tuple(key for key, value in pairs if (key, value) not in said),
    )  # fmt: skip


def _refused(template: Template, key: str, value: str) -> bool:
    """A form without quotes cannot say some characters; `key=value` ends a key at the first `=`."""
    joined = "@pair@" in template.each or "@plain@" in template.each
    text = key + value if "value" in template.each or joined else key
    return (joined and "=" in key) or any(part in text for part in template.refuses)


def _each(template: Template, pairs: list[tuple[str, str]]) -> Iterator[str]:
    for n, (key, value) in zip(count(template.first), pairs, strict=False):
        blanks = {
            "@n@": str(n),
            "@key@": quoted(template.quote, key),
            "@value@": quoted(template.quote, value),
            "@pair@": quoted(template.quote, f"{key}={value}"),
            "@plain@": f"{key}={value}",
        }
        yield _put_in(template.each, blanks)


def _put_in(text: str, blanks: Mapping[str, str]) -> str:
    """*text* with its blanks filled; what is put in is never looked at for blanks again."""
    return _BLANK.sub(lambda blank: blanks[blank[0]], text)


def quoted(quote: Quote, text: str) -> str:
    """*text* so that its reader takes all of it as one value."""
    match quote:
        case Quote.JSON:
            return json.dumps(text, ensure_ascii=False)
        case Quote.HCL:
            plain = json.dumps(text, ensure_ascii=False)
            return plain.replace("${", "$${").replace("%{", "%%{")
        case Quote.SHELL:
            return shlex.quote(text)
        case _:
            assert_never(quote)
