"""Markdown to the body of a page: anchors, links between pages, pictures drawn in.

No I/O but reading the pictures that a chapter names.
"""

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from os.path import relpath
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token
from pygments import highlight as _highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from tools.guides.book import Chapter

_AWAY = re.compile(r"^(https?:|mailto:)")
_UNSAID = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading, the anchor it has in every language, and the one its own words make."""

    level: int
    words: str
    anchor: str
    own: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """All chapters by path, and all their headings: what a link may lead to."""

    chapters: Mapping[Path, Chapter]
    headings: Mapping[Path, tuple[Heading, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A chapter's HTML, and what is wrong with its links and pictures."""

    html: str
    findings: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class _Place:
    """Where a chapter is being written to: a page of its own, or with others in one file."""

    chapter: Chapter
    site: Site
    together: frozenset[Path]
    findings: list[str] = field(default_factory=list)

    def identifier(self, chapter: Chapter, anchor: str) -> str:
        return f"{chapter.slug}--{anchor}" if self.together else anchor


def headings(text: str, english: Sequence[Heading] = ()) -> tuple[Heading, ...]:
    """Find a chapter's headings; a translation takes its anchors from the original, one by one."""
    tokens = _markdown().parse(text)
    found = [
        (int(token.tag[1:]), _words(tokens[at + 1]))
        for at, token in enumerate(tokens)
        if token.type == "heading_open"
    ]
    own = _anchors([words for _, words in found])
    shared = [each.anchor for each in english]
    return tuple(
        Heading(
            level=level,
            words=words,
            anchor=shared[at] if at < len(shared) else own[at],
            own=own[at],
        )
        for at, (level, words) in enumerate(found)
    )


def body(chapter: Chapter, site: Site, together: Sequence[Chapter] = ()) -> Body:
    """Render a chapter: as a page, or as a part of one file with the chapters it stands with."""
    place = _Place(chapter=chapter, site=site, together=frozenset(each.path for each in together))
    markdown = _markdown()
    tokens = markdown.parse(chapter.text)
    _anchor(tokens, place)
    for token in _all(tokens):
        if token.type == "image":
            _draw(token, place)
        if token.type == "inline" and token.children:
            token.children = list(_linked(token.children, place))
    html = markdown.renderer.render(tokens, markdown.options, {})
    return Body(html=html, findings=tuple(place.findings))


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "highlight": _coloured}).enable("table")
    markdown.add_render_rule("table_open", lambda *_: '<div class="table"><table>\n')
    markdown.add_render_rule("table_close", lambda *_: "</table></div>\n")
    markdown.add_render_rule("image", _image)
    return markdown


@cache  # a piece of code stands on its page and in the book
def _coloured(code: str, language: str, _attributes: str) -> str:
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return escape(code)
    return str(_highlight(code, lexer, HtmlFormatter(nowrap=True)))


def _image(_self: object, tokens: Sequence[Token], at: int, *_: Any) -> str:  # noqa: ANN401 (markdown-it's)
    return str(tokens[at].meta.get("drawn", ""))


def _words(inline: Token) -> str:
    return "".join(each.content for each in inline.children or () if each.type != "html_inline")


def _anchors(titles: Sequence[str]) -> list[str]:
    """Give each heading the anchor that GitHub gives it."""
    seen: dict[str, int] = {}
    made = []
    for words in titles:
        plain = _UNSAID.sub("", words.strip().lower()).replace(" ", "-")
        count = seen.get(plain, 0)
        seen[plain] = count + 1
        made.append(f"{plain}-{count}" if count else plain)
    return made


def _anchor(tokens: Sequence[Token], place: _Place) -> None:
    opened = [token for token in tokens if token.type == "heading_open"]
    known = place.site.headings[place.chapter.path]
    for token, heading in zip(opened, known, strict=True):
        token.attrSet("id", place.identifier(place.chapter, heading.anchor))


def _all(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all(token.children or ())


def _draw(token: Token, place: _Place) -> None:
    source, words = str(token.attrGet("src") or ""), token.content
    path = place.chapter.path.parent / source
    if not words.strip():
        place.findings.append(f"{_named(place)}: the picture {source} has no alternative text")
    if path.suffix == ".png" and path.exists():
        held = base64.b64encode(path.read_bytes()).decode()
        token.meta["drawn"] = (
            f'<span class="drawing"><img alt="{escape(words)}" '
            f'src="data:image/png;base64,{held}"></span>'
        )
        return
    if path.suffix != ".svg" or not path.exists():
        place.findings.append(f"{_named(place)}: {source} is no SVG file beside the chapter")
        return
    drawing = re.sub(r"<\?xml.*?\?>\s*", "", path.read_text("utf-8"))
    said = f'<svg role="img" aria-label="{escape(words)}" '
    token.meta["drawn"] = f'<span class="drawing">{drawing.replace("<svg ", said, 1)}</span>'


def _linked(children: Sequence[Token], place: _Place) -> Iterator[Token]:
    """Point links at pages; what no page holds keeps its words and loses its link."""
    kept: list[bool] = []
    for token in children:
        if token.type == "link_open":
            target = _target(str(token.attrGet("href") or ""), place)
            kept.append(target is not None)
            if target is not None:
                token.attrSet("href", target)
                yield token
        elif token.type == "link_close":
            if kept.pop():
                yield token
        else:
            yield token


def _target(href: str, place: _Place) -> str | None:
    if _AWAY.match(href):
        return href
    name, _, anchor = unquote(href).partition("#")
    path = (place.chapter.path.parent / name).resolve() if name else place.chapter.path
    if not path.exists():
        place.findings.append(f"{_named(place)}: no file {name}")
        return None
    chapter = place.site.chapters.get(path)
    if chapter is None:
        return None
    shared = _shared(anchor, place.site.headings[path])
    if anchor and shared is None:
        place.findings.append(f"{_named(place)}: {name or 'the page'} has no heading #{anchor}")
    return _address(chapter, shared, place)


def _shared(anchor: str, known: Sequence[Heading]) -> str | None:
    return next((each.anchor for each in known if anchor in (each.anchor, each.own)), None)


def _address(chapter: Chapter, anchor: str | None, place: _Place) -> str | None:
    if place.together:
        if chapter.path not in place.together:
            return None
        return f"#{place.identifier(chapter, anchor) if anchor else chapter.slug}"
    to = relpath(chapter.page, place.chapter.page.parent)
    return f"{to}#{anchor}" if anchor else to


def _named(place: _Place) -> str:
    return f"{place.chapter.path.parent.name}/{place.chapter.path.name}"
