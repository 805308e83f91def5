"""A queue as SQS is one: a message that was received and not deleted comes back.

    POST /work/ID?s=0.1   send (what the load of a rehearsal posts), answered when it is kept
    GET  /receive         the next message as ``receipt id seconds``, or 204 after waiting a moment
    GET  /done/RECEIPT    delete it
    GET  /depth           how many are not deleted yet
With ``--hands-over`` a message is deleted when it is received: the taker alone knows of it then.
Standard library only.
"""

import argparse
import asyncio
import itertools
import sys
from collections import deque
from urllib.parse import parse_qs, urlsplit

from awsteward.rollout.rehearse.wire import Door, Reply

WAIT_S = 0.5


class Queue:
    """Messages that wait, and those that somebody has."""

    def __init__(self, visibility_s: float, *, hands_over: bool) -> None:
        self._visibility_s = visibility_s
        self._hands_over = hands_over
        self._waiting: deque[tuple[str, str]] = deque()
        self._taken: dict[str, asyncio.TimerHandle] = {}
        self._takers: deque[Reply] = deque()
        self._receipts = itertools.count(1)

    def handle(self, target: str, reply: Reply) -> None:
        """One call."""
        parts = urlsplit(target)
        _, call, *rest = parts.path.split("/")
        match call:
            case "work":
                self._put((rest[0], parse_qs(parts.query)["s"][0]))
                reply(200, b"ok\n")
            case "receive":
                self._takers.append(reply)
                asyncio.get_running_loop().call_later(WAIT_S, self._give_up, reply)
                self._match()
            case "done":
                if timer := self._taken.pop(rest[0], None):
                    timer.cancel()
                reply(200, b"ok\n")
            case _:
                reply(200, str(len(self._waiting) + len(self._taken)).encode())

    def _put(self, message: tuple[str, str]) -> None:
        self._waiting.append(message)
        self._match()

    def _match(self) -> None:
        while self._waiting and self._takers:
            message, reply = self._waiting.popleft(), self._takers.popleft()
            receipt = str(next(self._receipts))
            if not self._hands_over:
                self._taken[receipt] = asyncio.get_running_loop().call_later(
                    self._visibility_s, self._again, receipt, message
                )
            reply(200, " ".join((receipt, *message)).encode())

    def _again(self, receipt: str, message: tuple[str, str]) -> None:
        self._taken.pop(receipt, None)
        self._put(message)

    def _give_up(self, reply: Reply) -> None:
        if reply in self._takers:
            self._takers.remove(reply)
            reply(204, b"")


async def _run(given: argparse.Namespace) -> None:
    queue = Queue(given.visibility, hands_over=given.hands_over)
    door = Door("queue", queue.handle)
    await door.listen(given.port)
    await door.left.wait()


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(description="A queue for rehearsals.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--visibility", type=float, default=30.0)
    parser.add_argument("--hands-over", action="store_true")
    asyncio.run(_run(parser.parse_args(sys.argv[1:])))
