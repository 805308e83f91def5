"""``awsteward tags answer``: what a person says, written where nothing else stands."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, assert_never

import msgspec

from awsteward.cli.clock import CLOCK
from awsteward.cli.ledgers import existing, opened
from awsteward.cli.place import place
from awsteward.cli.reins import reins_of
from awsteward.clients.aws.door import Boto
from awsteward.core.printable import fit
from awsteward.tags.guard.answer import Answer, Answering, answer, carry_out
from awsteward.tags.guard.hold import Stoppable
from awsteward.tags.model.outcome import Failed, Outcome, Written


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What became of one resource; ``--format json`` prints it as it is."""

    ref: str
    outcome: Literal["tagged", "would-tag", "stays", "failed"]
    applied: Mapping[str, str]
    why: str


def run(
    question: str, values: list[str], *, apply: bool, policy: Path | None,
    ledger: str | None, role: str | None, form: str,
) -> int:  # fmt: skip
    """Settle a question; 1 when something of it stays open."""
    where = place(policy, ledger)
    door = Boto(role=role)
    with opened(existing(where.ledger), door) as books:
        planned = answer(question, values, books)
        if apply:
            Stoppable(brakes=reins_of(books, where.ledger, door)).refuse()
        with_ = Answering(door=door, ledger=books, clock=CLOCK)
        lines = list(_carried_out(planned, with_) if apply else _planned(planned))
    for line in lines:
        print(msgspec.json.encode(line).decode() if form == "json" else _text(line))
    if not apply:
        print("nothing was written; add --apply to write it", file=sys.stderr)
    return int(any(line.outcome != "tagged" for line in lines))


def _planned(planned: Answer) -> Iterator[Line]:
    for _, job in planned.jobs:
        applied = {write.key: write.value for write in job.writes}
        yield Line(ref=job.target.resource.ref, outcome="would-tag", applied=applied, why="")


def _carried_out(planned: Answer, with_: Answering) -> Iterator[Line]:
    for ref, outcome in carry_out(planned, with_):
        yield _ended(ref, outcome)


def _ended(ref: str, outcome: Outcome) -> Line:
    match outcome:
        case Written(writes, left):
            applied = {write.key: write.value for write in writes}
            kept = ", ".join(write.key for write in left)
            why = f"{kept} is set already and stays as it is" if kept else ""
            return Line(ref=ref, outcome="stays" if left else "tagged", applied=applied, why=why)
        case Failed(why=why):
            return Line(ref=ref, outcome="failed", applied={}, why=why)
        case _:
            assert_never(outcome)


def _text(line: Line) -> str:
    tags = ", ".join(f"{key}={value}" for key, value in line.applied.items())
    return fit("  ".join(filter(None, (line.outcome, line.ref, tags, line.why))))
