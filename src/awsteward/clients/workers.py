"""Other processors put to work: a function carried out on many items, in forked processes.

The parts of each answer come in the order of the items. Where processes cannot safely be forked,
or there is one processor or one item only, everything happens in this one.
"""

import os
import pickle
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import chain, cycle, islice
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from awsteward.core.errors import RemoteError, StewardError

Item = TypeVar("Item")
Part = TypeVar("Part")

MOST = 2
"""Every worker costs memory, and one process must take in what all of them say."""
_AHEAD = 8
"""Items handed to each worker at most: one that gets less time must not leave the other idle."""
_KEPT = 8 << 20
"""Bytes, about, that are held of each worker until its turn; it waits before it says more."""
_NOTHING = b""
"""In place of what a worker that was ended can no longer say."""


@dataclass(frozen=True, slots=True)
class _End:
    """One item is done, or could not be."""

    error: StewardError | None = None


def available() -> int:
    """How many workers pay here; 1 means that no process is forked."""
    if not sys.platform.startswith("linux"):
        return 1
    return min(MOST, len(os.sched_getaffinity(0)))


def in_order(
    function: Callable[[Item], Iterable[Part]], items: Iterable[Item], workers: int
) -> Iterator[Part]:
    """Yield every part of ``function(item)`` for each of *items*; both must be picklable.

    A `StewardError` is raised here as it was there. Workers wait for room before they say more,
    so memory stays flat; and they end with this process, however it ends.
    """
    coming = iter(items)
    first = tuple(islice(coming, workers))
    if len(first) <= 1:
        for item in chain(first, coming):
            yield from function(item)
        return
    with ExitStack() as stack:
        pipes = [_hire(function, stack) for _ in first]
        heard = _Heard(pipes)
        busy: deque[Connection] = deque()
        for item, pipe in zip(chain(first, coming), cycle(pipes)):
            if len(busy) == len(pipes) * _AHEAD:
                yield from _parts(heard, busy.popleft())
            with suppress(ConnectionError):  # that it was ended is told when its turn comes
                pipe.send(item)
            busy.append(pipe)
        while busy:
            yield from _parts(heard, busy.popleft())


def _parts(heard: "_Heard", pipe: Connection) -> Iterator[Any]:
    while not isinstance(part := heard.next(pipe), _End):
        yield part
    if part.error is not None:
        raise part.error


class _Heard:
    """What workers said before their turn: none stands still while another is listened to."""

    def __init__(self, pipes: Iterable[Connection]) -> None:
        self._kept: dict[Connection, deque[bytes]] = {pipe: deque() for pipe in pipes}

    def next(self, pipe: Connection) -> Any:  # noqa: ANN401  a part or `_End`, as it was pickled
        """What comes next from the worker at *pipe*."""
        kept = self._kept[pipe]
        while not kept:
            open_to = [each for each, said in self._kept.items() if _has_room(said)]
            for ready in wait(open_to):
                if isinstance(ready, Connection):
                    self._kept[ready].append(_said(ready))
        said = kept.popleft()
        if said == _NOTHING:
            raise RemoteError("a worker process was ended; run the command again")
        return pickle.loads(said)  # noqa: S301  our own process said it


def _has_room(said: deque[bytes]) -> bool:
    """False, too, for a worker that was ended: its pipe would go on saying nothing."""
    ended = bool(said) and said[-1] == _NOTHING
    return not ended and sum(map(len, said)) < _KEPT


def _said(pipe: Connection) -> bytes:
    try:
        return pipe.recv_bytes()
    except (EOFError, ConnectionError):
        return _NOTHING


def _hire(function: Callable[[Item], Iterable[Part]], stack: ExitStack) -> Connection:
    forking = get_context("fork")
    ours, theirs = forking.Pipe()
    process = forking.Process(target=_work, args=(function, theirs, ours), daemon=True)
    process.start()
    theirs.close()
    stack.callback(_dismiss, process, ours)
    return ours


def _dismiss(process: BaseProcess, pipe: Connection) -> None:
    pipe.close()
    process.terminate()
    process.join()


def _work(
    function: Callable[[Item], Iterable[Part]], pipe: Connection, parents_end: Connection
) -> None:
    """Wait for items until the other end of the pipe is closed, by whatever befalls the parent."""
    parents_end.close()
    try:
        while True:
            item = pipe.recv()
            try:
                for part in function(item):
                    pipe.send(part)
                pipe.send(_End())
            except StewardError as error:
                pipe.send(_End(error))
    except (EOFError, ConnectionError, KeyboardInterrupt):
        return
