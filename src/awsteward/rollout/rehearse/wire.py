"""The small HTTP/1.1 server that the programs of a rehearsal share; standard library only.

It keeps connections, knows which of them are busy, and can leave: no new ones, idle ones closed,
busy ones closed with their answer. Not a server for anything but rehearsals.
"""

import asyncio
import functools
from collections.abc import Callable
from dataclasses import dataclass

BACKLOG = 4096
REASONS = {200: "OK", 204: "No Content", 500: "Internal Server Error"}

Reply = Callable[[int, bytes], None]
Handle = Callable[[str, Reply], None]


@dataclass(slots=True)
class _State:
    leaving: bool = False
    server: asyncio.Server | None = None


class Door:
    """All connections of one process; *handle* gets a request's target and how to answer it."""

    def __init__(self, name: str, handle: Handle) -> None:
        self.name = name
        self.handle = handle
        self.connections: set[Connection] = set()
        self.left = asyncio.Event()
        self._state = _State()

    @property
    def leaving(self) -> bool:
        """No new connections any more."""
        return self._state.leaving

    async def listen(self, port: int) -> None:
        """Take connections from now on."""
        loop = asyncio.get_running_loop()
        self._state.server = await loop.create_server(
            lambda: Connection(self), "127.0.0.1", port, backlog=BACKLOG
        )

    def leave(self) -> None:
        """Take no new connection, close the idle ones; `left` when the last one was answered."""
        self._state.leaving = True
        if self._state.server:
            self._state.server.close()
        for each in tuple(self.connections):
            each.close_if_idle()
        self.see_whether_empty()

    def see_whether_empty(self) -> None:
        """The last connection may have gone."""
        if self.leaving and not self.connections:
            self.left.set()


class Connection(asyncio.Protocol):
    """One connection: a request at a time, the next one waits in the buffer."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """One more."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
            self._door.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio's signature
        """Work that was begun goes on without it, as it does in real servers."""
        self._transport = None
        if not self._busy:
            self._gone()

    def data_received(self, data: bytes) -> None:
        """Bytes of this request or of the next one."""
        self._buffer += data
        self._begin()

    def close_if_idle(self) -> None:
        """Nothing entered that is not answered: close."""
        if not self._busy and self._transport:
            self._transport.close()

    def _begin(self) -> None:
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if self._busy or not end or len(rest) < (size := _body_size(head)):
            return
        self._buffer = rest[size:]
        self._busy = True
        self._door.handle(head.split(b" ", 2)[1].decode("latin-1"), self._answer)

    def _answer(self, status: int, body: bytes) -> None:
        self._busy = False
        if self._transport is None or self._transport.is_closing():
            self._gone()
            return
        first = f"HTTP/1.1 {status} {REASONS[status]}\r\nX-Replica: {self._door.name}\r\n"
        last = "Connection: close\r\n" if self._door.leaving else ""
        head = f"{first}{last}Content-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode("latin-1") + body)
        if self._door.leaving:
            self._transport.close()
        elif self._buffer:
            self._begin()

    def _gone(self) -> None:
        self._door.connections.discard(self)
        self._door.see_whether_empty()


@functools.lru_cache(maxsize=1024)
def _body_size(head: bytes) -> int:
    for line in head.lower().split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return int(value)
    return 0
