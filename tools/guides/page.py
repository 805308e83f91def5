"""The page around a chapter: its head, the way to the other chapters, its contents."""

from collections.abc import Mapping, Sequence
from html import escape
from os.path import relpath
from pathlib import Path

from tools.guides.book import LANGUAGES, Book, Chapter
from tools.guides.render import Heading

STYLE = Path(__file__).with_name("style.css")
_NAMES = {"en": "English", "ko": "한국어"}
_CONTENTS = {"en": "Contents", "ko": "차례"}
_WHOLE = {"en": "The whole guide", "ko": "전체 가이드"}
WORDS = (*_NAMES.values(), *_CONTENTS.values(), *_WHOLE.values(), "·•◦▪\u2013")
"""What pages say beside their chapters; the fonts need these letters, too."""


def page(
    book: Book, chapter: Chapter, html: str, titles: Mapping[Path, Sequence[Heading]], fonts: str
) -> str:
    """Give a chapter as a page that needs nothing else."""
    known = titles[chapter.path]
    inside = "".join(
        f'<li><a href="#{each.anchor}">{escape(each.words)}</a></li>'
        for each in known
        if each.level == 2  # noqa: PLR2004 (sections, not the title and not their parts)
    )
    contents = f'<nav class="inside"><ul>{inside}</ul></nav>' if inside else ""
    start, _, rest = html.partition("</h1>")
    return _document(
        chapter.language,
        f"{known[0].words} · {book.title[chapter.language]}",
        f"<header>{_ways(book, chapter, titles)}</header>"
        f"<main>{start}</h1>{contents}{rest}</main>{_ending(book, chapter)}",
        fonts,
    )


def whole(
    book: Book,
    language: str,
    parts: Sequence[tuple[Chapter, str]],
    titles: Mapping[Path, Sequence[Heading]],
    fonts: str,
) -> str:
    """Give a book in one file: a cover, its contents, every chapter; what is printed as PDF."""
    listed = "".join(_listed(chapter, titles[chapter.path]) for chapter, _ in parts)
    inner = "".join(
        f'<section class="chapter" id="{chapter.slug}">{html}</section>' for chapter, html in parts
    )
    return _document(
        language,
        book.title[language],
        f'<main class="whole"><div class="cover"><p class="mark">awsteward</p>'
        f'<p class="name">{escape(book.title[language])}</p>'
        f'<p class="about">{escape(book.about[language])}</p></div>'
        f'<nav class="contents"><p>{_CONTENTS[language]}</p><ol>{listed}</ol></nav>{inner}</main>',
        fonts,
    )


def _listed(chapter: Chapter, headings: Sequence[Heading]) -> str:
    sections = "".join(
        f'<li><a href="#{chapter.slug}--{each.anchor}">{escape(each.words)}</a></li>'
        for each in headings
        if each.level == 2  # noqa: PLR2004 (as above)
    )
    title = f'<a href="#{chapter.slug}">{escape(headings[0].words)}</a>'
    return f"<li>{title}<ul>{sections}</ul></li>"


def _ways(book: Book, chapter: Chapter, titles: Mapping[Path, Sequence[Heading]]) -> str:
    here = chapter.page.parent
    others = "".join(
        f"<li{_current(each == chapter)}><a {_tongue(each, chapter)}"
        f'href="{relpath(each.page, here)}">{escape(titles[each.path][0].words)}</a></li>'
        for each in book.readable(chapter.language)
    )
    return (
        f'<p class="book">{escape(book.title[chapter.language])}</p>'
        f"<nav><ul>{others}</ul></nav><p>{_languages(book, chapter)}</p>"
    )


def _languages(book: Book, chapter: Chapter) -> str:
    said = {
        each.language: relpath(each.page, chapter.page.parent)
        for language in LANGUAGES
        for each in book.chapters[language]
        if each.slug == chapter.slug
    }
    return " · ".join(
        f"<b>{_NAMES[language]}</b>"
        if language == chapter.language
        else f'<a href="{to}" hreflang="{language}">{_NAMES[language]}</a>'
        for language, to in said.items()
    )


def _ending(book: Book, chapter: Chapter) -> str:
    file = f"../../{book.name}.{chapter.language}"
    return (
        f"<footer>awsteward · {_WHOLE[chapter.language]}: "
        f'<a href="{file}.html">HTML</a>, <a href="{file}.pdf">PDF</a></footer>'
    )


def _tongue(chapter: Chapter, here: Chapter) -> str:
    away = chapter.language != here.language
    return f'lang="{chapter.language}" hreflang="{chapter.language}" ' if away else ""


def _current(is_here: bool) -> str:  # noqa: FBT001 (an attribute or none)
    return ' aria-current="page"' if is_here else ""


def _document(language: str, title: str, inner: str, fonts: str) -> str:
    style = fonts + STYLE.read_text("utf-8")
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n"
        f"<body>\n{inner}\n</body>\n</html>\n"
    )
