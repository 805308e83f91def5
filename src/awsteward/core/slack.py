"""Slack messages as values: making foreign text harmless, laying out blocks, reading them back.

Pure, and knows nothing of tags or AWS. It sends nothing: that is `clients.slack`.
Foreign text (names, ARNs, answers of AWS) reaches a message only through `code`, `prose` or
`plain`. Slack reads no formatting inside a code span, so that is where it goes by default.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Final

import msgspec

Block = Mapping[str, object]

LIMITS: Final[Mapping[str, Mapping[str, int]]] = tomllib.loads(
    (files("awsteward.core") / "slack.toml").read_text("utf-8")
)
HIDDEN = "�"
"""Stands where a character was that cannot be seen or that changes how others are read."""

# Letters and symbols by Unicode's account, but drawn as nothing.
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0\u034f\u180b\u180c\u180d\u180e\u180f")
_MARKUP = re.compile(r"[*_~`|>]|:\S")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_TO_ENTITIES = str.maketrans(_ENTITIES)
_ID = re.compile(r"[UWS][A-Z0-9]{8,}")
_GRAVE = "\u02cb"  # looks like a backtick, ends no code span
_DASH = "\u2013"
_LOOKALIKES = {ord("<"): "\u2039", ord(">"): "\u203a", ord("`"): _GRAVE}


# --- foreign text ----------------------------------------------------------------------------


def clean(text: str) -> str:
    """One line, with nothing in it that cannot be seen or that turns the reading direction."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(map(_visible, text))
    return " ".join(text.split())


def _visible(char: str) -> str:
    if char.isspace():
        return " "
    return HIDDEN if unicodedata.category(char) in _UNSEEN or char in _BLANKS else char


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co"})


def clip(text: str, most: int) -> str:
    """At most *most* characters; the middle goes, because names differ at their ends."""
    if len(text) <= most:
        return text
    head = (most - 1) // 2
    return f"{text[:head]}…{text[len(text) - (most - 1 - head) :]}"


def _shown(text: str, most: int) -> str:
    # Cut once before cleaning, so that a name of a million characters costs nothing.
    return clip(clean(clip(text, 10 * most)), most)


def code(text: str, most: int = 80) -> str:
    """Foreign text as a code span, in which Slack reads no formatting, mention or emoji."""
    shown = _shown(text, most).replace("`", _GRAVE) or _DASH
    return f"`{shown.translate(_TO_ENTITIES)}`"


def prose(text: str, most: int = 300) -> str:
    """A foreign sentence as running text; its words that hold markup become code spans."""
    return " ".join(map(_word, _shown(text, most).split(" ")))


def _word(word: str) -> str:
    bare = word.rstrip(".,;:")
    if not _MARKUP.search(bare):
        return word.translate(_TO_ENTITIES)
    return code(bare, len(bare)) + word[len(bare) :]


def plain(text: str, most: int = 80) -> str:
    """Foreign text for a `plain_text` object, where Slack reads no markup and no entities."""
    return _shown(text, most).translate(_LOOKALIKES)


def preformatted(text: str, most: int = 1000) -> str:
    """One line to be copied, such as a command, in a box of its own."""
    return f"```{code(text, most)[1:-1]}```"


def listing(text: str, most: int = 1500) -> str:
    """Several lines to be copied, such as a part of a file, in one box; indented as they are."""
    lines = clip(text, most).split("\n")
    return "```" + "\n".join(map(_line, lines)) + "```"


def _line(text: str) -> str:
    """Every space stays: it may be one of a value's."""
    return "".join(map(_visible, text)).replace("`", _GRAVE).translate(_TO_ENTITIES)


# --- our own markup --------------------------------------------------------------------------


def bold(text: str) -> str:
    """Our own words in bold; foreign text goes through `code`."""
    return f"*{text}*"


def link(url: str, label: str) -> str:
    """A link with a label of our own; the address must be percent-encoded already."""
    return f"<{url}|{label}>"


def mention(name: str) -> str:
    """A person or a group, called upon; *name* is Slack's own id of them.

    https://docs.slack.dev/messaging/formatting-message-text, mentioning users and groups
    """
    if not _ID.fullmatch(name):
        raise ValueError(f"{name!r} is no Slack id")
    return f"<!subteam^{name}>" if name.startswith("S") else f"<@{name}>"


def moment(at: datetime) -> str:
    """A moment in each reader's own time zone; in UTC where Slack cannot tell it."""
    fallback = f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    seconds = int(at.timestamp())
    return f"<!date^{seconds}^{{date_num}} {{time}}|{fallback}>" if seconds > 0 else fallback


# --- blocks ----------------------------------------------------------------------------------


def header(text: str) -> Block:
    """A large line of plain text."""
    shown = clip(text, LIMITS["header"]["text"] // 2)
    return {"type": "header", "text": {"type": "plain_text", "text": shown, "emoji": False}}


def section(lines: Iterable[str]) -> Block:
    """A paragraph of marked-up lines; lines that do not fit are left out whole."""
    return {"type": "section", "text": _mrkdwn(lines, LIMITS["section"]["text"])}


def context(lines: Iterable[str]) -> Block:
    """Small grey print."""
    return {"type": "context", "elements": [_mrkdwn(lines, LIMITS["context"]["text"])]}


def divider() -> Block:
    """A thin line."""
    return {"type": "divider"}


# --- what people press -----------------------------------------------------------------------

CONTROLS: Final = frozenset({"actions", "input"})
"""Blocks that say nothing and take something; only a bot's messages can hold them."""


def actions(block_id: str, elements: Iterable[Block]) -> Block:
    """A row of buttons and menus."""
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def button(action_id: str, text: str, value: str, *, primary: bool = False) -> Block:
    """A button; *value* comes back when it is pressed."""
    style = {"style": "primary"} if primary else {}
    label = _label(text, LIMITS["button"]["text"])
    return {"type": "button", "action_id": action_id, "text": label, "value": value, **style}


def menu(action_id: str, text: str, values: Iterable[str]) -> Block:
    """A menu; the chosen value comes back as it is."""
    options = [
        {"text": _label(value, LIMITS["option"]["text"]), "value": value} for value in values
    ]
    label = _label(text, LIMITS["placeholder"]["text"])
    return {
        "type": "static_select", "action_id": action_id, "placeholder": label, "options": options,
    }  # fmt: skip


def field(block_id: str, action_id: str, text: str, initial: str | None) -> Block:
    """A line to be written into; what stands in it comes back when a button is pressed."""
    most = LIMITS["field"]["text"]
    element = {"type": "plain_text_input", "action_id": action_id, "max_length": most}
    given = {"initial_value": initial} if initial else {}
    label = _label(text, LIMITS["label"]["text"])
    return {
        "type": "input", "block_id": block_id, "optional": True, "label": label,
        "element": {**element, **given},
    }  # fmt: skip


def _label(text: str, most: int) -> Block:
    return {"type": "plain_text", "text": plain(text, most // 2) or _DASH, "emoji": False}


def said(blocks: Iterable[Block]) -> list[Block]:
    """Only what is to be read, for who cannot press anything."""
    return [
        {name: value for name, value in block.items() if name != "block_id"}
        for block in blocks
        if block["type"] not in CONTROLS
    ]


def _mrkdwn(lines: Iterable[str], most: int) -> Block:
    text = "\n".join(_fitting(lines, most)) or _DASH
    # `verbatim` keeps Slack from making links and mentions out of what merely looks like one.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _fitting(lines: Iterable[str], most: int) -> Iterator[str]:
    room = most - len("\n…")
    for line in lines:
        room -= units(line) + 1
        if room < 0:
            yield "…"
            return
        yield line


def units(text: str) -> int:
    """Length as the strictest reader of Slack's limits would count it: UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def weight(blocks: Iterable[Block]) -> int:
    """What these blocks take of a message's room, in bytes."""
    return len(msgspec.json.encode(list(blocks)))


# --- reading a message back ------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A run of text with one look."""

    text: str
    bold: bool = False
    code: bool = False
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """One line of a block, and what kind of block it stands in."""

    block: str
    spans: tuple[Span, ...] = ()
    boxed: bool = False
    opens: bool = True
    """The first line of its block."""


_TOKENS = re.compile(
    r"```(?P<box>[^`]+)```|`(?P<code>[^`]+)`|\*(?P<bold>[^*]+)\*"
    r"|<!date\^\d+\^[^|>]*\|(?P<date>[^>]*)>|<(?P<url>https?://[^|>]+)\|(?P<label>[^>]*)>"
    r"|<(?:!subteam\^|(?=@))(?P<mention>@?[A-Z0-9]+)>"
)


def paragraphs(blocks: Iterable[Block]) -> Iterator[Paragraph]:
    """What a message says, line by line, for whatever draws it other than Slack."""
    for block in said(blocks):
        kind = str(block["type"])
        texts = _texts(block)
        if not texts:
            yield Paragraph(block=kind)
        lines = _lines("\n".join(texts)) if texts else ()
        for n, (line, boxed) in enumerate(lines):
            yield Paragraph(block=kind, spans=tuple(spans(line)), boxed=boxed, opens=n == 0)


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """The lines, and whether each stands in a box; one of many lines is read as many boxes."""
    inside = False
    for line in text.split("\n"):
        ticks = line.count("```")
        boxed = inside or ticks > 0
        bare = line.replace("```", "")
        yield (f"```{bare}```" if boxed and bare else line), boxed
        inside ^= ticks % 2 == 1


def _texts(block: Block) -> list[str]:
    held = block.get("elements") or [block.get("text")]
    if not isinstance(held, list | tuple):
        return []
    return [str(text["text"]) for text in held if isinstance(text, Mapping)]


def spans(text: str) -> Iterator[Span]:
    """Marked-up text as runs; marks that mean nothing stay as they are."""
    end = 0
    for found in _TOKENS.finditer(text):
        if found.start() > end:
            yield Span(text=_read(text[end : found.start()]))
        yield _span(found)
        end = found.end()
    if end < len(text):
        yield Span(text=_read(text[end:]))


def _span(found: re.Match[str]) -> Span:
    inside = _read(found[found.lastgroup or 0])
    return Span(
        text=inside,
        bold=found.lastgroup == "bold",
        code=found.lastgroup in ("code", "box"),
        url=found["url"],
    )


def _read(text: str) -> str:
    for char, entity in reversed(_ENTITIES.items()):
        text = text.replace(entity, char)
    return text
