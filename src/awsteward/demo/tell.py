"""Tells the demo in a terminal: who did what, what people were told, what is so now."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, assert_never

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from awsteward.demo.cast import about
from awsteward.demo.outcome import Outcome
from awsteward.demo.prove import Proven
from awsteward.demo.replay import Replayed
from awsteward.demo.story import Aside, Scene
from awsteward.tags.tell.terminal import drawn

SHOWN = ("dana.lee", "deploy-kiosk")
"""Whose messages are shown in full: a person with questions to answer, and a machine."""

WIDE = 90
"""Columns from which on the table needs no shortening."""


def title(console: Console) -> None:
    """Open the story."""
    console.print()
    console.print(Text.assemble(("awsteward demo", "bold"), "  every resource has an owner"))
    console.print(
        Text("An embedded AWS on this machine; no account, and nothing leaves it.", "dim")
    )


def heading(console: Console, number: int, text: str) -> None:
    """Open one part of it."""
    console.print()
    console.print(Text.assemble((f" {number} ", "bold reverse"), " ", (text, "bold")))
    console.print()


def calls(console: Console, scenes: Sequence[Scene | Aside]) -> None:
    """Say who calls what, grouped by caller in the order of the story."""
    rows = Table(box=None, show_header=False, padding=(0, 2, 0, 1))
    rows.add_column(style="cyan", no_wrap=True)
    rows.add_column()
    by_caller: dict[str, list[Text]] = {}
    for scene in scenes:
        by_caller.setdefault(scene.who, []).append(_call(scene))
    words = about()
    for who, made in by_caller.items():
        rows.add_row(who, Text(words[who], "dim"))
        rows.add_row("", Text(", ").join(made))
    console.print(rows)


def _call(scene: Scene | Aside) -> Text:
    match scene:
        case Scene(what=what, given=""):
            return Text(what)
        case Scene(what=what, given=given):
            return Text.assemble(what, (f" [tagged: {given}]", "green"))
        case Aside(what=what):
            return Text(what, "italic")
        case _:
            assert_never(scene)


def replayed(console: Console, done: Replayed) -> None:
    """Count how the guard's lines ended."""
    counts = Counter(str(line["outcome"]) for line in done.lines)
    ends = ", ".join(f"{count} {end}" for end, count in sorted(counts.items()))
    console.print(Text(f"  {len(done.lines)} resources: {ends}"))


def messages(console: Console, received: Sequence[Mapping[str, Any]]) -> None:
    """Show a person's message and a machine's in full, and count the rest."""
    shown = [each for name in SHOWN for each in received if name in str(each["blocks"][0])]
    for payload in shown:
        console.print(drawn(payload))
    if rest := len(received) - len(shown):
        console.print(Text(f"  … and {rest} more, to everybody else who created something.", "dim"))


def table(console: Console, proven: Sequence[Proven]) -> None:
    """Show every resource: what, who, missing, applied from where, and whether it is so."""
    rows = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold underline")
    rows.add_column("", no_wrap=True)
    rows.add_column("what", min_width=22)
    rows.add_column("who", style="cyan", no_wrap=True)
    rows.add_column("missing", style="dim", no_wrap=True)
    rows.add_column("now", max_width=22 if console.width < WIDE else None, no_wrap=True)
    rows.add_column("from", style="dim", no_wrap=True)
    for each in proven:
        scene = each.made.scene
        rows.add_row(_mark(each), scene.what, scene.who, *_columns(each))
    console.print(rows)
    console.print()


def _columns(each: Proven) -> tuple[RenderableType, RenderableType, RenderableType]:
    """What was missing, what is there now and from where: one line a key in each."""
    line = each.line
    if line is None or not line["missing"]:
        return "", Text(str(line["why"]) if line else "", "dim"), ""
    keys, applied = line["missing"], line["applied"]
    waiting = line["outcome"] == "pending" and not applied
    now = [_now(key, applied, waiting=waiting) for key in keys]
    origins = [str(applied[key]["from"]) if key in applied else "" for key in keys]
    return Text("\n".join(keys)), Text("\n").join(now), Text("\n".join(origins))


def _now(key: str, applied: Mapping[str, Any], *, waiting: bool) -> Text:
    if key in applied:
        return Text(str(applied[key]["value"]), "bold")
    return Text("waits for its maker" if waiting else "asked on Slack", "yellow")


def _mark(each: Proven) -> Text:
    if each.problem is not None:
        return Text("✗", "bold red")
    outcome = each.line["outcome"] if each.line else "unknown"
    marks = {"tagged": ("✓", "green"), "compliant": ("✓", "green"), "pending": ("…", "yellow")}
    return Text(*marks.get(outcome, ("?", "yellow")))


def ending(console: Console, outcome: Outcome, seconds: float) -> None:
    """Close: does the story hold, and what to do next."""
    problems = outcome.problems
    for problem in problems:
        console.print(Text(f"  ✗ {problem}", "red"))
    if problems:
        console.print(Text(f"\nThe story does not hold: {len(problems)} wrong.", "bold red"))
        return
    tagged = sum(1 for each in outcome.proven if each.line and each.line["outcome"] == "tagged")
    said = Text.assemble(
        ("The story holds. ", "bold green"),
        f"{len(outcome.proven)} resources of {outcome.services} services, {tagged} tagged; "
        f"each service was asked itself and confirms every tag. {seconds:.0f} s.",
    )
    console.print(said)
    console.print(
        Padding(
            Text.assemble(
                "On your own account, read-only first:\n",
                ("  awsteward tags explain trail.json.gz\n", "bold"),
                ("  awsteward tags replay s3://your-trail-bucket/AWSLogs/", "bold"),
            ),
            (1, 0),
        )
    )
