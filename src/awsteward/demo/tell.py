"""Tells the demo in a terminal: who did what, what people were told, what is so now."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from awsteward.demo.outcome import Outcome
from awsteward.demo.prove import Proven
from awsteward.demo.replay import Replayed
from awsteward.demo.story import Aside, Scene
from awsteward.tags.tell.terminal import drawn

SHOWN = 3
"""Messages shown in full; the rest is counted."""


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
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 1), expand=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(ratio=1)
    by_caller: dict[str, list[Text]] = {}
    for scene in scenes:
        match scene:
            case Scene(who=who, what=what):
                by_caller.setdefault(who, []).append(Text(what))
            case Aside(who=who, what=what):
                by_caller.setdefault(who, []).append(Text(what, "dim italic"))
    for who, whats in by_caller.items():
        table.add_row(who, Text(", ").join(whats))
    console.print(table)


def replayed(console: Console, done: Replayed) -> None:
    """Count how the guard's lines ended."""
    counts = Counter(str(line["outcome"]) for line in done.lines)
    ends = ", ".join(f"{count} {end}" for end, count in sorted(counts.items()))
    console.print(Text(f"  {len(done.lines)} resources: {ends}"))


def messages(console: Console, received: Sequence[Mapping[str, Any]]) -> None:
    """Show what arrived on Slack."""
    for payload in received[:SHOWN]:
        console.print(drawn(payload))
    if len(received) > SHOWN:
        rest = len(received) - SHOWN
        console.print(Text(f"  … and {rest} more, one for each of the other callers.", "dim"))


def table(console: Console, proven: Sequence[Proven]) -> None:
    """Show every resource: what, who, missing, applied from where, and whether it is so."""
    rows = Table(box=box.SIMPLE_HEAD, padding=(0, 1), expand=False)
    rows.add_column("", no_wrap=True)
    rows.add_column("what", ratio=5)
    rows.add_column("who", style="cyan", no_wrap=True)
    rows.add_column("missing", ratio=3)
    rows.add_column("applied, and from where", ratio=7)
    for each in proven:
        scene = each.made.scene
        rows.add_row(_mark(each), scene.what, scene.who, _missing(each), _applied(each))
    console.print(rows)


def _mark(each: Proven) -> Text:
    if each.problem is not None:
        return Text("✗", "bold red")
    outcome = each.line["outcome"] if each.line else "unknown"
    marks = {"tagged": ("✓", "green"), "compliant": ("✓", "green"), "pending": ("…", "yellow")}
    return Text(*marks.get(outcome, ("?", "yellow")))


def _missing(each: Proven) -> Text:
    return Text("\n".join(each.line["missing"]) if each.line else "", "dim")


def _applied(each: Proven) -> RenderableType:
    if each.line is None:
        return Text(each.problem or "", "red")
    filled = [
        Text.assemble(key, " = ", (value["value"], "bold"), (f"  from {value['from']}", "dim"))
        for key, value in each.line["applied"].items()
    ]
    open_keys = [key for key in each.line["missing"] if key not in each.line["applied"]]
    if filled and open_keys:
        filled.append(Text(f"asked on Slack: {', '.join(open_keys)}", "yellow"))
    return Group(*(filled or [Text(str(each.line["why"]), "dim")]))


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
