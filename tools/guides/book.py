"""Which guides there are: books of chapters, each a Markdown file; read, not rendered."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ENGLISH, KOREAN = "en", "ko"
LANGUAGES = (ENGLISH, KOREAN)
BOOKS = Path(__file__).with_name("books.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A Markdown file and where its page goes, below the folder of all guides."""

    slug: str
    language: str
    path: Path
    page: Path
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The chapters in reading order, by language; what is only in English is in English's."""

    name: str
    title: Mapping[str, str]
    about: Mapping[str, str]
    chapters: Mapping[str, tuple[Chapter, ...]]

    def readable(self, language: str) -> tuple[Chapter, ...]:
        """Give the chapters in order, in English where this language has none."""
        own = {each.slug: each for each in self.chapters[language]}
        return tuple(own.get(each.slug, each) for each in self.chapters[ENGLISH])

    def english_of(self, chapter: Chapter) -> Chapter | None:
        """Give the chapter that this one says in another language."""
        return next((each for each in self.chapters[ENGLISH] if each.slug == chapter.slug), None)


def books(root: Path) -> tuple[Book, ...]:
    """Read every book below a repository's root; a chapter that is not written yet is left out."""
    rows = tomllib.loads(BOOKS.read_text("utf-8"))["book"]
    return tuple(_book(root / row["folder"], row) for row in rows)


def _book(folder: Path, row: Mapping[str, Any]) -> Book:
    names, english = row["chapters"], row["english"]
    wanted = {ENGLISH: names, KOREAN: [name for name in names if name not in english]}
    return Book(
        name=folder.name,
        title=row["title"],
        about=row["about"],
        chapters={
            language: tuple(_chapters(folder, wanted[language], language)) for language in LANGUAGES
        },
    )


def _chapters(folder: Path, names: list[str], language: str) -> list[Chapter]:
    place = folder if language == ENGLISH else folder / language
    found = [(name, place / f"{name}.md") for name in names]
    return [
        Chapter(
            slug=_slug(name),
            language=language,
            path=path.resolve(),
            page=Path(folder.name, language, f"{_slug(name)}.html"),
            text=path.read_text("utf-8"),
        )
        for name, path in found
        if path.exists()
    ]


def _slug(name: str) -> str:
    return "index" if name == "README" else name
