import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awsteward.core.damage import Damage
from awsteward.tags.read.records import Broken, records


def call(number: int, **members: Any) -> dict[str, Any]:
    return {
        "eventVersion": "1.09",
        "userIdentity": {"type": "IAMUser", "userName": 'ana "},{"'},
        "eventTime": "2026-03-01T08:00:00Z",
        "eventSource": "sqs.amazonaws.com",
        "eventName": "CreateQueue",
        "requestParameters": {"list": [{"event": 1}, {"eventName": 2}]},
        "eventID": f"event-{number}",
        **members,
    }


CALLS = [call(number) for number in range(3)]
TEXTS = [json.dumps(one).encode() for one in CALLS]
IDS = ["event-0", "event-1", "event-2"]


def read(*chunks: bytes | Damage) -> tuple[list[str | None], list[Broken]]:
    ids, broken = list[str | None](), list[Broken]()
    for found in records("f", chunks):
        if isinstance(found, Broken):
            broken.append(found)
        else:
            ids += [one.event_id for one in found]
    return ids, broken


def cut(text: bytes, size: int) -> Iterable[bytes]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def envelope(detail: dict[str, Any]) -> dict[str, Any]:
    kind = "AWS API Call via CloudTrail"
    return {"version": "0", "id": "x", "detail-type": kind, "source": "aws.sqs", "detail": detail}


def queued(detail: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageId": "m",
        "body": json.dumps(envelope(detail)),
        "eventSource": "aws:sqs",
        "awsRegion": "eu-west-1",
    }


def received(detail: dict[str, Any]) -> dict[str, Any]:
    topic = {"Type": "Notification", "Message": json.dumps(envelope(detail))}
    return {"MessageId": "m", "Body": json.dumps(topic)}


FORMS = [
    pytest.param({"Records": CALLS}, id="CloudTrail file"),
    pytest.param(CALLS, id="array"),
    pytest.param([envelope(one) for one in CALLS], id="EventBridge envelopes"),
    pytest.param({"Records": [queued(one) for one in CALLS]}, id="Lambda event of a queue"),
    pytest.param({"Messages": [received(one) for one in CALLS]}, id="messages of a queue"),
    pytest.param(
        {"Events": [{"EventId": "e", "CloudTrailEvent": json.dumps(one)} for one in CALLS]},
        id="lookup-events",
    ),
    pytest.param([dict(sorted(one.items())) for one in CALLS], id="members in another order"),
]


@pytest.mark.parametrize("size", [1, 100, 1_000_000])
@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_file_gives_its_records(form: Any, indent: int | None, size: int) -> None:
    text = json.dumps(form, indent=indent).encode()

    assert read(*cut(text, size)) == (IDS, [])


@pytest.mark.parametrize("size", [1, 100, 1_000_000])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\n\n"])
def test_json_lines_give_their_records(end: bytes, size: int) -> None:
    assert read(*cut(end.join(TEXTS), size)) == (IDS, [])
    assert read(*cut(end.join(TEXTS) + end, size)) == (IDS, [])


@pytest.mark.parametrize("end", [b"\n", b", "])
def test_the_records_of_a_sound_piece_come_all_at_once(end: bytes) -> None:
    text = end.join(TEXTS * 20)
    text = b"[%s]" % text if b"," in end else text
    pieces = [text[:99], *cut(text[99:], 2000)]

    batches = [batch for batch in records("f", pieces) if not isinstance(batch, Broken)]

    assert [one.event_id for batch in batches for one in batch] == IDS * 20
    assert len(batches) <= len(pieces) < len(IDS) * 20


@pytest.mark.parametrize(
    "text",
    [b'{"Records": [' + b", ".join(TEXTS) + b"] }", b"\n".join(TEXTS)],
    ids=["list", "lines"],
)
def test_a_file_gives_its_records_wherever_it_is_cut(text: bytes) -> None:
    for at in range(1, len(text)):
        assert read(text[:at], text[at:]) == (IDS, [])


def test_lines_of_envelopes_and_a_bare_record_are_read() -> None:
    lines = "\n".join(json.dumps(envelope(one)) for one in CALLS)

    assert read(lines.encode()) == (IDS, [])
    assert read(TEXTS[0]) == (IDS[:1], [])
    assert read(b"\xef\xbb\xbf" + TEXTS[0]) == (IDS[:1], [])


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        pytest.param(b"{", "", id="unclosed"),
        pytest.param(b'{"eventVersion": "1", "x": "a"b"}', "malformed", id="stray quote"),
        pytest.param(b'{"eventVersion": "1", "x": [}', "malformed", id="unclosed list"),
        pytest.param(b'{"eventName": 5}', "Expected `str | null`, got `int`", id="wrong type"),
        pytest.param(b'{"eventName": %s}' % (b"7" * 1_000_000), "out of range", id="number"),
        pytest.param(b'{"a": %s}' % (b"[" * 100_000 + b"]" * 100_000), "too deeply", id="deep"),
        pytest.param(b'{"a": "%s"}' % (b"x" * 9_000_000), "longer than", id="long"),
        pytest.param(b'{"some": "object"}', "no CloudTrail record", id="other object"),
        pytest.param(b'{"body": "{}}"}', "what it wraps", id="broken body"),
        pytest.param(b'{"digestStartTime": "x", "logFiles": []}', "digest", id="digest"),
        pytest.param(b'"text", 17, null', "no JSON object", id="scalars"),
    ],
)
@pytest.mark.parametrize("size", [100_000, 20_000_000])
def test_a_broken_record_is_told_and_hides_no_other(bad: bytes, why: str, size: int) -> None:
    text = b'{"Records": [' + TEXTS[0] + b"," + bad + b"," + TEXTS[1] + b"," + TEXTS[2] + b"]}"

    ids, broken = read(*cut(text, size))

    assert ids == IDS
    assert why in broken[0].why
    assert (broken[0].file, broken[0].index) == ("f", 1)


@pytest.mark.parametrize(
    ("agent", "why"),
    [
        pytest.param(b"\xff\xfe", "UTF-8", id="not UTF-8"),
        pytest.param(b"\x00", "invalid character", id="NUL"),
        pytest.param(b"\\ud800", "", id="lone surrogate"),
        pytest.param(b"\\\\\\udfff \\ud83d\\ude00", "", id="second half alone"),
    ],
)
def test_no_bytes_a_caller_chooses_hide_what_it_created(agent: bytes, why: str) -> None:
    hostile = TEXTS[1].replace(b"sqs.", agent + b"sqs.")

    ids, broken = read(b"[" + TEXTS[0] + b"," + hostile + b"," + TEXTS[2] + b"]")

    assert ids == IDS
    assert why in broken[0].why
    assert "read without what is wrong in it" in broken[0].why


def test_bytes_that_are_no_text_are_told_wherever_they_stand() -> None:
    hostile = TEXTS[1].replace(b'"list"', b'"l\xffst"')

    ids, broken = read(b"[" + TEXTS[0] + b"," + hostile + b"," + TEXTS[2] + b"]")

    assert ids == IDS
    assert [(one.index, "UTF-8" in one.why) for one in broken] == [(1, True)]


def test_a_file_that_ends_too_early_gives_what_it_holds() -> None:
    text = json.dumps({"Records": CALLS}).encode()

    ids, broken = read(text[:-20], Damage("its gzip data end too early"))

    assert ids == IDS[:2]
    assert [one.why for one in broken] == [
        "the file ends inside it",
        "the file ends before its list does",
        "its gzip data end too early",
    ]


@pytest.mark.parametrize("text", [b"", b" \n "])
def test_an_empty_file_is_told(text: bytes) -> None:
    assert read(text) == ([], [Broken(file="f", index=None, why="is empty")])


def test_a_file_of_which_nothing_can_be_unpacked_is_damaged_not_empty() -> None:
    assert read(Damage("no gzip")) == ([], [Broken(file="f", index=None, why="no gzip")])


@pytest.mark.parametrize("text", [b'{"Records":[]}', b"[]"])
def test_a_file_without_records_is_nothing_to_tell(text: bytes) -> None:
    assert read(text) == ([], [])


def test_a_long_run_of_the_same_trouble_is_told_in_few_words() -> None:
    ids, broken = read(b"[" + b'{"a":1},' * 5000 + TEXTS[0] + b"]")

    assert ids == IDS[:1]
    assert len(broken) == 21
    assert broken[-1].why == "4,980 more that are no records either"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Records", "body", "detail", "eventName", "Message", "eventVersion"])
            | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150)
@given(anything, st.integers(1, 400))
def test_arbitrary_json_among_records_hides_none(junk: Any, size: int) -> None:
    text = json.dumps([CALLS[0], junk, CALLS[1]]).encode()

    ids, _ = read(*cut(text, size))

    assert ids[0] == "event-0"
    assert ids[-1] == "event-1"


@settings(max_examples=150)
@given(st.lists(st.binary(max_size=30) | st.sampled_from([*TEXTS, b"[", b"{", b'"', b"}"])))
def test_arbitrary_bytes_are_read_or_told(chunks: list[bytes]) -> None:
    ids, broken = read(*chunks)

    assert ids or broken or not b"".join(chunks).strip(b"[]{}, \r\n\t\x0b\x0c:\xef\xbb\xbf")


@given(st.integers(0, 2), st.binary(min_size=1, max_size=3), st.data())
def test_damage_in_one_record_leaves_the_others(
    which: int, junk: bytes, data: st.DataObject
) -> None:
    at = data.draw(st.integers(1, len(TEXTS[which]) - 2))
    texts = list(TEXTS)
    texts[which] = texts[which][:at] + junk + texts[which][at + 1 :]

    ids, _ = read(b'{"Records":[' + b",".join(texts) + b"]}")

    assert {one for number, one in enumerate(IDS) if number != which} <= set(ids)
