import re
import venv
from pathlib import Path

import pytest

from awsteward.core.errors import ConfigError
from awsteward.deploy.bundle import Target
from awsteward.deploy.wheels import download
from tests.cli.command import awsteward

ROOT = Path(__file__).parents[3]
PIN = re.compile(r"^([\w-]+)==(\S+)", re.MULTILINE)
DEAD_END = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": "/dev/null"}


def pins(file: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / file).read_text("utf-8")))


def test_a_python_without_pip_is_told_how_to_get_it(tmp_path: Path) -> None:
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)

    with pytest.raises(ConfigError, match="ensurepip"):
        download(Target(), tmp_path, python=str(tmp_path / "bare/bin/python"))


def test_wheels_that_cannot_be_had_leave_no_zip(tmp_path: Path) -> None:
    done = awsteward("deploy", "package", "--out", "a.zip", cwd=tmp_path, env=DEAD_END)

    assert done.code == 4
    assert "msgspec" in done.err
    assert "try again" in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_zip_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")

    done = awsteward("deploy", "package", "--out", "notes.txt", cwd=tmp_path, env=DEAD_END)

    assert done.code == 2
    assert "notes.txt" in done.err
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("python", ["3.10", "2.7", "three", "3.13.1"])
def test_a_runtime_that_cannot_be_is_refused(python: str, tmp_path: Path) -> None:
    words = ("deploy", "package", "--out", "a.zip", "--python", python)
    done = awsteward(*words, cwd=tmp_path, env=DEAD_END)

    assert done.code == 2
    assert python in done.err


def test_what_is_deployed_is_what_the_tests_ran_with() -> None:
    deployed, tested = pins("src/awsteward/deploy/data/lambda.txt"), pins("requirements/dev.txt")

    assert set(deployed) == {"msgspec", "pyyaml", "tzdata"}
    assert deployed.items() <= tested.items()
