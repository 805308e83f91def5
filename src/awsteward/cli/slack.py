"""Where messages go: to the Slack URL that was given, else to whoever sits before the screen."""

import json
import os
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from awsteward.cli.text import console, message
from awsteward.clients.aws.door import Aws
from awsteward.clients.aws.refusals import Answer
from awsteward.clients.secret import BOT_TOKEN, VARIABLE
from awsteward.clients.slack import Posted, Slack, Taken
from awsteward.clients.slacks import VARIABLE as MORE
from awsteward.clients.slacks import channels, doors, references, split
from awsteward.core.errors import ConfigError
from awsteward.tags.tell.deliver import Delivery


class Screen:
    """`Slack` for those who gave no URL."""

    def __init__(self, *, error: bool) -> None:
        self._console = console(error=error)

    def post(self, payload: bytes) -> Posted:
        """Print one message."""
        message(self._console, json.loads(payload))
        return Taken()


def slack(
    reference: str | None, others: Sequence[str], door: Aws, form: str,
    wait: Callable[[float], None] = time.sleep,
) -> Slack:  # fmt: skip
    """The webhook that *reference* (else ``SLACK_URL``) leads to; the screen where there is none.

    *others* are the channels of the policy's routes, as NAME=REFERENCE; else ``AWSTEWARD_SLACKS``.

    The URL is looked up before anything is written: a wrong one stops the command first.
    """
    reference = reference or os.environ.get(VARIABLE)
    if not reference:
        return Screen(error=form == "json")
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"

    def ask(*call: Any) -> Answer:  # noqa: ANN401  service, operation, parameters
        return door.call("", region, *call)

    with_ = doors(os.environ.get(BOT_TOKEN.variable, ""), ask, time.monotonic, wait)
    return channels(reference, _named(others), ask, with_)


def _named(others: Sequence[str]) -> Mapping[str, str]:
    """Never a URL as an argument: whoever lists the processes would see it."""
    if any(re.match(r"[^=]*=\s*https?:", each, re.IGNORECASE) for each in others):
        raise ConfigError(f"--slack takes file:, ssm: or secretsmanager:; a URL goes in {MORE}")
    where, pairs = ("--slack", others) if others else (MORE, split(os.environ.get(MORE, "")))
    try:
        return references(pairs)
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from error


def told(delivery: Delivery) -> int:
    """Say what was delivered and what was not, and the exit code that goes with it."""
    if delivery.sent:
        print(f"messages sent: {', '.join(delivery.sent)}", file=sys.stderr)
    for letter, why in delivery.astray:
        print(f"message {letter} went to the usual channel, {why}", file=sys.stderr)
    if delivery.quiet:
        waiting = ", ".join(delivery.quiet)
        print(f"messages that wait for the end of quiet hours: {waiting}", file=sys.stderr)
    for left in delivery.left:
        print(f"message {left.id} stays in the ledger: {left.why}", file=sys.stderr)
    if any(left.needs_a_person for left in delivery.left):
        return 2
    return 4 if delivery.left else 0
