"""How ends of the pipeline look to people, line by line."""

from collections.abc import Mapping
from typing import assert_never

from rich.console import Console
from rich.text import Text

from awsteward.core.printable import fit
from awsteward.tags.model.handled import Handled, Result
from awsteward.tags.model.plan import Write
from awsteward.tags.model.reading import Ignored, Undetermined
from awsteward.tags.tell.terminal import drawn, plain

_COLOURS = {
    Result.TAGGED: "green",
    Result.WOULD_TAG: "cyan",
    Result.COMPLIANT: "green",
    Result.PENDING: "yellow",
    Result.UNKNOWN: "magenta",
    Result.FAILED: "red",
}
_WIDTH = 10


def console(*, error: bool = False) -> Console:
    """A console that never breaks or colours what goes into a pipe or file."""
    return Console(stderr=error, highlight=False, soft_wrap=True, markup=False, emoji=False)


def shown(item: Handled | Undetermined | Ignored) -> Text:
    """One end of the pipeline in two lines: what it is, and what was or would be done."""
    match item:
        case Handled(event=event, resource=resource, result=result):
            head = f"{resource.ref}  {resource.type or f'{event.source} {event.name}'}"
            return _entry(result, _COLOURS[result], head, _doing(item))
        case Undetermined(event, why):
            return _entry(
                "unknown", "magenta", f"{event.source} {event.name}", f"{why} ({event.id})"
            )
        case Ignored(event, why):
            return _entry("ignored", "dim", f"{event.source} {event.name}", why)
        case _:
            assert_never(item)


def _entry(word: str, colour: str, head: str, body: str) -> Text:
    text = Text()
    text.append(f"{word:<{_WIDTH}}", colour)
    text.append(f"{fit(head)}\n{'':<{_WIDTH}}")
    text.append(f"{fit(body)}", "dim")
    return text


def _doing(item: Handled) -> str:
    parts = [", ".join(map(written, item.applied)), item.why]
    return "; ".join(part for part in parts if part)


def written(write: Write) -> str:
    """One tag and where its value came from."""
    whose = f": {write.whose}" if write.whose else ""
    return (
        f"{write.key}={write.value} ({write.origin}{whose}{', assumed' if write.assumed else ''})"
    )


def message(out: Console, payload: Mapping[str, object]) -> None:
    """A Slack message as *out* can show it: drawn on a terminal, plain lines elsewhere."""
    out.print()
    out.print(drawn(payload) if out.is_terminal else plain(payload))
