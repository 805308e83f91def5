"""Carries events to EventBridge as CloudTrail does: at once, or late, twice and out of order."""

import heapq
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Envelope = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How events travel. The default is at once and in order: before the call returns."""

    copies: int = 1
    delay: float = 0.0
    """Seconds that every copy takes at least."""
    spread: float = 0.0
    """Seconds that a copy takes longer at most, by chance: later calls overtake earlier ones."""


@dataclass(slots=True)
class Postman:
    """One thread that delivers what is due; it starts when something is to come later."""

    send: Callable[[Sequence[Envelope]], None]
    chance: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 (reproducible)
    _due: list[tuple[float, int, Envelope]] = field(default_factory=list)
    _number: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _thread: threading.Thread | None = None
    _carried: int = 0
    _closed: bool = False

    def post(self, envelope: Envelope, delivery: Delivery) -> None:
        """Send now, or later by the thread."""
        if not delivery.delay and not delivery.spread:
            self.send([envelope] * delivery.copies)
            return
        with self._changed:
            for _ in range(delivery.copies):
                late = delivery.delay + self.chance.uniform(0, delivery.spread)
                self._number += 1  # envelopes cannot be compared; numbers can
                heapq.heappush(self._due, (time.monotonic() + late, self._number, envelope))
            self._start()
            self._changed.notify()

    def waiting(self) -> int:
        """How many copies are not delivered yet."""
        with self._changed:
            return len(self._due) + self._carried

    def close(self) -> None:
        """Stop; what is still under way is lost."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread:
            self._thread.join()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="postman", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while (bag := self._next()) is not None:
            self.send(bag)
            with self._changed:
                self._carried = 0

    def _next(self) -> list[Envelope] | None:
        """Wait for what is due; nothing once closed."""
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                bag = []
                while self._due and self._due[0][0] <= now:
                    bag.append(heapq.heappop(self._due)[2])
                if bag:
                    self._carried = len(bag)
                    return bag
                self._changed.wait(self._due[0][0] - now if self._due else None)
        return None
