"""``awsteward tags canary``: for who runs the worker; on AWS a function does the same."""

import os

from awsteward.cli.clock import CLOCK
from awsteward.tags.duty.canary import check
from awsteward.tags.duty.settings import settings
from awsteward.tags.duty.setup import duty


def run() -> int:
    """One round, with the worker's settings; 1 when a canary should have been seen and was not."""
    found = check(duty(settings(os.environ), os.environ, CLOCK), print)
    return int(found.seen is False)
