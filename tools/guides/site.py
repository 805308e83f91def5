"""What links may lead to: every chapter of every book, and its headings."""

from collections.abc import Sequence
from pathlib import Path

from tools.guides.book import ENGLISH, Book
from tools.guides.render import Heading, Site, headings


def site(books: Sequence[Book]) -> Site:
    """Read the headings of all chapters; translations share the anchors of their originals."""
    chapters = [each for book in books for known in book.chapters.values() for each in known]
    return Site(
        chapters={each.path: each for each in chapters},
        headings={path: found for book in books for path, found in _headings(book).items()},
    )


def _headings(book: Book) -> dict[Path, tuple[Heading, ...]]:
    originals = {each.slug: headings(each.text) for each in book.chapters[ENGLISH]}
    return {
        each.path: headings(each.text, originals.get(each.slug, ()))
        for known in book.chapters.values()
        for each in known
    }
