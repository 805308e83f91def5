"""Dead letters: shown with their reasons, and put back into the queue when asked to."""

import sys
from collections.abc import Mapping

import msgspec

from awsteward.cli.deploy.stacks import stacks
from awsteward.clients.aws.queue import Message, Queue
from awsteward.core.printable import fit

_NO_REASON = "no reason given: it came back too often without an answer"


def run(stack: str, form: str, *, apply: bool) -> int:
    """Show every dead letter, or with *apply* put each back; 1 where some are left lying."""
    where = stacks()
    told = where.outputs(stack)
    live, dead = (
        Queue(door=where.door, region=where.region, url=told[name], dead_letters="")
        for name in ("QueueUrl", "DeadLettersUrl")
    )
    letters = tuple(dead.all())
    for letter in letters:
        _show(letter, form)
        if apply:
            live.later(letter, 0)
            dead.done([letter])
        else:
            dead.back(letter, 0)
    print(_closing(len(letters), apply=apply), file=sys.stderr)
    return int(bool(letters) and not apply)


def _closing(letters: int, *, apply: bool) -> str:
    if not letters:
        return "no dead letters"
    if apply:
        return f"{letters} put back into the queue"
    return f"{letters} dead letters; mend the reasons, then put them back with --apply"


def _show(letter: Message, form: str) -> None:
    told = {"message": letter.id, "why": letter.why or _NO_REASON, **_about(letter.body)}
    if form == "json":
        print(msgspec.json.encode(told).decode())
        return
    what = " ".join(f"{told[key]}" for key in ("account", "source", "name", "id") if key in told)
    print(fit(f"{what or letter.id}: {told['why']}"))


class _Detail(msgspec.Struct, frozen=True, rename="camel"):
    event_source: str = ""
    event_name: str = ""
    event_id: str = msgspec.field(name="eventID", default="")


class _Event(msgspec.Struct, frozen=True):
    account: str = ""
    detail: _Detail = _Detail()


def _about(body: str) -> Mapping[str, str]:
    """What the event says it is, as far as it is one."""
    try:
        event = msgspec.json.decode(body, type=_Event)
    except (msgspec.DecodeError, RecursionError):
        return {}
    detail = event.detail
    return {
        "account": event.account, "source": detail.event_source,
        "name": detail.event_name, "id": detail.event_id,
    }  # fmt: skip
