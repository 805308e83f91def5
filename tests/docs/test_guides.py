"""The guides: both languages say the same, what they name exists, and they can be handed out."""

import re
import tomllib
from pathlib import Path

import pytest

from awsteward.rollout.rehearse.parts import ServerKind
from awsteward.rollout.rehearse.shipped import names
from tools.guides import check, draw, rules
from tools.guides.book import KOREAN, Book, Chapter, books
from tools.guides.page import page, whole
from tools.guides.render import body, headings
from tools.guides.site import site

ROOT = Path(__file__).parents[2]
BOOKS = books(ROOT)
SITE = site(BOOKS)
CHAPTERS = [each for book in BOOKS for known in book.chapters.values() for each in known]
RULES = {
    row["id"] for row in tomllib.loads((ROOT / rules.FOLDER / "rules.toml").read_text())["rule"]
}
PLAYS = {"rolling", "blue-green", "canary", "scale-in", "node-drain", "dns-shift", "failover"}
CODE = re.compile(r"`([a-z][a-z0-9]*(?:-[a-z0-9]+)+)`")
COLUMN = re.compile(r"^\|.*\| (.*) \|$", re.MULTILINE)
REHEARSED = re.compile(r"(?:rehearsed|리허설): ((?:[^`|(]*`[a-z-]+`)+)")


def named(chapter: Chapter) -> str:
    return f"{chapter.language}/{chapter.slug}"


def book_of(chapter: Chapter) -> Book:
    return next(book for book in BOOKS if chapter in book.chapters[chapter.language])


@pytest.mark.parametrize("chapter", CHAPTERS, ids=named)
def test_every_link_and_picture_of_a_chapter_holds(chapter: Chapter) -> None:
    assert body(chapter, SITE).findings == ()


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name)
def test_both_languages_have_the_same_headings(book: Book) -> None:
    assert list(check.structure(book, SITE)) == []
    assert len(book.chapters[KOREAN]) > 5


@pytest.mark.parametrize("chapter", CHAPTERS, ids=named)
def test_both_languages_name_the_same_rules_and_numbers(chapter: Chapter) -> None:
    original = book_of(chapter).english_of(chapter)
    assert original is not None

    assert set(CODE.findall(chapter.text)) == set(CODE.findall(original.text))
    assert sorted(figures(chapter.text)) == sorted(figures(original.text))


def figures(text: str) -> set[str]:
    """Numbers of three digits and more: durations and results, in prose, tables and manifests."""
    return set(re.findall(r"(?<![\d.,])\d[\d,]*\d{2}(?!\d|\.\d)", re.sub(r"\(http\S+\)", "", text)))


def test_what_looks_like_a_rule_in_a_table_of_reasons_is_one() -> None:
    known = RULES | PLAYS | set(names())
    cells = [cell for each in CHAPTERS for cell in COLUMN.findall(each.text)]

    seen = {name for cell in cells for name in CODE.findall(cell) if not name.startswith("timeout")}

    assert len(seen & RULES) > 30
    assert seen - known == set()


def test_every_rule_is_named_by_a_guide_in_each_language() -> None:
    for language in ("en", "ko"):
        said = "\n".join(
            each.text for each in CHAPTERS if each.language == language and each.slug != "rules"
        )
        assert {rule for rule in RULES if f"`{rule}`" not in said} == set()


def test_every_rehearsal_that_a_guide_leans_on_can_be_played() -> None:
    playable = PLAYS | set(names()) | {kind.value for kind in ServerKind} | {"sleep"}
    leaned = [found for each in CHAPTERS for found in REHEARSED.findall(each.text)]
    said = [name for found in leaned for name in re.findall(r"`([a-z-]+)`", found)]

    assert len(said) > 20
    assert set(said) - playable - RULES == set()


@pytest.mark.parametrize("chapter", [CHAPTERS[0], CHAPTERS[-1]], ids=named)
def test_a_page_and_a_book_load_nothing(chapter: Chapter) -> None:
    book = book_of(chapter)
    together = book.chapters[chapter.language]

    alone = page(book, chapter, body(chapter, SITE).html, SITE.headings, "")
    parts = [(each, body(each, SITE, together).html) for each in together]
    printed = whole(book, chapter.language, parts, SITE.headings, "")

    assert [*check.outside("page", alone), *check.outside("book", printed)] == []
    assert set(re.findall(r'href="#([^"]*)"', printed)) <= set(re.findall(r'id="([^"]*)"', printed))


def test_what_a_page_would_load_is_found() -> None:
    html = '<a href="https://a.test">x</a><img src="https://a.test/y"><style>@import "z"</style>'

    assert len(list(check.outside("page", html))) == 2


def test_a_translations_heading_has_the_originals_anchor_and_its_own() -> None:
    translated = headings("# 처음\n\n## 두 흐름\n", headings("# First\n\n## Two branches\n"))

    assert [(each.anchor, each.own) for each in translated] == [
        ("first", "처음"),
        ("two-branches", "두-흐름"),
    ]


def test_a_font_that_is_not_inside_a_pdf_is_found() -> None:
    listing = """\
name                                 type              encoding         emb sub uni object ID
------------------------------------ ----------------- ---------------- --- --- --- ---------
AAAAAA+NotoSansCJKkr-Bold            CID TrueType      Identity-H       yes yes yes      4  0
Helvetica                            Type 1            WinAnsi          no  no  no       5  0
[none]                               Type 3            Custom           yes no  yes      6  0
"""

    found = list(check.fonts("a.pdf", listing))

    assert [each.split()[1] for each in found] == ["Helvetica", "some"]


@pytest.mark.parametrize(
    ("path", "text"), [*draw.pictures().items(), *rules.pages(ROOT / rules.FOLDER).items()], ids=str
)
def test_what_is_drawn_and_listed_is_up_to_date(path: Path, text: str) -> None:
    assert (ROOT / path).read_text("utf-8") == text
