"""The README's pictures of a message."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from awsteward.core import slack
from awsteward.tags.policy.model import Language
from tools.draw_message import LEFT, RIGHT, ROOM, WIDTH, draw, story

IMAGES = Path(__file__).parents[2] / "docs" / "images"
SVG = "{http://www.w3.org/2000/svg}"


def _texts(svg: str) -> list[ET.Element]:
    return list(ET.fromstring(svg).iter(f"{SVG}text"))  # noqa: S314 (our own drawing)


def test_a_picture_says_what_the_message_says() -> None:
    blocks = [slack.header("Ana"), slack.section([slack.code("<b> & c"), slack.bold("Why")])]

    said = "".join(text.text or "" for text in _texts(draw(blocks, "now")))

    for part in ("Ana", "<b> & c", "Why", "now"):
        assert part in said


def test_nothing_is_drawn_beyond_the_margin() -> None:
    blocks = [slack.section([slack.code("x" * 400, 400), "word " * 200, "가" * 300])]

    texts = [t for t in _texts(draw(blocks, "now")) if "textLength" in t.attrib]

    assert max(float(t.attrib["x"]) + float(t.attrib["textLength"]) for t in texts) <= LEFT + ROOM
    assert LEFT + ROOM == WIDTH - RIGHT


@pytest.mark.parametrize(
    ("name", "language"),
    [("slack-message.svg", Language.ENGLISH), ("slack-message.ko.svg", Language.KOREAN)],
)
def test_the_readmes_pictures_show_the_story(name: str, language: Language) -> None:
    said = " ".join(text.text or "" for text in _texts((IMAGES / name).read_text("utf-8")))

    for notice in story(language):
        assert notice.ref in said
