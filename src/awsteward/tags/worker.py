"""The guard as a process that runs on (EKS, ECS, a laptop): polls the queue, tells when it is due.

Told to stop, it finishes what it holds, gives back what it has not begun, and ends.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from awsteward.clients.slack import Slack
from awsteward.core.errors import RemoteError
from awsteward.tags.duty import watch
from awsteward.tags.duty.journal import spelled
from awsteward.tags.duty.setup import Duty

POLL_S = 10
"""Below the 30 seconds that Kubernetes gives a pod to end."""
LEASE = timedelta(minutes=3)
"""Longer than Slack's door ever waits between two looks at the lease: two tellers repeat letters.

So long, at most, the letters wait where a worker is killed while it tells.
"""
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One of any number of workers at the same queue."""

    name: str
    """Nobody else's: who holds the lease to tell."""
    duty: Duty
    slack: Callable[[Callable[[float], None]], Slack | None]
    """The way to Slack, given how to wait for it."""
    stopping: Callable[[], bool]
    say: watch.Say
    tells_every: timedelta = timedelta(minutes=1)
    poll_s: int = POLL_S

    def run(self) -> None:
        """Work until told to stop; what other machines do wrong is waited for."""
        told_at = self.duty.clock.now() - self.tells_every
        pause_s = FIRST_PAUSE_S
        while not self.stopping():
            try:
                if self.duty.clock.now() - told_at >= self.tells_every:
                    told_at = self.duty.clock.now()
                    self._tell()
                self._take()
                pause_s = FIRST_PAUSE_S
            except RemoteError as error:
                self.say(spelled({"trouble": str(error), "pause_s": pause_s}))
                self.duty.clock.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _take(self) -> None:
        messages = self.duty.queue.receive(self.poll_s)
        if self.stopping():
            for message in messages:
                self.duty.queue.back(message, 0)
            return
        if not messages:
            return
        stay = watch.take(messages, self.duty, self.say)
        self.duty.queue.done([message for message in messages if message.id not in stay])

    def _tell(self) -> None:
        """One of the workers tells at a time."""
        if not self._hold():
            return
        try:
            watch.tell(self.duty, self.slack(self._wait), self.say)
        finally:
            self.duty.ledger.release("tell", self.name)

    def _wait(self, seconds: float) -> None:
        """Wait for Slack with the lease in hand; before every post the door waits."""
        if not self._hold():
            raise RemoteError("another worker tells by now: this one was away for too long")
        self.duty.clock.sleep(seconds)

    def _hold(self) -> bool:
        return self.duty.ledger.hold("tell", self.name, self.duty.clock.now() + LEASE)
