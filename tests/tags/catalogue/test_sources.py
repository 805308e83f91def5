"""The table of makers fits the recogniser of tools, and its blanks can all be filled."""

import re
import tomllib
from importlib.resources import files

import pytest

from awsteward.tags.catalogue.sources import Reconciler, Template, Tool, reconcilers, tools

TABLE = tomllib.loads(files("awsteward.tags.read").joinpath("data/tools.toml").read_text("utf-8"))
RECOGNISED = {row["name"] for row in TABLE["tool"]}
BLANKS = {"@key@", "@value@", "@pair@", "@plain@", "@n@"}
EVERY: dict[str, Tool | Reconciler] = {**tools(), **reconcilers()}
TEMPLATES = [
    pytest.param(template, id=f"{name}-{n}")
    for name, row in EVERY.items()
    for n, template in enumerate(row.snippet)
]


def test_every_tool_that_is_recognised_has_a_row_as_tool_or_as_reconciler() -> None:
    owners = frozenset().union(*(row.tools for row in reconcilers().values()))

    assert tools().keys() | owners == RECOGNISED
    assert not tools().keys() & owners


def test_every_row_names_its_source_and_says_what_to_do() -> None:
    for row in EVERY.values():
        assert "https://" in row.source
        assert row.snippet, row.name


def test_every_reconciler_can_be_recognised() -> None:
    assert all(row.tags or row.tools or row.roles for row in reconcilers().values())


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_blank_is_one_that_is_filled(template: Template) -> None:
    assert set(re.findall("@[a-z]+@", template.each)) <= BLANKS
    assert set(re.findall("@[a-z]+@", template.text)) <= {"@tags@"}
    named = {name[1:-1] for name in re.findall("@[a-z]+@", template.place)}
    assert named == template.names.keys()
