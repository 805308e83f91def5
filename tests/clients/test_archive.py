import gzip
import io
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsteward.clients.archive import Archive, Damage, Objects
from awsteward.core.errors import ConfigError

TEXT = b"".join(b'{"n":%d}\n' % number for number in range(100_000))


class FakeObjects:
    def __init__(self, **objects: bytes) -> None:
        self.objects = objects

    def keys(self, bucket: str, prefix: str) -> Iterator[str]:
        assert bucket == "trail"
        yield from (key for key in sorted(self.objects) if key.startswith(prefix))

    def read(self, bucket: str, key: str) -> Iterator[bytes]:
        assert bucket == "trail"
        body = self.objects[key]
        yield from (body[at : at + 5] for at in range(0, len(body), 5))


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
