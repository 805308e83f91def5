"""What only Slack and we may know: where it comes from, and keeping it out of all that is shown.

Whoever holds the URL, or a bot's token, can post to the channel. Errors name the reference that
was given, never what was found there.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from stat import S_ISREG
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from awsteward.clients.aws.refusals import Answer, Cause, Refusal, given
from awsteward.core.errors import ConfigError

VARIABLE: Final = "SLACK_URL"
OPTION: Final = "--slack-url"
WAYS: Final = "an https URL, file:PATH, ssm:/NAME or secretsmanager:NAME"
LONGEST_URL = 2000
_LONGEST_FILE = LONGEST_URL + 100
"""Bytes; there may be blanks and line ends around the URL."""

AskAws = Callable[[str, str, Mapping[str, Any]], Answer]
"""One AWS operation (service, operation, parameters) in the account and region of the secret."""


class Secret:
    """A URL or a token that can only be got at by asking for it by name."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself; only for the one line that uses it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(hidden)"

    def __reduce__(self) -> str:
        raise TypeError("a secret is neither copied nor stored")


@dataclass(frozen=True, slots=True)
class Kind:
    """A secret that is no URL."""

    variable: str
    form: re.Pattern[str]
    looks: str
    """Its form in words."""


BOT_TOKEN: Final = Kind("SLACK_BOT_TOKEN", re.compile(r"xoxb-[A-Za-z0-9-]{10,250}"), "xoxb-…")
"""https://docs.slack.dev/authentication/tokens"""
SIGNING_SECRET: Final = Kind(
    "SLACK_SIGNING_SECRET", re.compile(r"[0-9a-f]{16,128}"), "hexadecimal digits"
)
"""https://docs.slack.dev/authentication/verifying-requests-from-slack"""


def resolve(reference: str, ask: AskAws) -> Secret:
    """The URL that *reference* is or leads to; ConfigError says what to set instead."""
    text = reference.strip()
    if text.partition(":")[0].lower() in ("http", "https"):
        return checked(text, f"{VARIABLE} or {OPTION}")
    held = _held(text, ask)
    if held is None:
        raise ConfigError(f"{VARIABLE} or {OPTION} is not {WAYS}")
    return checked(held, text)


def resolve_text(reference: str, kind: Kind, ask: AskAws) -> Secret:
    """The token or the like that *reference* is or leads to."""
    text = reference.strip()
    held = _held(text, ask)
    where = kind.variable if held is None else text
    found = (text if held is None else held).strip()
    if not kind.form.fullmatch(found):
        ways = "file:PATH, ssm:/NAME or secretsmanager:NAME"
        raise ConfigError(
            f"{where} does not hold {kind.looks}; give {kind.variable} that or {ways}"
        )
    return Secret(found)


def _held(reference: str, ask: AskAws) -> str | None:
    """What lies where *reference* leads to; None where it is no reference."""
    scheme, _, rest = reference.partition(":")
    match scheme.lower():
        case "file":
            return _from_file(rest)
        case "ssm":
            return _from_parameter(rest, reference, ask)
        case "secretsmanager":
            return _from_secret(rest, reference, ask)
        case _:
            return None


def checked(url: str, where: str) -> Secret:
    """*url* if it may be posted to: https anywhere, http on this machine only."""
    if why := _objection(url.strip()):
        raise ConfigError(f"the Slack URL in {where} {why}; give {WAYS}")
    return Secret(url.strip())


def _objection(url: str) -> str | None:
    if not url:
        return "is empty"
    if len(url) > LONGEST_URL or not re.fullmatch(r"[!-~]+", url):
        return "is not a URL: it has spaces or characters that no URL has"
    parts = _parts(url)
    if parts is None or not parts[1]:
        return "is not a URL that can be read"
    scheme, host, has_user = parts
    if has_user:
        return "has a user name or password before its host, which cannot be sent"
    if scheme == "https" or (scheme == "http" and is_loopback(host)):
        return None
    return "is http to another machine" if scheme == "http" else "is neither https nor http"


def _parts(url: str) -> tuple[str, str, bool] | None:
    try:
        parts = urlsplit(url)
        _ = parts.port, (parts.hostname or "").encode("idna")
    except ValueError:
        return None
    return parts.scheme.lower(), parts.hostname or "", "@" in parts.netloc


def is_loopback(host: str) -> bool:
    """True for names and addresses that never leave this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _from_file(name: str) -> str:
    """What is in the file; devices and pipes, which may never end, are not opened."""
    try:
        path = Path(name).expanduser()
        if not S_ISREG(path.stat().st_mode):
            raise ConfigError(f"file:{name} is not a regular file; give {WAYS}")
        with path.open("rb") as file:
            held = file.read(_LONGEST_FILE + 1)
    except RuntimeError as error:
        raise ConfigError(f"file:{name} names a home directory that is not known") from error
    except OSError as error:
        raise ConfigError(f"cannot read the secret in file:{name}: {error.strerror}") from error
    if len(held) > _LONGEST_FILE:
        raise ConfigError(f"file:{name} is longer than any such secret; put it alone into the file")
    return held.decode("utf-8", "replace")


def _from_parameter(name: str, reference: str, ask: AskAws) -> str:
    answer = ask("ssm", "GetParameter", {"Name": name, "WithDecryption": True})
    return str(_found(answer, reference, "ssm:GetParameter")["Parameter"]["Value"])


def _from_secret(name: str, reference: str, ask: AskAws) -> str:
    """The whole secret; with ``#member`` behind the name, that member of a JSON secret."""
    secret_id, _, member = name.partition("#")
    answer = ask("secretsmanager", "GetSecretValue", {"SecretId": secret_id})
    text = str(_found(answer, reference, "secretsmanager:GetSecretValue").get("SecretString", ""))
    return _member(text, member, reference) if member else text


def _member(text: str, member: str, reference: str) -> str:
    try:
        held: object = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        held = None
    if not isinstance(held, dict) or not isinstance(held.get(member), str):
        raise ConfigError(f"{reference} is not a JSON secret with a text {member!r}")
    return str(held[member])


def _found(answer: Answer, reference: str, action: str) -> Mapping[str, Any]:
    match answer:
        case Refusal(cause=Cause.ABSENT):
            raise ConfigError(f"{reference} does not exist in this account and region")
        case Refusal(code=code, message=message):
            return given(Refusal(code=code, message=f"{message} (needs {action} on {reference})"))
        case _:
            return answer
