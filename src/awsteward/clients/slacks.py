"""More Slack channels than one: `NAME=REFERENCE` pairs, and the URLs that they lead to."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from types import MappingProxyType
from typing import Final

from awsteward.clients.channels import Channels
from awsteward.clients.secret import AskAws, SecretUrl, resolve
from awsteward.clients.slack import Closed, Slack
from awsteward.core.errors import StewardError

VARIABLE: Final = "AWSTEWARD_SLACKS"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def references(pairs: Iterable[str]) -> Mapping[str, str]:
    """The reference of each name; ValueError says what is wrong, and never shows a reference."""
    found: dict[str, str] = {}
    for number, pair in enumerate(pairs, 1):
        name, equals, reference = (part.strip() for part in pair.partition("="))
        if not (equals and reference and _NAME.fullmatch(name)):
            raise ValueError(f"number {number} is not NAME=REFERENCE, as in pay=ssm:/slack/pay")
        if name in found:
            raise ValueError(f"names {name} twice")
        found[name] = reference
    return MappingProxyType(found)


def split(text: str) -> tuple[str, ...]:
    """The pairs in the variable's text."""
    return tuple(pair for pair in text.split(",") if pair.strip())


def _url(name: str, reference: str, ask: AskAws) -> SecretUrl | Closed:
    """The URL of one channel, or why it could not be had: others go on without it."""
    try:
        return resolve(reference, ask)
    except StewardError as error:
        return Closed(f"{name} in {VARIABLE}: {error}")


def channels(
    usual: SecretUrl,
    others: Mapping[str, str],
    ask: AskAws,
    webhook: Callable[[SecretUrl], Slack],
) -> Channels:
    """The usual channel, and *others* by their references, each looked up when it is needed."""

    def found(name: str, reference: str) -> Slack | Closed:
        held = _url(name, reference, ask)
        return held if isinstance(held, Closed) else webhook(held)

    named = {name: cache(partial(found, name, text)) for name, text in others.items()}
    return Channels(webhook(usual), named)
