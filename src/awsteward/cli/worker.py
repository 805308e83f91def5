"""The guard as a process: `tags worker`. SIGTERM and Ctrl-C end it when it holds nothing."""

import os
import signal
import socket
import sys
import threading
import time
from dataclasses import replace
from datetime import timedelta

from awsteward.cli.clock import CLOCK
from awsteward.tags.duty.settings import settings
from awsteward.tags.duty.setup import duty, slack
from awsteward.tags.worker import Worker


def run(tell_every_s: int) -> int:
    """Work at the queue until told to stop."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    def sleep(seconds: float) -> None:
        stop.wait(seconds)

    on_duty = duty(settings(os.environ), os.environ, replace(CLOCK, sleep=sleep))
    worker = Worker(
        name=f"{socket.gethostname()}:{os.getpid()}",
        duty=on_duty,
        slack=lambda wait: slack(on_duty, time.monotonic, wait),
        stopping=stop.is_set,
        say=_said,
        tells_every=timedelta(seconds=tell_every_s),
    )
    _said_aside(f"at work: mode {on_duty.settings.mode}, queue {on_duty.settings.queue}")
    worker.run()
    _said_aside("stopped: nothing is held")
    return 0


def _said(line: str) -> None:
    print(line, flush=True)


def _said_aside(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
