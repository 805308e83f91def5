"""What the guard writes down for the summary of the day, beside each outcome, and reads for it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec

from awsteward.clients.ledger import Entry, Ledger, Slate
from awsteward.tags.model.handled import Handled, Result
from awsteward.tags.model.outcome import Trouble
from awsteward.tags.policy.daily import Daily, Period
from awsteward.tags.policy.model import Language, Policy
from awsteward.tags.policy.names import teams_of
from awsteward.tags.tell.daily import Deed, Done, Open, compose, letter_id
from awsteward.tags.tell.question import OpenQuestion

KEPT = timedelta(days=8)
"""Longer than any summary looks back, in case somebody asks what a summary was made of."""
OPEN_STAYS = timedelta(days=400)
_OPEN, _SUMMED_UP = "open", "summed up"


def enter(end: Handled, policy: Policy, slate: Slate, at: datetime) -> None:
    """Write down how a resource ended; of one day, its last end counts."""
    deed = _deed(end)
    if deed is None:
        return
    teams = teams_of(end.event.creator, end.resource.account, policy)
    done = Done(
        event_id=end.event.id, ref=end.resource.ref, account=end.resource.account,
        team=teams[0].name if len(teams) == 1 else "", deed=deed, at=at,
        tags=0 if deed in (Deed.FAILED, Deed.DENIED) else len(end.applied),
    )  # fmt: skip
    _write(done, "end", slate)
    held = sum(len(each.writes) for each in end.held) if deed is Deed.DID else 0
    if held:
        _write(replace(done, deed=Deed.WOULD, tags=held), "held", slate)


def taken_back(entries: list[Entry], slate: Slate, at: datetime) -> None:
    """Write down that these tags of one resource were taken back."""
    if not entries:
        return
    one = entries[0]
    done = Done(
        event_id=one.event_id, ref=one.ref, account=one.account, team="",
        deed=Deed.BACK, tags=len(entries), at=at,
    )  # fmt: skip
    _write(done, "back " + " ".join(sorted(each.key for each in entries)), slate)


def opened(question: OpenQuestion, slate: Slate, at: datetime) -> None:
    """Write down that this is asked."""
    keys = tuple(key.key for key in question.keys)
    kept = Open(id=question.id, keys=keys, resources=question.count, asked=at)
    slate.chalk(_OPEN, question.id, msgspec.json.encode(kept).decode(), at + OPEN_STAYS)


def closed(question_id: str, slate: Slate) -> None:
    """It is answered."""
    slate.wipe(_OPEN, question_id)


def sum_up(ledger: Ledger, daily: Daily | None, language: Language, now: datetime) -> str | None:
    """Keep the letter of the day that is over, if there is one to keep; its id."""
    if daily is None:
        return None
    period = daily.period(now)
    if ledger.slate(_SUMMED_UP).get("last", "") >= str(period.day):
        return None
    letter = compose(_done(ledger, period), _open(ledger, period), period, language)
    with ledger.together():
        ledger.chalk(_SUMMED_UP, "last", str(period.day), now + OPEN_STAYS)
        if letter is None:
            return None
        payload = msgspec.json.encode(letter).decode()
        return letter_id(period) if ledger.put(letter_id(period), payload, now) else None


def _deed(end: Handled) -> Deed | None:
    match end.result:
        case Result.TAGGED:
            return Deed.DID
        case Result.WOULD_TAG:
            return Deed.WOULD
        case Result.FAILED:
            return Deed.DENIED if end.trouble is Trouble.DENIED else Deed.FAILED
        case _:
            return None


def _write(done: Done, what: str, slate: Slate) -> None:
    """Over what was written of the same resource and of the same kind that day."""
    name = f"{done.event_id}#{done.ref}#{what}"
    slate.chalk(_day(done.at), name, msgspec.json.encode(done).decode(), done.at + KEPT)


def _day(at: datetime) -> str:
    return f"day#{at.astimezone(UTC).date()}"


def _done(slate: Slate, period: Period) -> list[Done]:
    """What falls into *period*; who takes back is told from who made it, if that was just now."""
    days = {_day(period.since), _day(period.until)}
    kept = [msgspec.json.decode(body, type=Done) for day in sorted(days)
            for body in slate.slate(day).values()]  # fmt: skip
    teams = {(each.event_id, each.ref): each.team for each in kept if each.team}
    return [_teamed(each, teams) for each in kept if period.since <= each.at < period.until]


def _teamed(done: Done, teams: Mapping[tuple[str, str], str]) -> Done:
    return replace(done, team=done.team or teams.get((done.event_id, done.ref), ""))


def _open(slate: Slate, period: Period) -> list[Open]:
    """Asked before the day was over, and not answered by now."""
    kept = (msgspec.json.decode(body, type=Open) for body in slate.slate(_OPEN).values())
    return [each for each in kept if each.asked < period.until]
