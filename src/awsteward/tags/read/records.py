"""From bytes to records: CloudTrail files, JSON Lines, event envelopes, queue messages.

What a whole stretch of well-formed records allows is done at once; whatever else comes goes
through `core.json_stream` element by element, so that a broken record hides no other one. What
a record means is not asked here.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import msgspec

from awsteward.core.damage import Damage
from awsteward.core.json_stream import Elements, Lost
from awsteward.tags.read.record import Record

_MARK = re.compile(rb'\{\s*"eventVersion"\s*:')
_LISTS = frozenset({b"Records", b"Messages", b"Events"})
"""CloudTrail files and Lambda's queue events; `aws sqs receive-message`; `lookup-events`."""
_LIST_HEAD = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\{\s*"Records"\s*:\s*)?\[(?=\s*\{\s*("\w+"))')
_BETWEEN = re.compile(rb"\}(\s*,\s*)\{\s*\Z")
_LIST_TAIL = re.compile(rb"\]\s*\}?\s*\Z")
_LONGEST_GAP = 64
_FAST_LIMIT = 4 << 20
_MOST_WRAPPINGS = 5
_SAME_TROUBLE = 20
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\r"))
_WITHOUT_CONTROLS = bytes.maketrans(_CONTROLS, b"?" * len(_CONTROLS))
_SURROGATE = re.compile(rb"\\\\|(\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w)|\\u[dD][89a-fA-F]\w\w")


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """What could not be read of a file, or not as it stands."""

    file: str
    index: int | None
    """Which element of the file, counted from 0; None where it is the file itself."""
    why: str


_ABSENT = msgspec.Raw()


class _Wrapping(msgspec.Struct, frozen=True):
    """Everything that a record may come wrapped in; a record itself has none of it."""

    detail: msgspec.Raw = _ABSENT
    body: str | None = None
    queue_body: str | None = msgspec.field(name="Body", default=None)
    message: str | None = msgspec.field(name="Message", default=None)
    looked_up: str | None = msgspec.field(name="CloudTrailEvent", default=None)
    records: list[msgspec.Raw] = msgspec.field(name="Records", default_factory=list)
    messages: list[msgspec.Raw] = msgspec.field(name="Messages", default_factory=list)
    events: list[msgspec.Raw] = msgspec.field(name="Events", default_factory=list)
    digest: msgspec.Raw = msgspec.field(name="digestStartTime", default=_ABSENT)


_records = msgspec.json.Decoder(list[Record])
_record = msgspec.json.Decoder(Record)
_wrapping = msgspec.json.Decoder(_Wrapping)
_UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def records(file: str, chunks: Iterable[bytes | Damage]) -> Iterator[list[Record] | Broken]:
    """Yield every record of *file* in order, many at a time, and `Broken` for all that is none."""
    damages: list[Damage] = []
    sound = _sound(chunks, damages)
    first = next(sound, b"")
    if (not first or first.isspace()) and not damages:
        yield Broken(file=file, index=None, why="is empty")
    yield from _batches(file, first, sound)
    for damage in damages:
        yield Broken(file=file, index=None, why=damage.why)


def _sound(chunks: Iterable[bytes | Damage], damages: list[Damage]) -> Iterator[bytes]:
    for chunk in chunks:
        if isinstance(chunk, Damage):
            damages.append(chunk)
        else:
            yield chunk


def _batches(file: str, first: bytes, chunks: Iterator[bytes]) -> Iterator[list[Record] | Broken]:
    """Take whole stretches as long as they are well-formed, then go on one by one.

    Of each piece only the last record is held back: *rest*, which the next piece completes.
    """
    form = _form(first)
    index, rest, piece = 0, b"", first[len(form.opening) :]
    while piece and len(rest) < _FAST_LIMIT:
        following = next(chunks, b"")
        end, begin = form.boundary(piece) if following else form.end(piece)
        batch = form.decode(rest, piece, end) if begin else []
        if batch is None:
            rest, piece = rest + piece, following
            break
        if batch:
            yield batch
        index += len(batch)
        rest, piece = piece[begin:] if begin else rest + piece, following
    if rest:
        yield from _one_by_one(file, index, chain((form.opening + rest + piece,), chunks))


@dataclass(frozen=True, slots=True)
class _List:
    """Records in one JSON array, as CloudTrail writes them."""

    opening: bytes
    first_key: bytes

    def boundary(self, piece: bytes) -> tuple[int, int]:
        """Where the last record but one ends and where the last one begins; 0 if not here."""
        key = piece.rfind(self.first_key)
        between = _BETWEEN.search(piece, max(0, key - _LONGEST_GAP), max(0, key))
        return (between.start(1), between.end(1)) if between else (0, 0)

    def end(self, piece: bytes) -> tuple[int, int]:
        """Where the last record ends, if the array is closed here, and where that does."""
        tail = _LIST_TAIL.search(piece, max(0, len(piece) - _LONGEST_GAP))
        return (tail.start(), len(piece)) if tail else (0, 0)

    def decode(self, rest: bytes, piece: bytes, end: int) -> list[Record] | None:
        """Every record before *end*, or None where one of them needs a closer look.

        Should *end* lie inside a record, its brackets would not match and nothing be decoded.
        """
        text = b"".join((b"[", rest, memoryview(piece)[:end], b"]"))
        return _decoded(_records.decode, text)


@dataclass(frozen=True, slots=True)
class _Lines:
    """One record on each line."""

    opening = b""

    def boundary(self, piece: bytes) -> tuple[int, int]:
        """Where the last line begins."""
        return (end := piece.rfind(b"\n") + 1), end

    def end(self, piece: bytes) -> tuple[int, int]:
        """The last line may go without its newline."""
        return len(piece), len(piece)

    def decode(self, rest: bytes, piece: bytes, end: int) -> list[Record] | None:
        """Every record before *end*, or None where one of them needs a closer look."""
        return _decoded(_record.decode_lines, b"".join((rest, memoryview(piece)[:end])))


def _form(text: bytes) -> _List | _Lines:
    head = _LIST_HEAD.match(text)
    return _List(head.group(), head.group(1)) if head else _Lines()


def _decoded(decode: Callable[[bytes], list[Record]], text: bytes) -> list[Record] | None:
    try:
        if not text.isascii():
            text.decode()
        found = decode(text)
    except _UNDECODABLE:
        return None
    for record in found:
        if record.event_name is None:
            return None
    return found


def _one_by_one(file: str, index: int, chunks: Iterable[bytes]) -> Iterator[list[Record] | Broken]:
    """Look at each element by itself; a long run of the same trouble is told in few words."""
    elements = Elements(chunks, lists=_LISTS, mark=_MARK)
    in_trouble = 0
    for index, element in enumerate(elements, index):  # noqa: PLR1704, B020
        for one in _looked_at(element, elements):
            if isinstance(one, Record):
                if in_trouble > _SAME_TROUBLE:
                    yield _more_trouble(file, in_trouble)
                in_trouble = 0
                yield [one]
                continue
            in_trouble += 1
            if in_trouble <= _SAME_TROUBLE:
                yield Broken(file=file, index=index, why=one)
    if in_trouble > _SAME_TROUBLE:
        yield _more_trouble(file, in_trouble)


def _more_trouble(file: str, elements: int) -> Broken:
    return Broken(
        file=file, index=None, why=f"{elements - _SAME_TROUBLE:,} more that are no records either"
    )


def _looked_at(element: bytes | Lost, elements: Elements) -> Iterator[Record | str]:
    """The records in one element, and what is wrong with it."""
    if isinstance(element, Lost):
        yield element.why
        return
    try:
        element.decode()
        yield from _unwrapped(element, 0)
    except _UNDECODABLE as error:
        yield from _mended(element, _why(element, error), elements)


def _unwrapped(text: bytes, wrappings: int) -> Iterator[Record | str]:
    wrapping = _wrapping.decode(text)
    inner: list[bytes | msgspec.Raw] = [
        *wrapping.records, *wrapping.messages, *wrapping.events,
        *([wrapping.detail] if wrapping.detail != _ABSENT else ()),
    ]  # fmt: skip
    strings = (wrapping.body, wrapping.queue_body, wrapping.message, wrapping.looked_up)
    inner += [string.encode() for string in strings if string is not None]
    if not inner:
        yield _bare(text, wrapping)
    elif wrappings == _MOST_WRAPPINGS:
        yield "wrapped too many times"
    for part in inner if wrappings < _MOST_WRAPPINGS else ():
        try:
            yield from _unwrapped(bytes(part), wrappings + 1)
        except _UNDECODABLE as error:
            yield f"what it wraps is no record: {_why(bytes(part), error)}"


def _bare(text: bytes, wrapping: _Wrapping) -> Record | str:
    record = _record.decode(text)
    if record.event_name or record.event_source or record.event_version:
        return record
    if wrapping.digest != _ABSENT:
        return "a CloudTrail digest, which holds no records"
    return "no CloudTrail record: it has no eventVersion, eventSource or eventName"


def _mended(element: bytes, why: str, elements: Elements) -> Iterator[Record | str]:
    """A record with bytes no JSON may have is read without them; another that begins in it is kept.

    Callers choose parts of a record (their user agent): none of it may hide what they created.
    """
    mended = _SURROGATE.sub(
        lambda found: found[0] if found[1] or found[0] == rb"\\" else rb"\ufffd",
        element.translate(_WITHOUT_CONTROLS),
    )
    mended = mended.decode(errors="replace").encode()
    try:
        found = list(_unwrapped(mended, 0)) if mended != element else []
    except _UNDECODABLE:
        found = []
    if found:
        yield f"{why}; read without what is wrong in it"
        yield from found
        return
    yield why
    if mark := _MARK.search(element, 1):
        elements.back(element[mark.start() :])


def _why(text: bytes, error: Exception) -> str:
    if not text.startswith(b"{"):
        return f"no JSON object: {text[:40]!r}"
    match error:
        case RecursionError():
            return "nested too deeply"
        case UnicodeDecodeError():
            return "has bytes that are not UTF-8"
        case _:
            return str(error)
