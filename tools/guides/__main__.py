"""Write every guide to ``dist/guides`` and check it: ``make guides``."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.guides import check, font
from tools.guides.book import LANGUAGES, Book, books
from tools.guides.page import WORDS, page, whole
from tools.guides.render import body
from tools.guides.site import site

ROOT = Path(__file__).parents[2]
OUT = ROOT / "dist" / "guides"
NEEDS = ("chromium", "pdffonts")


def main() -> int:
    """Write, check, and say what is wrong."""
    missing = [name for name in NEEDS if not shutil.which(name)]
    if missing or not font.FOLDER.exists():
        print("apt-get install chromium poppler-utils fonts-noto-cjk: " + ", ".join(missing))
        return 2
    found = books(ROOT)
    findings = [each for book in found for each in _written(book, found)]
    for finding in findings:
        print(f"guides: {finding}")
    return 1 if findings else 0


def _written(book: Book, every: Sequence[Book]) -> Iterator[str]:
    known = site(every)
    yield from check.structure(book, known)
    for language in LANGUAGES:
        chapters = book.chapters[language]
        alone = [(each, body(each, known)) for each in chapters]
        yield from (finding for _, made in alone for finding in made.findings)
        said = (*book.title.values(), *book.about.values(), *WORDS)
        fonts = font.embedded("".join((*said, *(made.html for _, made in alone))))
        for chapter, made in alone:
            yield from _put(chapter.page, page(book, chapter, made.html, known.headings, fonts))
        parts = [(each, body(each, known, chapters).html) for each in chapters]
        file = Path(f"{book.name}.{language}.html")
        yield from _put(file, whole(book, language, parts, known.headings, fonts))
        yield from _printed(OUT / file)


def _put(place: Path, html: str) -> Iterator[str]:
    yield from check.outside(str(place), html)
    path = OUT / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(html, encoding="utf-8")
    print(f"{path.relative_to(ROOT)}: {len(html.encode()):,} bytes")


def _printed(html: Path) -> Iterator[str]:
    pdf = html.with_suffix(".pdf")
    with tempfile.TemporaryDirectory() as profile:
        _run(
            "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", f"--user-data-dir={profile}",
            "--no-pdf-header-footer", "--generate-pdf-document-outline",
            f"--print-to-pdf={pdf}", html.as_uri(),
        )  # fmt: skip
    yield from check.fonts(pdf.name, _run("pdffonts", str(pdf)))
    print(f"{pdf.relative_to(ROOT)}: {pdf.stat().st_size:,} bytes")


def _run(*command: str) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)  # noqa: S603 (fixed programs)
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
