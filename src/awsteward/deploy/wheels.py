"""Wheels of what the Lambda package holds of others, fetched by pip for another machine than this.

Which releases, and what each file must hash to, stands in `data/lambda.txt`; where pip looks for
them is the user's own setting.
"""

import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import assert_never

from awsteward.core.errors import ConfigError, RemoteError
from awsteward.deploy.bundle import Architecture, Target, bundle


def packed(target: Target) -> bytes:
    """The zip for *target*, its wheels fetched into a folder that goes away."""
    with TemporaryDirectory() as folder:
        return bundle(target, partial(download, folder=Path(folder)))


def download(target: Target, folder: Path, python: str = sys.executable) -> Sequence[Path]:
    """Every wheel for *target*, put into *folder* by the pip of *python*."""
    with as_file(files("awsteward.deploy").joinpath("data/lambda.txt")) as pins:
        command = [
            *(python, "-m", "pip", "download", "--quiet", "--no-input"),
            *("--disable-pip-version-check", "--no-deps", "--only-binary=:all:"),
            *("--platform", _platform(target.architecture)),
            *("--python-version", target.python, "--implementation", "cp"),
            *("--require-hashes", "-r", str(pins), "--dest", str(folder)),
        ]
        done = subprocess.run(  # noqa: S603  our own command
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise _failure(target, python, done.stderr)
    return sorted(folder.glob("*.whl"))


def _platform(architecture: Architecture) -> str:
    """Old enough for the C library of every runtime: https://peps.python.org/pep-0599/."""
    match architecture:
        case "arm64":
            return "manylinux2014_aarch64"
        case "x86_64":
            return "manylinux2014_x86_64"
        case _:
            assert_never(architecture)


def _failure(target: Target, python: str, said: str) -> ConfigError | RemoteError:
    if "No module named pip" in said:
        return ConfigError(f"{python} has no pip to fetch wheels with: run {python} -m ensurepip")
    errors = [line for line in said.splitlines() if line.startswith("ERROR:")]
    why = (errors or said.splitlines() or ["it did not say why"])[-1].removeprefix("ERROR: ")
    return RemoteError(
        f"pip could not fetch the wheels for Python {target.python} on {target.architecture}: "
        f"{why}; see that it reaches its package index (`pip config list`), then try again"
    )
