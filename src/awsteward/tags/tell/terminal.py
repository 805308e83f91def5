"""A message for the terminal: what is shown where no Slack URL is given."""

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from awsteward.core.slack import Block, Paragraph, Span, paragraphs


def plain(payload: Mapping[str, object]) -> str:
    """The message as lines of text, for files and pipes."""
    return "\n".join(map(_line, _spaced(payload))) + "\n"


def drawn(payload: Mapping[str, object]) -> RenderableType:
    """The message as rich draws it; give it to a `rich.console.Console`."""
    lines = list(_spaced(payload))
    heading = "".join(span.text for line in lines if line.block == "header" for span in line.spans)
    rows = [_drawn(line) for line in lines if line.block != "header"]
    return Panel(Group(*rows), title=Text(heading, "bold"), title_align="left", padding=(1, 2))


_GAP = Paragraph(block="gap")


def _spaced(payload: Mapping[str, object]) -> Iterator[Paragraph]:
    """The message's lines, with an empty one before each section as Slack leaves room there."""
    before = ""
    for line in paragraphs(cast("Iterable[Block]", payload["blocks"])):
        if line.opens and before and "divider" not in (line.block, before) and before != "header":
            yield _GAP
        before = line.block
        yield line


def _line(line: Paragraph) -> str:
    if line.block == "divider":
        return ""
    text = "".join(map(_spelled, line.spans))
    match line.block:
        case "header":
            return f"== {text} =="
        case _ if line.boxed:
            return f"    {text}"
        case _:
            return text


def _spelled(span: Span) -> str:
    return f"{span.text}: {span.url}" if span.url else span.text


def _drawn(line: Paragraph) -> RenderableType:
    if line.block == "divider":
        return Rule(style="dim")
    text = Text("  " if line.boxed else "")
    for span in line.spans:
        text.append(span.text, _style(span))
    if line.block == "context":
        text.stylize("dim")
    return text


def _style(span: Span) -> str:
    if span.url:
        return f"underline link {span.url}"
    if span.code:
        return "cyan"
    return "bold" if span.bold else ""
