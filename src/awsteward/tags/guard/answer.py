"""Settling a question: a person's values, written where nobody has set the key meanwhile."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from awsteward.clients.aws.door import Aws
from awsteward.clients.ledger import Ledger, State
from awsteward.core.errors import ConfigError
from awsteward.tags.apply.attempt import Clock, Target
from awsteward.tags.apply.bulk import Job
from awsteward.tags.apply.current import current
from awsteward.tags.apply.write import free, write
from awsteward.tags.guard.daybook import closed
from awsteward.tags.guard.entries import entry, resource_of
from awsteward.tags.guard.settled import note
from awsteward.tags.model.outcome import Failed, Outcome, Written
from awsteward.tags.model.plan import Origin, Write
from awsteward.tags.policy.limits import clean
from awsteward.tags.tell.question import OpenKey, OpenQuestion, Ref, decode, objection, settle

_LONG_AGO = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """All that an answer needs."""

    door: Aws
    ledger: Ledger
    clock: Clock


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer would write on each resource."""

    question: OpenQuestion
    jobs: tuple[tuple[Ref, Job], ...]


def answer(question_id: str, pairs: list[str], ledger: Ledger) -> Answer:
    """The writes that *pairs* (``Key=value``) lead to; ConfigError where they do not fit."""
    body = ledger.question(question_id)
    if body is None:
        raise ConfigError(f"no question {question_id} is in this ledger; is it the right one?")
    question = decode(body)
    values, keys = settle(question, pairs), {key.key: key for key in question.keys}
    return Answer(question, tuple((ref, _job(ref, values, keys)) for ref in question.refs))


def carry_out(planned: Answer, with_: Answering, by: str = "") -> Iterator[tuple[str, Outcome]]:
    """Write the answer where its keys are free; each outcome is recorded before it is told.

    *by* is the Slack id of whoever said so, where that is known.
    """
    at = with_.clock.now()
    failed = False
    written: set[str] = set()
    for ref, job in planned.jobs:
        outcome = _carried_out(ref, job, with_)
        failed |= isinstance(outcome, Failed)
        if isinstance(outcome, Written):
            written |= {one.key for one in outcome.writes}
        yield job.target.resource.ref, outcome
    if not failed:
        said = {write.key: write.value for _, job in planned.jobs for write in job.writes}
        with_.ledger.answer(planned.question.id, json.dumps(said), at)
        closed(planned.question.id, with_.ledger)
        # What somebody has set meanwhile stays, so nobody is told that it is as was answered.
        told = {key: value for key, value in said.items() if key in written}
        note(with_.ledger, planned.question.id, told, by, at)


def _carried_out(ref: Ref, job: Job, with_: Answering) -> Outcome:
    """Only what is free is intended: what stands there already keeps its own entry."""
    before = current(job.target, with_.door, with_.clock)
    if isinstance(before, Failed):
        return before
    open_ = free(job.writes, before)
    at = with_.clock.now()
    intended = [entry(ref.event_id, job.target.resource, write, at) for write in open_.writes]
    with_.ledger.intend(intended)
    if not intended:
        return open_
    outcome = write(job.target, open_.writes, with_.door, with_.clock)
    if isinstance(outcome, Failed):
        return outcome
    done = {one.key for one in outcome.writes}
    with with_.ledger.together():
        with_.ledger.settle([each for each in intended if each.key in done], State.WRITTEN)
        with_.ledger.settle([each for each in intended if each.key not in done], State.ABANDONED)
    return Written(outcome.writes, (*open_.left, *outcome.left))


def _job(ref: Ref, values: Mapping[str, str], keys: Mapping[str, OpenKey]) -> Job:
    return Job(
        Target(resource=resource_of(ref), born=_LONG_AGO),
        tuple(_write(keys[key], value, ref.service) for key, value in values.items()),
    )


def _write(key: OpenKey, value: str, service: str) -> Write:
    """What *service* can hold of the answer, as long as the policy allows that too."""
    kept = clean(value, service)
    if kept != value and (why := objection(key, kept)):
        raise ConfigError(f"{key.key}={value}: {service} can only hold {kept!r}, which {why}")
    raw = None if kept == value else value
    return Write(key=key.key, value=kept, origin=Origin.ANSWER, raw=raw)
