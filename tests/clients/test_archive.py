import gzip
import io
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsteward.clients.archive import Archive, Objects
from awsteward.core.damage import Damage
from awsteward.core.errors import ConfigError

TEXT = b"".join(b'{"n":%d}\n' % number for number in range(100_000))


class FakeObjects:
    def __init__(self, piece: int = 5, /, **objects: bytes) -> None:
        self.objects = objects
        self.piece = piece

    def keys(self, bucket: str, prefix: str) -> Iterator[str]:
        assert bucket == "trail"
        yield from (key for key in sorted(self.objects) if key.startswith(prefix))

    def read(self, bucket: str, key: str) -> Iterator[bytes]:
        assert bucket == "trail"
        body = self.objects[key]
        yield from (body[at : at + self.piece] for at in range(0, len(body), self.piece))


def no_objects() -> Objects:
    raise AssertionError("a bucket was opened though none was named")


def archive(stdin: bytes = b"") -> Archive:
    return Archive(lambda: io.BytesIO(stdin), no_objects)


def read(path: Path | str, stdin: bytes = b"") -> tuple[bytes, list[Damage]]:
    chunks = list(archive(stdin).chunks(str(path)))
    damages = [chunk for chunk in chunks if isinstance(chunk, Damage)]
    return b"".join(chunk for chunk in chunks if isinstance(chunk, bytes)), damages


@pytest.mark.parametrize(
    "packed",
    [
        pytest.param(TEXT, id="plain"),
        pytest.param(gzip.compress(TEXT), id="gzip"),
        pytest.param(gzip.compress(TEXT[:9000]) + gzip.compress(TEXT[9000:]), id="two members"),
        pytest.param(gzip.compress(TEXT) + b"\0" * 600, id="padded with zeros"),
    ],
)
def test_the_bytes_decide_how_a_file_is_unpacked_not_its_name(
    packed: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "records.json.gz"
    path.write_bytes(packed)

    assert read(path) == (TEXT, [])
    assert read("-", stdin=packed) == (TEXT, [])


def test_of_a_truncated_file_all_that_can_be_read_is_given(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(TEXT)[:-2000])

    text, damages = read(path)

    assert len(text) > len(TEXT) / 2
    assert TEXT.startswith(text)
    assert damages == [Damage("its gzip data end too early")]


@pytest.mark.parametrize(
    "packed",
    [
        pytest.param(gzip.compress(b"x")[:-8] + b"wrong" * 2, id="checksum"),
        pytest.param(b"\x1f\x8b\x08" + b"no gzip" * 9, id="header"),
        pytest.param(gzip.compress(b"x") + b"more", id="something after it"),
    ],
)
def test_damage_is_told_not_raised(packed: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(packed)

    _, damages = read(path)

    assert len(damages) == 1
    assert "gzip data" in damages[0].why


@pytest.mark.parametrize("records", [1, 5, 6_000, 100_000])
@pytest.mark.parametrize("piece", [7, 4_096, 1 << 16, 1 << 24])
@pytest.mark.parametrize("fault", [b"wrong sum", b"\0\0\0\0"], ids=["checksum", "length"])
def test_a_wrong_checksum_costs_no_record(records: int, piece: int, fault: bytes) -> None:
    text = b"".join(b'{"n":%d}\n' % number for number in range(records))
    one = gzip.compress(text)
    wrong = one[:-8] + fault[:8] if len(fault) > 4 else one[:-4] + fault
    objects = FakeObjects(piece, one=wrong, first=wrong + one, last=one + wrong)
    trail = Archive(io.BytesIO, lambda: objects)

    found = {name: list(trail.chunks(f"s3://trail/{name}")) for name in ("one", "first", "last")}

    for name, members in (("one", 1), ("first", 2), ("last", 2)):
        *chunks, damage = found[name]
        assert b"".join(chunk for chunk in chunks if isinstance(chunk, bytes)) == text * members
        assert damage == Damage("its gzip data are damaged: incorrect checksum")


@given(
    name=st.binary(max_size=20).map(lambda text: text.replace(b"\0", b"")),
    extra=st.binary(max_size=20),
    flags=st.integers(0, 31),
    piece=st.integers(1, 90),
)
def test_every_header_that_gzip_knows_is_passed_over(
    name: bytes, extra: bytes, flags: int, piece: int
) -> None:
    parts = [
        b"\x1f\x8b\x08" + bytes([flags]) + gzip.compress(b"x")[4:10],
        len(extra).to_bytes(2, "little") + extra if flags & 4 else b"",
        name + b"\0" if flags & 8 else b"",
        b"comment\0" if flags & 16 else b"",
    ]
    header = b"".join(parts)
    header += (zlib.crc32(header) & 0xFFFF).to_bytes(2, "little") if flags & 2 else b""
    member = header + gzip.compress(b"text" * 50)[10:]
    trail = Archive(io.BytesIO, lambda: FakeObjects(piece, a=member * 2))

    chunks = list(trail.chunks("s3://trail/a"))

    assert b"".join(chunk for chunk in chunks if isinstance(chunk, bytes)) == b"text" * 100
    assert zlib.decompress(member, 31) == b"text" * 50


def test_a_header_without_end_is_told_and_not_kept() -> None:
    _, damages = read("-", stdin=b"\x1f\x8b\x08\x08" + b"x" * 300_000)

    assert damages == [Damage("its gzip data are damaged: a header without end")]


def test_a_folder_gives_its_files_in_the_same_order_every_time(tmp_path: Path) -> None:
    for name in ("b/2.json", "b/1.json", "a/z.gz", "c.json", ".hidden", ".git/x", "b/.DS_Store"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")

    found = list(archive().sources([str(tmp_path), "-"]))

    expected = [str(tmp_path / name) for name in ("c.json", "a/z.gz", "b/1.json", "b/2.json")]
    assert found == [*expected, "-"]


def test_a_path_that_leads_nowhere_is_named_before_anything_is_read(tmp_path: Path) -> None:
    missing = str(tmp_path / "no-such.json")

    with pytest.raises(ConfigError, match=r"no-such\.json: no such file"):
        next(archive().sources(["-", missing]))
    with pytest.raises(ConfigError, match="name a bucket"):
        next(archive().sources(["s3://"]))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_path_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("{}")
    path.chmod(0)

    with pytest.raises(ConfigError, match=r"a\.json: may not be read"):
        next(archive().sources([str(path)]))


def test_a_file_that_vanishes_meanwhile_is_told(tmp_path: Path) -> None:
    _, damages = read(tmp_path / "gone.json")

    assert damages == [Damage("cannot be read: No such file or directory")]


def test_a_bucket_is_read_like_a_folder() -> None:
    objects = FakeObjects(**{"logs/1.gz": gzip.compress(b"one"), "logs/2": b"two", "logs/": b""})
    trail = Archive(io.BytesIO, lambda: objects)

    found = {source: list(trail.chunks(source)) for source in trail.sources(["s3://trail/logs"])}

    assert found["s3://trail/logs/1.gz"] == [b"one"]
    assert b"".join(c for c in found["s3://trail/logs/2"] if isinstance(c, bytes)) == b"two"
    assert len(found) == 2


@given(st.binary(max_size=200), st.integers(0, 250))
def test_any_bytes_after_a_gzip_head_are_unpacked_or_told(junk: bytes, keep: int) -> None:
    packed = gzip.compress(b"text" * 50)[:keep] + junk

    text, damages = read("-", stdin=packed)

    assert damages or text == packed or text == zlib.decompress(packed, 31)
