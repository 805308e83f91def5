import json
import re
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awsteward.core.json_stream import Elements, Lost

MARK = re.compile(rb'\{\s*"eventVersion"')
RECORD = b'{"eventVersion":"1.09","a":[{"b":"]}\\""}]}'


def elements(*chunks: bytes, limit: int = 1000) -> list[bytes | Lost]:
    lists = frozenset({b"Records", b"Messages"})
    return list(Elements(chunks, lists=lists, mark=MARK, limit=limit))


def cut(text: bytes, size: int) -> list[bytes]:
    return [text[at : at + size] for at in range(0, len(text), size)]


@pytest.mark.parametrize("size", [1, 2, 7, 10_000])
@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b'{"Records":[%s , %s]}', id="a CloudTrail file"),
        pytest.param(b'\xef\xbb\xbf{"Records":[%s , %s]}', id="with a byte order mark"),
        pytest.param(b"[%s,\n%s]", id="an array"),
        pytest.param(b"%s\n%s\n", id="JSON Lines"),
        pytest.param(b'{"Records":[%s]}\n{"Records":[%s]}', id="files one after the other"),
        pytest.param(b'[{"Records":[%s]},{"Records":[%s]}]', id="an array of files"),
        pytest.param(b'{"v":{"w":[1]},"Records":[%s],"n":1,"Messages":[%s]}', id="other members"),
        pytest.param(b'{"Records":[]}[[%s],[[%s]]]', id="nested arrays"),
    ],
)
def test_every_way_to_write_two_elements_gives_two(text: bytes, size: int) -> None:
    assert elements(*cut(text % (RECORD, RECORD), size)) == [RECORD, RECORD]


@pytest.mark.parametrize("size", [1, 5, 10_000])
def test_an_unclosed_element_does_not_hide_the_next(size: int) -> None:
    text = b'[{"eventVersion":"1","a":{,' + RECORD + b"," + RECORD + b"]"

    found = elements(*cut(text, size))

    assert found[-2:] == [RECORD, RECORD]
    assert isinstance(found[0], Lost)


@pytest.mark.parametrize("size", [1, 64, 100_000])
@pytest.mark.parametrize(
    "long",
    [
        pytest.param(b'{"a":"' + b"x" * 5000 + b'"}', id="string"),
        pytest.param(b'{"a":"' + b'\\"' * 2500 + b'"}', id="escapes"),
        pytest.param(b'{"a":' + b"7" * 5000 + b"}", id="number"),
        pytest.param(b'{"a":' + b"[" * 2500 + b"]" * 2500 + b"}", id="nesting"),
        pytest.param(b'{"a":' + b'{"b":"}"},' * 500 + b"0}", id="members"),
    ],
)
def test_an_element_over_the_limit_is_reported_and_passed(long: bytes, size: int) -> None:
    found = elements(*cut(b"[" + RECORD + b"," + long + b"," + RECORD + b"]", size))

    assert found == [RECORD, Lost("longer than 1,000 bytes, which no record is"), RECORD]


def test_a_broken_element_over_the_limit_hides_nothing_that_begins_in_it() -> None:
    text = b'[{"a":"' + b"x" * 5000 + b"\n," + RECORD + b"," + RECORD + b"]"

    found = elements(*cut(text, 500))

    assert found[-2:] == [RECORD, RECORD] or found[-3:-1] == [RECORD, RECORD]


def test_a_stray_bracket_hides_nothing_that_comes_after_it() -> None:
    found = elements(b'{"Records":[' + RECORD + b"]," + RECORD + b"," + RECORD + b"]}")

    assert [one for one in found if isinstance(one, bytes)] == [RECORD] * 3
    assert Lost("a stray bracket ends its list") in found


def test_a_file_that_ends_too_early_says_so() -> None:
    whole = b'{"Records":[' + RECORD + b"," + RECORD

    assert elements(whole) == [RECORD, RECORD, Lost("the file ends before its list does")]
    assert elements(whole[:-3])[1] == Lost("the file ends inside it")


def test_a_string_of_any_size_takes_little_memory() -> None:
    def endless() -> Iterator[bytes]:
        yield b'{"Records":[{"a":"'
        for _ in range(100):
            yield b"x" * (1 << 20)
        yield b'"},' + RECORD + b"]}"

    tracemalloc.start()
    found = list(Elements(endless(), lists=frozenset({b"Records"}), mark=MARK))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [type(one) for one in found] == [Lost, bytes]
    assert peak < 32 << 20


def test_brackets_without_end_hide_nothing_that_begins_after_them() -> None:
    found = elements(*[b"[" * 100_000] * 20, RECORD[:5], RECORD[5:] + RECORD)

    assert isinstance(found[0], Lost)
    assert [one for one in found if isinstance(one, bytes)] == [RECORD, RECORD]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@settings(max_examples=40)
@given(st.lists(st.dictionaries(st.text(max_size=4), anything), max_size=4), st.integers(1, 50))
def test_any_objects_come_out_as_they_went_in(objects: list[dict[str, Any]], size: int) -> None:
    text = json.dumps({"Records": objects}).encode()

    found = elements(*cut(text, size), limit=1 << 20)

    assert [json.loads(one) for one in found if isinstance(one, bytes)] == objects


@given(st.lists(st.binary() | st.sampled_from([b"{", b"}", b"[", b"]", b'"', b"\\", RECORD])))
def test_arbitrary_bytes_never_trouble_it(chunks: list[bytes]) -> None:
    for found in elements(*chunks):
        assert found
