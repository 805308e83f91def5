"""What the kernel says, from bytes and text as it writes them."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsteward.rollout.gate import (
    BUSY,
    ESTABLISHED,
    IDLE,
    LISTEN,
    SPARE,
    UNSURE,
    Sample,
    diag_request,
    read_diag,
    read_proc_line,
)

PORT = 8080


def attribute(kind: int, body: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(body), kind) + body + bytes(-len(body) % 4)


def tcp_info(sent: int, received: int, size: int = 232) -> bytes:
    return struct.pack("=44xIII", sent, 7, received).ljust(size, b"\0")


def row(
    state: int = ESTABLISHED, port: int = PORT, queues: tuple[int, int] = (0, 0), rest: bytes = b"",
    sequence: int = 5, kind: int = 18, flags: int = 2,
) -> bytes:  # fmt: skip
    body = struct.pack("=BBBB", 2, state, 0, 0) + struct.pack(">HH", port, 40_000) + bytes(44)
    body += struct.pack("=IIIII", 0, *queues, 1000, 4711) + rest
    return struct.pack("=IHHII", 16 + len(body), kind, flags, sequence, 0) + body


def done(code: int = 0, kind: int = 3) -> bytes:
    return struct.pack("=IHHIIi", 20, kind, 2, 5, 0, code)


def read(data: bytes, *, keep: bool = False) -> tuple[bool, Sample]:
    sample = Sample()
    return read_diag(data + bytes(SPARE), len(data), 5, PORT, keep, sample, 30_000, 100), sample


def test_an_answer_is_counted_by_what_its_connections_are() -> None:
    other = attribute(8, b"\0") + attribute(21, bytes(8))
    rows = [
        row(rest=attribute(2, tcp_info(700, 500))),
        row(rest=other + attribute(2, tcp_info(500, 700))),
        row(rest=other + attribute(2, tcp_info(500, 500))),
        row(rest=attribute(8, b"\0") + attribute(2, tcp_info(500, 900, 104))),
        row(queues=(3, 0), rest=attribute(2, tcp_info(500, 700))),
        row(state=LISTEN, queues=(3, 128)),
        row(port=9090, rest=attribute(2, tcp_info(700, 500))),
        row(sequence=4, rest=attribute(2, tcp_info(700, 500))),
    ]

    last, sample = read(b"".join(rows))

    assert not last
    assert sample.counts == {BUSY: 2, UNSURE: 1, IDLE: 2}
    assert sample.ports == {PORT}


def test_a_listener_alone_is_seen_and_not_in_flight() -> None:
    last, sample = read(row(state=LISTEN, queues=(9, 128)) + done())

    assert last
    assert (sample.ports, sample.in_flight()) == ({PORT}, 0)


def test_a_connection_without_stamps_is_busy() -> None:
    assert read(row(rest=attribute(8, b"\0")))[1].counts[BUSY] == 1


def test_a_table_that_changed_meanwhile_is_not_idle() -> None:
    assert read(row(flags=2 | 0x10, rest=attribute(2, tcp_info(500, 700))))[1].in_flight()


def test_ages_are_kept_for_who_wants_them() -> None:
    _, sample = read(row(rest=attribute(2, tcp_info(700, 500))), keep=True)

    assert list(sample.ages.values()) == [500]
    assert [len(key) for key in sample.ages] == [36]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(done(-2, kind=2), id="refused"),
        pytest.param(done(-12), id="broken-off"),
        pytest.param(row()[:60], id="cut-off"),
        pytest.param(struct.pack("=IHHII", 40, 18, 2, 5, 0) + bytes(24), id="a-short-row"),
        pytest.param(struct.pack("=IHHII", 0, 18, 2, 5, 0) + bytes(72), id="no-size"),
        pytest.param(b"\1", id="one-byte"),
    ],
)
def test_what_is_no_whole_answer_is_an_error(data: bytes) -> None:
    with pytest.raises(OSError, match=r"cut off|No such|Cannot allocate"):
        read(data)


@given(st.binary(max_size=300))
def test_any_bytes_end_in_a_count_or_an_error(data: bytes) -> None:
    try:
        _, sample = read(data)
    except OSError:
        return
    assert sample.in_flight() >= 0


@given(cut=st.integers(1, 87 + 236))
def test_a_row_that_is_cut_anywhere_never_counts(cut: int) -> None:
    whole = row(rest=attribute(2, tcp_info(500, 700)))

    with pytest.raises(OSError, match="cut off"):
        read(whole[:cut])


def test_a_request_names_the_port_and_wants_tcp_info() -> None:
    asked = diag_request(PORT, (1, 10), 5)

    assert struct.unpack_from("=IHHI", asked) == (len(asked), 18, 0x301, 5)
    assert struct.pack(">H", PORT) in asked
    assert struct.pack("=I", 1 << 1 | 1 << 10) in asked


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        pytest.param(
            b"   0: 0100007F:1F90 0100007F:C350 01 00000003:00000A01 01:00000019 00000000  1000  "
            b"      0 4711 2 0000000000000000 20 4 30 10 -1\n",
            (8080, 1, 2561, 3),
            id="ipv4",
        ),
        pytest.param(
            b"  11: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:C350 08 "
            b"00000000:00000001 00:00000000 00000000     0        0 0 1 0000000000000000\n",
            (8080, 8, 1, 0),
            id="ipv4-on-an-ipv6-listener",
        ),
    ],
)
def test_a_line_of_proc_is_read(line: bytes, fields: tuple[int, int, int, int]) -> None:
    *read, key = read_proc_line(line)

    assert tuple(read) == fields
    assert b":C350" in key
