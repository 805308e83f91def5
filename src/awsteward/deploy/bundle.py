"""The Lambda function as a zip: what tagging needs and no more, byte for byte the same every time.

Nothing but the sources, the wheels and the Python that runs this decides what is in it; no clock,
umask, locale, path or zlib does. boto3 is not in it: Lambda's runtime brings it.
"""

import functools
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

from awsteward.deploy.bytecode import compiled, fits

Architecture = Literal["arm64", "x86_64"]

PACKAGES = ("core", "clients", "tags")
LEFT_OUT = {
    "clients/archive.py": "unpacks files, for which it needs isal",
    "clients/workers.py": "forks, which Lambda has no room for",
    "tags/tell/terminal.py": "draws on a terminal, for which it needs rich",
}
"""Modules that no event leads to, and why they stay behind."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can tell."""
_MODE = 0o100644 << 16
_UNIX = 3


@dataclass(frozen=True, slots=True)
class Target:
    """The Lambda runtime that the zip is for."""

    python: str = "3.13"
    architecture: Architecture = "arm64"


def bundle(target: Target, fetch: Callable[[Target], Sequence[Path]]) -> bytes:
    """The zip for *target*; *fetch* gives the wheels of everything that is not ours."""
    members = dict([*_ours(), *_theirs(fetch(target))])
    if fits(target.python):
        members |= compiled(members)
    return _zipped(members)


@functools.cache
def fingerprint() -> str:
    """What our own part of the zip comes to: another one is another package."""
    told = hashlib.sha256()
    for path, body in sorted(_ours()):
        told.update(f"{path} {len(body)} ".encode() + body)
    return told.hexdigest()[:16]


def _ours() -> Iterator[tuple[str, bytes]]:
    root = files("awsteward")
    yield "awsteward/__init__.py", root.joinpath("__init__.py").read_bytes()
    for package in PACKAGES:
        for path, body in _below(root.joinpath(package), package):
            if path not in LEFT_OUT:
                yield f"awsteward/{path}", body


def _below(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.name.startswith((".", "__pycache__")):
            continue
        if entry.is_dir():
            yield from _below(entry, f"{path}/{entry.name}")
        else:
            yield f"{path}/{entry.name}", entry.read_bytes()


def _theirs(wheels: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """All that is in *wheels*: their licences want to be passed on with them."""
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as opened:
            yield from (
                (entry.filename, opened.read(entry))
                for entry in opened.infolist()
                if not entry.is_dir()
            )


def _zipped(members: dict[str, bytes]) -> bytes:
    """Stored, not deflated: each zlib packs in its own way, and the same bytes are worth more."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as zipped:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system, entry.external_attr = _UNIX, _MODE
            zipped.writestr(entry, members[name])
    return packed.getvalue()
