"""Programs of the distribution that tests run: installed where that is possible, a must in CI."""

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache

import pytest

PACKAGES: Mapping[str, str] = {
    "tini": "tini", "dumb-init": "dumb-init", "busybox": "busybox", "dash": "dash",
    "bash": "bash", "nginx": "nginx", "unshare": "util-linux",
}  # fmt: skip
"""What brings each program."""
_QUIET = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
"""At run level 1 a package starts no service."""


def need(*programs: str) -> None:
    """Skip what needs *programs* that cannot be had here; in CI that is a failure."""
    missing = [name for name in programs if not _found(name)]
    if missing:
        absent(f"{', '.join(missing)} cannot be had here")


def absent(why: str) -> None:
    """End the test: it cannot run here."""
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


@cache
def _found(program: str) -> bool:
    if shutil.which(program) is None and os.geteuid() == 0 and shutil.which("apt-get"):
        _install([PACKAGES[program]])
    return shutil.which(program) is not None


def _install(packages: Iterable[str]) -> None:
    """A fresh machine may not know its packages yet."""
    install = ["apt-get", "install", "--yes", "--quiet", *packages]
    if _ran(install):
        _ran(["apt-get", "update", "--quiet"])
        _ran(install)


def _ran(command: list[str]) -> int:
    told = {**os.environ, **_QUIET}
    return subprocess.run(command, env=told, capture_output=True, check=False).returncode  # noqa: S603  fixed words
