"""``awsteward rollout gate --print``: the file comes out as it is."""

import ast
from pathlib import Path

import pytest

from awsteward.cli.rollout import gate
from awsteward.core.errors import ConfigError
from awsteward.rollout import gate as module

SOURCE = Path(module.__file__).read_text("utf-8")
ALLOWED = {"errno", "os", "select", "_signal", "_socket", "struct", "sys", "time"}


def test_the_files_are_printed_whole(capsys: pytest.CaptureFixture[str]) -> None:
    gate("gate.py", wanted=True)
    assert capsys.readouterr().out == SOURCE

    gate("status.sh", wanted=True)
    assert capsys.readouterr().out == Path(module.__file__).with_name("status.sh").read_text(
        "utf-8"
    )


def test_without_print_it_says_how_the_file_gets_into_an_image() -> None:
    with pytest.raises(ConfigError, match=r"rollout gate --print > gate\.py"):
        gate("gate.py", wanted=False)


def test_the_file_is_python_of_3_8_and_imports_only_what_starts_fast() -> None:
    tree = ast.parse(SOURCE, feature_version=(3, 8))

    imported = {
        name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert imported == ALLOWED
