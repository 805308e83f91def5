"""Draw a Slack message as an SVG, for the README: what a reader sees, without a Slack account.

    .venv/bin/python tools/draw_message.py --language ko > docs/images/slack-message.ko.svg
    .venv/bin/python tools/draw_message.py payload.json > message.svg

The layout is Slack's by eye, not by measure. Widths are estimated from Arial's and then imposed
(`textLength`), so that lines break alike whichever fonts the reader has.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import msgspec

from awsteward.core.slack import Paragraph, Span, paragraphs
from awsteward.tags.model.handled import Result
from awsteward.tags.model.outcome import Trouble
from awsteward.tags.model.plan import Ask, Origin, Write
from awsteward.tags.model.verdict import NearMiss
from awsteward.tags.policy.model import Language
from awsteward.tags.policy.words import say
from awsteward.tags.tell.letter import compose
from awsteward.tags.tell.notice import Kind, Notice, Who

WIDTH, LEFT, RIGHT, TOP = 820, 68, 28, 24
ROOM = WIDTH - LEFT - RIGHT
KOREAN = "'Apple SD Gothic Neo','Malgun Gothic','Noto Sans CJK KR'"
SANS = f"Lato,'Helvetica Neue',Arial,{KOREAN},sans-serif"
MONO = f"Menlo,Consolas,'Liberation Mono','DejaVu Sans Mono',{KOREAN},monospace"
GREY = 'fill="#f8f8f8" stroke="#dddddd"'
CODE = 0.85
"""The size of code beside the words around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How the lines of one kind of block are set."""

    size: float
    leading: float
    colour: str
    bold: bool = False


LOOKS = {
    "header": Look(size=18, leading=28, colour="#1d1c1d", bold=True),
    "section": Look(size=15, leading=22, colour="#1d1c1d"),
    "context": Look(size=12.5, leading=19, colour="#616061"),
}
# Arial's advance widths, in thousandths of the size, by the characters that share them.
_WIDTHS = {
    222: "ijl'", 278: " !,./:;[]\\Itf|", 333: "()-r`\u00b7", 389: "*", 500: "cksvxyzJ",
    556: "abdeghnopqu_?#$0123456789L\u2013", 584: "+<>=~^", 611: "FTZ", 667: "ABEKPSVXY&",
    722: "CDHNRUw", 778: "GOQ", 833: "Mm", 889: "%", 944: "W", 1000: "…", 1015: "@",
}  # fmt: skip
_ADVANCE = {char: width / 1000 for width, chars in _WIDTHS.items() for char in chars}


def advance(text: str, size: float, *, mono: bool, bold: bool) -> float:
    """The width of *text*, as far as can be told without the reader's fonts."""
    return size * sum(_em(char, mono=mono) for char in text) * (1.06 if bold else 1.0)


def _em(char: str, *, mono: bool) -> float:
    if ord(char) >= 0x2700 and not "\uac00" <= char <= "\ud7a3":  # noqa: PLR2004 (an emoji)
        return 1.3
    if ord(char) >= 0x1100:  # noqa: PLR2004 (Hangul)
        return 1.0 if mono else 0.93
    return 0.602 if mono else _ADVANCE.get(char, 0.56)


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of a line that is not broken."""

    text: str
    span: Span
    width: float


@dataclass(slots=True)
class Canvas:
    """What has been drawn so far, and how far down."""

    y: float = TOP
    parts: list[str] = field(default_factory=list)

    def add(self, part: str) -> None:
        """Draw one element."""
        self.parts.append(part)


def words(line: Paragraph, look: Look) -> Iterator[Word]:
    """The line in pieces that may stand on lines of their own."""
    for span in line.spans:
        pieces = [span.text] if span.code else span.text.replace(" ", " \0").split("\0")
        for piece in filter(None, pieces):
            yield from _broken(Word(piece, span, _width(piece, span, look)), look)


def _width(text: str, span: Span, look: Look) -> float:
    if span.code:
        return advance(text, look.size * CODE, mono=True, bold=False) + 10
    return advance(text, look.size, mono=False, bold=span.bold or look.bold)


def _broken(word: Word, look: Look) -> Iterator[Word]:
    text = word.text
    while _width(text, word.span, look) > ROOM:
        cut = next(n for n in range(len(text), 0, -1) if _width(text[:n], word.span, look) <= ROOM)
        yield Word(text[:cut], word.span, _width(text[:cut], word.span, look))
        text = text[cut:]
    yield Word(text, word.span, _width(text, word.span, look))


def lines(pieces: Iterable[Word]) -> Iterator[list[Word]]:
    """Pieces filled into lines."""
    line: list[Word] = []
    for word in pieces:
        if line and sum(w.width for w in line) + word.width > ROOM:
            yield line
            line = []
        line.append(word)
    if line:
        yield line


def merged(line: Iterable[Word]) -> Iterator[Word]:
    """Neighbours of the same look as one piece."""
    before: Word | None = None
    for word in line:
        if before is not None and before.span == word.span and not word.span.code:
            before = Word(before.text + word.text, word.span, before.width + word.width)
            continue
        if before is not None:
            yield before
        before = word
    if before is not None:
        yield before


def draw(blocks: Iterable[Any], at: str) -> str:
    """The whole message as an SVG document."""
    canvas = Canvas()
    _sender(canvas, at)
    for line in paragraphs(blocks):
        _paragraph(canvas, line)
    return _document(canvas)


def _sender(canvas: Canvas, at: str) -> None:
    canvas.add(f'<rect x="20" y="{TOP}" width="36" height="36" rx="8" fill="#0b6e6e"/>')
    canvas.add(
        f'<path transform="translate(27 {TOP + 7})" fill="none" stroke="#fff" stroke-width="2" '
        'stroke-linejoin="round" d="M2 3v7.5L12.5 21 21 12.500 10.500 2H3a1 1 0 0 0-1 1z"/>'
        f'<circle cx="{27 + 7}" cy="{TOP + 14}" r="1.8" fill="#fff"/>'
    )
    canvas.add(
        f'<text x="{LEFT}" y="{TOP + 14}" font-size="15" font-weight="900">awsteward</text>'
        f'<rect x="{LEFT + 82}" y="{TOP + 2}" width="30" height="15" rx="3" fill="#e8e8e8"/>'
        f'<text x="{LEFT + 86.5}" y="{TOP + 13}" font-size="10" font-weight="700">APP</text>'
        f'<text x="{LEFT + 120}" y="{TOP + 14}" font-size="12" fill="#616061">{escape(at)}</text>'
    )
    canvas.y += 26


def _paragraph(canvas: Canvas, line: Paragraph) -> None:
    if line.block == "divider":
        canvas.y += 12
        canvas.add(f'<path d="M{LEFT} {canvas.y}H{WIDTH - RIGHT}" stroke="#dddddd"/>')
        canvas.y += 4
        return
    look = LOOKS[line.block]
    if line.opens:
        canvas.y += 10 if line.block == "section" else 6
    if line.boxed:
        _box(canvas, line, look)
        return
    for row in lines(words(line, look)):
        _row(canvas, row, look)


def _box(canvas: Canvas, line: Paragraph, look: Look) -> None:
    text = "".join(span.text for span in line.spans)
    top, size = canvas.y + 4, look.size * CODE
    canvas.add(f'<rect x="{LEFT}" y="{top}" width="{ROOM}" height="34" rx="4" {GREY}/>')
    width = advance(text, size, mono=True, bold=False)
    style = f'class="m" font-size="{size:.1f}" fill="{look.colour}"'
    canvas.add(_text(text, LEFT + 10, canvas.y + 26, width, style))
    canvas.y += 44


def _row(canvas: Canvas, row: Iterable[Word], look: Look) -> None:
    base = canvas.y + look.leading * 0.72
    x = float(LEFT)
    for word in merged(row):
        _word(canvas, word, x, base, look)
        x += word.width
    canvas.y += look.leading


def _word(canvas: Canvas, word: Word, x: float, base: float, look: Look) -> None:
    if word.span.code:
        size = look.size * CODE
        place = f'x="{x + 1:.1f}" y="{base - size - 1.5:.1f}"'
        extent = f'width="{word.width - 2:.1f}" height="{size + 6:.1f}" rx="3"'
        canvas.add(f"<rect {place} {extent} {GREY}/>")
        style = f'class="m" font-size="{size:.1f}" fill="#c01343"'
        canvas.add(_text(word.text, x + 5, base, word.width - 10, style))
        return
    colour = "#1264a3" if word.span.url else look.colour
    weight = ' font-weight="700"' if word.span.bold or look.bold else ""
    style = f'font-size="{look.size}" fill="{colour}"{weight}'
    canvas.add(_text(word.text, x, base, word.width, style))


def _text(text: str, x: float, y: float, width: float, style: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" textLength="{width:.1f}" lengthAdjust="spacingAndGlyphs" '
        f'xml:space="preserve" {style}>{escape(text)}</text>'
    )


def _document(canvas: Canvas) -> str:
    height = round(canvas.y + TOP)
    body = "\n".join(canvas.parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family={quoteattr(SANS)}>\n'
        f"<style>.m{{font-family:{MONO}}}</style>\n"
        f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="10" '
        'fill="#ffffff" stroke="#dddddd"/>\n'
        f"{body}\n</svg>\n"
    )


# --- the message of the README ---------------------------------------------------------------

_AT = datetime(2026, 11, 23, 9, 4, tzinfo=UTC)
_BY_ANA = Write(key="CreatedBy", value="ana", origin=Origin.CREATOR)
_PAYMENTS = Write(key="Owner", value="payments", origin=Origin.TEAM)


def _asks(language: Language) -> tuple[Ask, ...]:
    return (
        Ask(key="CostCenter", why=say(language, "untold"), pattern="[0-9]{4}"),
        Ask(
            key="Environment",
            why=say(language, "guarded"),
            allowed=("prod", "stage", "dev"),
        ),
    )


def _made(minute: int, type_: str, arn: str, call: str, **changes: object) -> Notice:
    service = arn.split(":")[2]
    facts: dict[str, Any] = {
        "event_id": f"event-{minute}", "at": _AT + timedelta(minutes=minute), "tool": None,
        "source": f"{service}.amazonaws.com", "call": call, "handle": None, "partition": "aws",
        "who": Who(kind=Kind.PERSON, name="ana"), "via": "Developers",
        "ref": arn, "arn": arn, "type": type_, "account": "111122223333", "region": "eu-west-1",
        "service": service, "result": Result.TAGGED, "missing": ("CreatedBy", "Owner"),
        "applied": (_BY_ANA, _PAYMENTS), "asks": (), "near": (), "invalid": (),
        "trouble": None, "why": "",
    }  # fmt: skip
    return Notice(**(facts | changes))


def story(language: Language) -> tuple[Notice, ...]:
    """A morning of one developer."""
    asks = _asks(language)
    everything = ("CreatedBy", "Owner", "CostCenter", "Environment")
    return (
        _made(
            1, "AWS::S3::Bucket", "arn:aws:s3:::orders-uploads", "CreateBucket",
            missing=everything, asks=asks,
            near=(NearMiss(key="Owner", found="owner", value="Payments"),),
        ),
        _made(
            9, "AWS::Lambda::Function",
            "arn:aws:lambda:eu-west-1:111122223333:function:resize-receipts",
            "CreateFunction20150331", result=Result.FAILED, applied=(), trouble=Trouble.DENIED,
            why="awsteward is not authorized to perform lambda:TagResource",
        ),
        _made(
            12, "AWS::DynamoDB::Table",
            "arn:aws:dynamodb:eu-west-1:111122223333:table/orders", "CreateTable",
            missing=everything, asks=asks, tool="terraform",
        ),
    )  # fmt: skip


def main() -> None:
    """Draw the payload in a file, or the README's message."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("payload", nargs="?", type=Path, help="a message as JSON")
    parser.add_argument(
        "--language", type=Language, choices=list(Language), default=Language.ENGLISH
    )
    chosen = parser.parse_args()
    if chosen.payload:
        payload = msgspec.json.decode(chosen.payload.read_bytes())
    else:
        letters = compose(
            story(chosen.language), window=timedelta(hours=1), language=chosen.language
        )
        payload = letters[0].payload
    korean = chosen.language is Language.KOREAN
    sys.stdout.write(draw(payload["blocks"], "오전 10:01" if korean else "10:01 AM"))


if __name__ == "__main__":
    main()
