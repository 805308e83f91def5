"""Where CloudTrail records lie: files, folders, standard input, buckets; given as plain bytes.

It finds and unpacks, and knows nothing of JSON. What a file cannot give is told as `Damage` after
everything that it could; only an argument that leads nowhere stops a command.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from struct import Struct
from typing import BinaryIO, Protocol

from isal import igzip_lib

from awsteward.core.damage import Damage
from awsteward.core.errors import ConfigError

_PACKED = 1 << 16
_UNPACKED = 96 << 10
"""Small enough for the allocator to reuse: unpacking files whole takes three times as long."""
_GZIP = b"\x1f\x8b"
_FIXED = 10
_ALL_FLAGS = 0x1F
_LONGEST_HEADER = 1 << 17
_TRAILER = Struct("<II")
"""Checksum and length of what a member unpacks to."""


class Objects(Protocol):
    """Buckets, as far as an archive needs them."""

    def keys(self, bucket: str, prefix: str) -> Iterator[str]:
        """Every key that begins with *prefix*, in order."""
        ...

    def read(self, bucket: str, key: str) -> Iterator[bytes]:
        """The object's bytes, piece by piece."""
        ...


class Archive:
    """The sources that paths lead to, and what is in each."""

    def __init__(self, stdin: Callable[[], BinaryIO], objects: Callable[[], Objects]) -> None:
        """Neither door is opened before a path leads to it."""
        self._stdin = stdin
        self._objects = objects
        self._door: Objects | None = None

    def sources(self, paths: Sequence[str]) -> Iterator[str]:
        """The name of each file, in the same order every time; all paths are checked first."""
        for path in paths:
            _check(path)
        for path in paths:
            if path.startswith("s3://"):
                bucket, prefix = _split(path)
                keys = self._buckets().keys(bucket, prefix)
                yield from (f"s3://{bucket}/{key}" for key in keys if not key.endswith("/"))
            elif path != "-" and Path(path).is_dir():
                yield from _files(path)
            else:
                yield path

    def chunks(self, source: str) -> Iterator[bytes | Damage]:
        """What is in *source*, unpacked; `Damage` comes last if it comes at all."""
        try:
            yield from _unpacked(self._blocks(source))
        except OSError as error:
            yield Damage(f"cannot be read: {error.strerror or error}")

    def _blocks(self, source: str) -> Iterator[bytes]:
        if source == "-":
            stdin = self._stdin()
            yield from iter(lambda: stdin.read(_PACKED), b"")
        elif source.startswith("s3://"):
            yield from self._buckets().read(*_split(source))
        else:
            with Path(source).open("rb", buffering=0) as file:
                yield from iter(lambda: file.read(_PACKED), b"")

    def _buckets(self) -> Objects:
        self._door = self._door or self._objects()
        return self._door


def _check(path: str) -> None:
    if path == "-":
        return
    if path.startswith("s3://"):
        if not _split(path)[0]:
            raise ConfigError(f"{path}: name a bucket, as in s3://bucket/prefix")
    elif not os.path.lexists(path):
        raise ConfigError(f"{path}: no such file or folder")
    elif not os.access(path, os.R_OK):
        raise ConfigError(f"{path}: may not be read by this user, or leads nowhere")


def _split(url: str) -> tuple[str, str]:
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return bucket, key


def _files(folder: str) -> Iterator[str]:
    """Every file below *folder* but hidden ones, and each folder that may not be listed."""
    shut: list[str] = []
    for where, folders, names in os.walk(folder, onerror=lambda error: shut.append(error.filename)):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = os.path.join(where, name)  # noqa: PTH118  Path would cost more than reading
            if not name.startswith(".") and os.path.isfile(path):  # noqa: PTH113
                yield path
    yield from shut


def _unpacked(blocks: Iterator[bytes]) -> Iterator[bytes | Damage]:
    first = next(blocks, b"")
    while len(first) < len(_GZIP) and (more := next(blocks, b"")):
        first += more
    if not first.startswith(_GZIP):
        if first:
            yield first
        yield from blocks
        return
    try:
        yield from _inflated(first, blocks)
    except EOFError:
        yield Damage("its gzip data end too early")
    except ValueError as error:
        yield Damage(f"its gzip data are damaged: {error}")
    except igzip_lib.error as error:  # type: ignore[misc]  # its stub takes the class for a value
        yield Damage(f"its gzip data are damaged: {error}")


def _inflated(packed: bytes, blocks: Iterator[bytes]) -> Iterator[bytes | Damage]:
    """Every member of a gzip file, one after the other; a wrong checksum is told at the end."""
    sound = True
    while packed:
        member, size, packed = _member(), 0, _headless(packed, blocks)
        while not member.eof:
            unpacked = member.decompress(packed, _UNPACKED)
            if unpacked:
                size += len(unpacked)
                yield unpacked
            packed = next(blocks, b"") if member.needs_input and not member.eof else b""
            if not (packed or unpacked or member.eof):
                raise EOFError
        packed = _at_least(_TRAILER.size, member.unused_data, blocks)
        sound = sound and _TRAILER.unpack_from(packed) == (member.crc, size & 0xFFFFFFFF)
        packed = packed[_TRAILER.size :].lstrip(b"\0") or next(blocks, b"").lstrip(b"\0")
        if not packed.startswith(_GZIP[: len(packed)]):
            yield Damage("after its gzip data comes something else")
            return
    if not sound:
        yield Damage("its gzip data are damaged: incorrect checksum")


def _member() -> igzip_lib.IgzipDecompressor:
    """It keeps what it was not asked for yet: `isal_zlib` would copy that at every call.

    Header and trailer are left to us: where it finds a wrong checksum itself, it throws away what
    it had unpacked.
    """
    return igzip_lib.IgzipDecompressor(igzip_lib.DECOMP_GZIP_NO_HDR)


def _headless(packed: bytes, blocks: Iterator[bytes]) -> bytes:
    """What follows a member's header."""
    packed = _at_least(_FIXED, packed, blocks)
    if not packed.startswith(_GZIP + b"\x08") or packed[3] > _ALL_FLAGS:
        raise ValueError("no header that is known")
    while (end := _header(packed)) is None:
        if len(packed) > _LONGEST_HEADER:
            raise ValueError("a header without end")
        packed = _at_least(len(packed) + 1, packed, blocks)
    return packed[end:] or next(blocks, b"")


def _header(packed: bytes) -> int | None:
    """How long a member's header is: https://www.rfc-editor.org/rfc/rfc1952#section-2.3."""
    flags, at = packed[3], _FIXED
    if flags & 4:  # extra field
        at += 2 + int.from_bytes(packed[at : at + 2], "little")
    for text in (8, 16):  # file name, comment
        if flags & text:
            at = packed.find(b"\0", at) + 1
            if not at:
                return None
    at += flags & 2  # the header's own checksum has two bytes
    return at if at <= len(packed) else None


def _at_least(size: int, packed: bytes, blocks: Iterator[bytes]) -> bytes:
    while len(packed) < size:
        if not (more := next(blocks, b"")):
            raise EOFError
        packed += more
    return packed
