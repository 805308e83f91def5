"""What the pages show can be called, and they lead to one another."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer.main

from awsteward.cli.main import app

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CALL = re.compile(r"^\s+(?:[A-Z_]+=\S+ )?awsteward (.*)$", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def calls() -> list[str]:
    return [
        call
        for page in PAGES
        for call in CALL.findall(page.read_text("utf-8"))
        if page.name != "commands.md"
    ]


@pytest.mark.parametrize("call", calls())
def test_every_call_that_a_page_shows_exists(call: str) -> None:
    command: Any = typer.main.get_command(app)
    words = shlex.split(call.partition(" > ")[0])
    while hasattr(command, "commands") and words:
        command = command.commands[words.pop(0)]

    known = {name for option in command.params for name in option.opts}

    assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known


def test_the_readme_shows_every_command() -> None:
    shown = (ROOT / "README.md").read_text("utf-8")

    group: Any = typer.main.get_command(app)
    for name in group.commands["tags"].commands:
        assert f"awsteward tags {name}" in shown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text("utf-8")):
        assert (page.parent / target).exists(), target
