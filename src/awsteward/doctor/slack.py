"""Slack: is the URL there, and does the webhook behind it live? Without a message, unless asked."""

import json
import shlex
from collections.abc import Callable, Mapping

from awsteward.clients.bot import CHANNEL
from awsteward.clients.secret import Secret, resolve
from awsteward.clients.slack import Closed, Posted, Rejected, Slack, Taken, Unreachable
from awsteward.clients.slacks import VARIABLE, references, split
from awsteward.core.errors import ConfigError, StewardError
from awsteward.doctor.facts import facts
from awsteward.doctor.look import Look
from awsteward.doctor.verdict import Fine, Unclear, Verdict, Wrong, failed

HELLO = {"text": "awsteward doctor says hello: messages about new resources would come here."}
Dial = Callable[[Secret], Slack]
"""How a URL becomes something that can be posted to."""


def read(look: Look, reference: str, dial: Dial, *, hello: bool) -> Posted | StewardError | None:
    """What the webhook answers to a message without a word in it, or to *hello*."""
    if not reference:
        return None
    if reference.startswith(CHANNEL):
        return Unreachable("a bot posts to that channel, and its token is the functions' alone")
    try:
        url = resolve(reference, look.ask)
    except StewardError as error:
        return error
    said = json.dumps(HELLO) if hello else facts().slack.empty
    return dial(url).post(said.encode())


def judge(
    found: Posted | StewardError | None, reference: str, region: str, *, needed: bool
) -> Verdict:
    """That an empty message is refused, and as one, is the good news."""
    match found:
        case None:
            told = "nobody is told: there is no Slack URL"
            return Wrong(told, _put("", region)) if needed else Fine(told)
        case StewardError():
            return failed(found, _put(reference, region))
        case Taken():
            return Fine("the webhook took a message")
        case Rejected():
            return Fine("the webhook lives; no message was posted")
        case Closed(why):
            return Wrong(f"Slack takes nothing there: {why}", _put(reference, region))
        case Unreachable(why):
            return Unclear(f"Slack could not be asked from here: {why}")


def routes(text: str) -> Mapping[str, str] | ConfigError:
    """The reference of each further channel; *text* as AWSTEWARD_SLACKS has it."""
    try:
        return references(split(text))
    except ValueError as error:
        return ConfigError(f"the further channels: {error}")


def missing(name: str, text: str, again: str | None) -> Verdict:
    """The policy sends to a channel that nobody named; *again* makes the stack anew."""
    told = f"the policy sends to {name}, which is named nowhere: it goes to the usual channel"
    pairs = f"{text},{name}=ssm:/NAME".lstrip(",")
    if again is None:
        return Wrong(f"{told}; say {VARIABLE}={pairs}", ())
    return Wrong(
        told, (again.replace(" --apply", f" --set {shlex.quote(f'Slacks={pairs}')} --apply"),)
    )


def _put(reference: str, region: str) -> tuple[str, ...]:
    """How a new URL is laid where the old one was; it never stands in the command."""
    scheme, _, name = reference.strip().partition(":")
    if scheme == "secretsmanager":
        secret, _, member = name.partition("#")
        file = "file://SECRET.json" if member else "file://slack-url.txt"
        put = f"aws secretsmanager put-secret-value --secret-id {secret} --secret-string {file}"
    else:
        path = name if scheme == "ssm" else "/steward/slack"
        put = (
            f"aws ssm put-parameter --name {path} --type SecureString --overwrite "
            "--value file://slack-url.txt"
        )
    return (f"{put} --region {region}",)
