from pathlib import Path

import pytest

from awsteward.cli.whole import writable, write
from awsteward.core.errors import ConfigError


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("a longer text that was there before")

    write(file, "new")

    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == {"page.html": "new"}


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "page.html")

    write(tmp_path / "link", "new")

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "page.html").read_text() == "new"


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "page.html").mkdir()

    with pytest.raises(ConfigError, match="cannot be written"):
        write(tmp_path / "page.html", "new")

    assert [each.name for each in tmp_path.iterdir()] == ["page.html"]


@pytest.mark.parametrize("name", ["nowhere/page.html", "/dev/null", "."])
def test_a_place_that_cannot_be_written_is_named_before_the_work(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        writable(tmp_path / name)
