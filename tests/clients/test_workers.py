import os
import signal
from collections.abc import Iterator
from multiprocessing import get_context

import pytest

from awsteward.clients.workers import in_order
from awsteward.core.errors import ConfigError, RemoteError

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*multi-threaded, use of fork:DeprecationWarning"  # pytest-xdist has a thread
)


def parts(number: int) -> Iterator[tuple[int, int]]:
    for part in range(number % 3):
        yield number, part


def big(number: int) -> Iterator[bytes]:
    for _ in range(20):
        yield b"%d" % number * 20_000


def failing(number: int) -> Iterator[int]:
    yield number
    if number == 5:
        raise ConfigError("number 5 is wrong")


def killed(number: int) -> Iterator[int]:
    yield number
    if number == 5:
        os.kill(os.getpid(), signal.SIGKILL)


def where(_: int) -> Iterator[int]:
    yield os.getpid()


second_is_done = get_context("fork").Event()


def first_waits(number: int) -> Iterator[object]:
    if number == 0:
        yield second_is_done.wait(timeout=5)
    else:
        yield from big(number)
        second_is_done.set()


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_answers_come_in_the_order_of_the_items(workers: int) -> None:
    found = list(in_order(parts, range(50), workers))

    assert found == [part for number in range(50) for part in parts(number)]


def test_answers_larger_than_any_pipe_come_whole() -> None:
    found = b"".join(in_order(big, range(10), 2))

    assert found == b"".join(b"".join(big(number)) for number in range(10))


def test_no_worker_stands_still_until_its_turn() -> None:
    first, *_ = in_order(first_waits, range(2), 2)

    assert first is True


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_is_raised_where_it_stands_in_the_order(workers: int) -> None:
    found: list[int] = []

    with pytest.raises(ConfigError, match="number 5 is wrong"):
        found.extend(in_order(failing, range(9), workers))

    assert found == [0, 1, 2, 3, 4, 5]


def test_a_killed_worker_is_an_error_not_a_shorter_answer() -> None:
    with pytest.raises(RemoteError, match="worker process was ended"):
        list(in_order(killed, range(9), 2))


def test_workers_end_with_the_answers() -> None:
    pids = set(in_order(where, range(9), 2))

    assert len(pids) == 2
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_one_worker_is_this_process() -> None:
    assert set(in_order(where, range(3), 1)) == {os.getpid()}


def test_one_item_is_not_worth_a_process() -> None:
    assert set(in_order(where, range(1), 2)) == {os.getpid()}
