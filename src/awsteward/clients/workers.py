"""Other processors put to work: a function carried out on many items, in forked processes.

The parts of each answer come in the order of the items. Where processes cannot safely be forked,
or there is one processor only, everything happens in this one.
"""

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import TypeVar

from awsteward.core.errors import RemoteError, StewardError

Item = TypeVar("Item")
Part = TypeVar("Part")

MOST = 2
"""Every worker costs memory, and one process must take in what all of them say."""
_AHEAD = 2


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
    if workers <= 1:
        for item in items:
            yield from function(item)
        return
    with ExitStack() as stack:
        pipes = [_hire(function, stack) for _ in range(workers)]
        busy: deque[Connection] = deque()
        for item, pipe in zip(items, cycle(pipes)):
            if len(busy) == workers * _AHEAD:
                yield from _parts(busy.popleft())
            pipe.send(item)
            busy.append(pipe)
        while busy:
            yield from _parts(busy.popleft())


def _parts(pipe: Connection) -> Iterator[Part]:
    while True:
        try:
            part = pipe.recv()
        except (EOFError, ConnectionError) as error:
            raise RemoteError("a worker process was ended; run the command again") from error
        if not isinstance(part, _End):
            yield part
        elif part.error is not None:
            raise part.error
        else:
            return


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
