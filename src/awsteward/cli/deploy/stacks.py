"""The stack that a `deploy` command is about, and how people name what goes into it."""

import time
from collections.abc import Iterable, Mapping

from awsteward.cli.ledgers import region
from awsteward.clients.aws.door import Boto
from awsteward.clients.aws.stack import Stacks
from awsteward.core.errors import ConfigError


def stacks() -> Stacks:
    """The stacks of the account and region that the AWS settings name."""
    return Stacks(door=Boto(), region=region(), sleep=time.sleep)


def pairs(option: str, texts: Iterable[str]) -> Mapping[str, str]:
    """``Key=value``, one or more; ConfigError names the *option* and the text that is none."""
    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise ConfigError(f"{option} {text!r}: write it as Key=value")
        found[key.strip()] = value
    return found
