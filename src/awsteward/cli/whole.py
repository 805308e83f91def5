"""A file that is written whole or not at all, over whatever was there."""

import os
from pathlib import Path

from awsteward.core.errors import ConfigError


def writable(file: Path) -> None:
    """ConfigError where *file* could not be written: asked before there is work to lose."""
    target = file.resolve()
    if target.exists() and not target.is_file():
        raise ConfigError(f"{file}: no regular file; name one that can be written over")
    if not target.parent.is_dir():
        raise ConfigError(f"{file}: there is no folder {target.parent}; make it first")
    if not os.access(target.parent, os.W_OK):
        raise ConfigError(f"{file}: nothing may be written in {target.parent}; name another place")


def write(file: Path, text: str) -> None:
    """Beside it first and then in its place: a reader sees the old one or the new one."""
    try:
        put(file.resolve(), text.encode("utf-8", "xmlcharrefreplace"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be written: {error.strerror}") from error


def put(target: Path, body: bytes) -> None:
    """The same for bytes; what goes wrong is an OSError, and leaves nothing."""
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        fresh.write_bytes(body)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
