"""Where messages go: to the Slack URL that was given, else to whoever sits before the screen."""

import json
import os
import sys
import time

from awsteward.cli.text import console, message
from awsteward.clients.aws.door import Boto
from awsteward.clients.secret import VARIABLE, resolve
from awsteward.clients.slack import Posted, Slack, Taken, Webhook
from awsteward.tags.tell.deliver import Delivery


class Screen:
    """`Slack` for those who gave no URL."""

    def __init__(self, *, error: bool) -> None:
        self._console = console(error=error)

    def post(self, payload: bytes) -> Posted:
        """Print one message."""
        message(self._console, json.loads(payload))
        return Taken()


def slack(reference: str | None, door: Boto, form: str) -> Slack:
    """The webhook that *reference* (else ``SLACK_URL``) leads to; the screen where there is none.

    The URL is looked up before anything is written: a wrong one stops the command first.
    """
    reference = reference or os.environ.get(VARIABLE)
    if not reference:
        return Screen(error=form == "json")
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    url = resolve(reference, lambda *call: door.call("", region, *call))
    return Webhook(url, clock=time.monotonic, sleep=time.sleep)


def told(delivery: Delivery) -> int:
    """Say what was delivered and what was not, and the exit code that goes with it."""
    if delivery.sent:
        print(f"messages sent: {', '.join(delivery.sent)}", file=sys.stderr)
    for left in delivery.left:
        print(f"message {left.id} stays in the ledger: {left.why}", file=sys.stderr)
    if any(left.needs_a_person for left in delivery.left):
        return 2
    return 4 if delivery.left else 0
