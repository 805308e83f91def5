"""What Slack sends when somebody presses a button: checked, acknowledged at once, then carried out.

Slack waits three seconds, and writing may take longer: so the function that was asked calls itself
and answers. https://docs.slack.dev/interactivity/handling-user-interaction
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any, assert_never

import msgspec

from awsteward.clients.aws.dynamo.reins import DynamoReins
from awsteward.clients.aws.refusals import Refusal
from awsteward.clients.bot import Bot
from awsteward.clients.secret import SIGNING_SECRET, Secret, resolve_text
from awsteward.clients.slack import Closed, Taken
from awsteward.clients.slacks import doors
from awsteward.core.errors import ConfigError
from awsteward.core.signature import objection
from awsteward.tags.duty.journal import spelled
from awsteward.tags.duty.settings import Mode
from awsteward.tags.duty.setup import Duty
from awsteward.tags.guard.answer import Answer, Answering
from awsteward.tags.guard.settled import refresh
from awsteward.tags.guard.talk import planned, settle
from awsteward.tags.tell.controls import LARGEST, Nothing, Pressed, pressed
from awsteward.tags.tell.wording import Wording, wording

REMEMBERED = timedelta(minutes=15)
"""Longer than a signature is good for, however clocks differ."""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """All that is needed to hear people and to answer them."""

    duty: Duty
    bot: Bot
    signing: Secret
    again: str
    """The function's own name, by which it is called to carry out what it has acknowledged."""
    say: Say


def desk(
    of: Duty, monotonic: Callable[[], float], sleep: Callable[[float], None],
    environment: Mapping[str, str], say: Say,
) -> Desk:  # fmt: skip
    """Open it; ConfigError where a secret is missing."""
    bot = doors(of.settings.bot, of.ask, monotonic, sleep).bot()
    if isinstance(bot, Closed):
        raise ConfigError(bot.why)
    secret = resolve_text(of.settings.signing, SIGNING_SECRET, of.ask)
    name = environment.get("AWS_LAMBDA_FUNCTION_NAME", "")
    return Desk(duty=of, bot=bot, signing=secret, again=name, say=say)


def heard(event: Mapping[str, Any], desk: Desk) -> Mapping[str, Any]:
    """Answer a request to the function's URL.

    https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
    """
    body = _body(event)
    if body is None:
        return {"statusCode": HTTPStatus.REQUEST_ENTITY_TOO_LARGE}
    headers = {name.lower(): value for name, value in event.get("headers", {}).items()}
    signature = str(headers.get("x-slack-signature", ""))
    moment = str(headers.get("x-slack-request-timestamp", ""))
    why = objection(body, moment, signature, desk.signing.reveal(), desk.duty.clock.now())
    if why is None and not _first(signature, event, desk):
        why = "it came before"
    if why is not None:
        _log(desk, request="refused", reason=why)
        return {"statusCode": HTTPStatus.UNAUTHORIZED}
    match pressed(body):
        case Nothing(why):
            _log(desk, request="left", reason=why)
        case Pressed() as one:
            _acknowledge(one, desk)
        case other:
            assert_never(other)
    return {"statusCode": HTTPStatus.OK}


def carry_out(told: Mapping[str, Any], desk: Desk) -> None:
    """Write what was acknowledged, and show it in the messages that asked."""
    one = msgspec.convert(told, Pressed, strict=False)
    duty = desk.duty
    with_ = Answering(door=duty.door, ledger=duty.ledger, clock=duty.clock)
    found = _planned(one, desk)
    said = found if isinstance(found, str) else settle(found, one.user, with_, _words(duty))
    fate = "left" if said else "answered"
    _log(desk, question=one.question, by=one.user, fate=fate, reason=said or "")
    if said:
        _whisper(said, one, desk)
    for trouble in refresh(duty.ledger, desk.bot, _words(duty), duty.clock.now()):
        _log(desk, trouble=trouble)


def _body(event: Mapping[str, Any]) -> bytes | None:
    text = str(event.get("body") or "")
    if len(text) > LARGEST:
        return None
    if not event.get("isBase64Encoded"):
        return text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def _first(signature: str, event: Mapping[str, Any], desk: Desk) -> bool:
    """A genuine request may be sent again by somebody who saw it: one signature is taken once."""
    request = str(event.get("requestContext", {}).get("requestId", ""))
    until = desk.duty.clock.now() + REMEMBERED
    return desk.duty.ledger.hold(f"slack {signature}", request, until)


def _acknowledge(one: Pressed, desk: Desk) -> None:
    """Nothing slow comes before that: neither the question nor the person is looked at yet."""
    call = {"FunctionName": desk.again, "InvocationType": "Event",
            "Payload": msgspec.json.encode({"pressed": one})}  # fmt: skip
    answer = desk.duty.ask("lambda", "Invoke", call)
    if isinstance(answer, Refusal):
        _whisper(_words(desk.duty).say("talk.later"), one, desk)
        _log(desk, trouble=f"{answer.code}: {answer.message}")


def _planned(one: Pressed, desk: Desk) -> Answer | str:
    duty, words = desk.duty, _words(desk.duty)
    if duty.settings.mode is not Mode.ENFORCE:
        return words.say("talk.mode")
    reins = DynamoReins.of(duty.door, duty.settings.table, duty.settings.region, duty.clock.now)
    return planned(one, duty.ledger, duty.policy.slack.telling, reins, words)


def _whisper(text: str, one: Pressed, desk: Desk) -> None:
    outcome = desk.bot.whisper(one.channel, one.user, text)
    if not isinstance(outcome, Taken):
        _log(desk, trouble=f"not told: {outcome.why}")


def _log(desk: Desk, **told: str) -> None:
    desk.say(spelled({"at": desk.duty.clock.now().isoformat(), **told}))


def _words(duty: Duty) -> Wording:
    return wording(duty.policy.slack.language)
