"""What must be true of guides before anybody gets them; each finding is a sentence."""

import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser

from tools.guides.book import ENGLISH, Book
from tools.guides.render import Heading, Site

_FETCHED = {"src", "srcset", "data", "poster", "xlink:href"}
_URL = re.compile(r"url\(\s*['\"]?(?!data:|#)|@import")
_ROW = re.compile(r"^(.{36})\s.*\s(yes|no)\s+(yes|no)\s+(yes|no)\s+\d+\s+\d+\s*$", re.MULTILINE)


def structure(book: Book, site: Site) -> Iterator[str]:
    """A translation has the headings of its original: as many, as deep, in the same order."""
    for language, chapters in book.chapters.items():
        for chapter in chapters:
            original = book.english_of(chapter)
            if original is None:
                yield f"{chapter.path.name} ({language}) is missing in English"
            elif language != ENGLISH and _depths(site.headings[original.path]) != _depths(
                site.headings[chapter.path]
            ):
                yield f"{language}/{chapter.path.name}: its headings differ from the English ones"


def outside(name: str, html: str) -> Iterator[str]:
    """A page loads nothing: no picture, style, font or script that is not inside it."""
    parser = _Fetches()
    parser.feed(html)
    for what in parser.found:
        yield f"{name}: it would load {what}"


def fonts(name: str, listing: str) -> Iterator[str]:
    """Every font of a PDF is embedded, by what ``pdffonts`` says."""
    rows = _ROW.findall(listing)
    if not rows:
        yield f"{name}: no fonts listed"
    for font, embedded, _subset, _unicode in rows:
        if embedded != "yes":
            yield f"{name}: {font.strip()} is not embedded"
        elif font.strip() == "[none]":
            yield f"{name}: some letters are in none of our fonts, and came from the machine's"


def _depths(headings: Sequence[Heading]) -> list[int]:
    return [each.level for each in headings]


class _Fetches(HTMLParser):
    """Collects what a browser would fetch to show the page; a link is followed by people only."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._styled = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at an element's own references."""
        self._styled = tag == "style"
        for key, value in attrs:
            fetched = key in _FETCHED or (key == "href" and tag != "a")
            if fetched and value and not value.startswith(("data:", "#")):
                self.found.append(f"<{tag} {key}={value!r}>")
            if key == "style" and value and _URL.search(value):
                self.found.append(f"<{tag} style={value!r}>")

    def handle_data(self, data: str) -> None:
        """Look into style sheets."""
        if self._styled and _URL.search(data):
            self.found.append("something from its style sheet")
        self._styled = False
