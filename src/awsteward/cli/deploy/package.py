"""``awsteward deploy package``: the Lambda function as a zip file."""

import re
import zipfile
from hashlib import sha256
from pathlib import Path

import msgspec

from awsteward.cli.whole import put
from awsteward.core.errors import ConfigError
from awsteward.deploy.bundle import Target
from awsteward.deploy.bytecode import fits
from awsteward.deploy.wheels import packed

_PYTHON = re.compile(r"3\.(1[1-9]|[2-9][0-9])")


class Packed(msgspec.Struct, frozen=True, kw_only=True):
    """What was written, for people and programs."""

    file: str
    bytes: int
    files: int
    sha256: str
    python: str
    architecture: str
    bytecode: bool


def run(out: Path, target: Target, form: str) -> int:
    """Write the zip for *target* to *out*, whole or not at all."""
    if not _PYTHON.fullmatch(target.python):
        raise ConfigError(f"--python {target.python}: name a runtime from 3.11 on, such as 3.13")
    _check(out)
    body = packed(target)
    put(out, body)
    _print(_told(out, body, target), form)
    return 0


def _check(out: Path) -> None:
    if not out.absolute().parent.is_dir():
        raise ConfigError(f"--out {out}: there is no folder {out.parent}")
    if out.exists() and not (out.is_file() and zipfile.is_zipfile(out)):
        raise ConfigError(f"--out {out}: is there and is no zip, so it stays; name another file")


def _told(out: Path, body: bytes, target: Target) -> Packed:
    with zipfile.ZipFile(out) as written:
        files = len(written.namelist())
    return Packed(
        file=str(out), bytes=len(body), files=files, sha256=sha256(body).hexdigest(),
        python=target.python, architecture=target.architecture, bytecode=fits(target.python),
    )  # fmt: skip


def _print(told: Packed, form: str) -> None:
    if form == "json":
        print(msgspec.json.format(msgspec.json.encode(told)).decode())
        return
    print(f"{told.file}: for Python {told.python} on {told.architecture}")
    print(f"  {told.bytes:,} bytes, {told.files} files")
    print(f"  sha256 {told.sha256}")
    if not told.bytecode:
        print(
            "  without bytecode, so cold starts take longer: only the same Python, below 3.14, "
            "compiles for its like"
        )
