"""``awsteward tags promote``, ``stop`` and ``resume``: what a person says to a guard on duty."""

import json
import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from awsteward.cli.clock import CLOCK
from awsteward.cli.ledgers import existing, opened, region
from awsteward.cli.place import Books, InFile, books
from awsteward.clients.aws.door import Aws, Boto
from awsteward.clients.aws.refusals import given
from awsteward.clients.ledger import Ledger
from awsteward.clients.reins import Reins, Stop
from awsteward.clients.sqlite_ledger import SqliteLedger
from awsteward.clients.sqlite_reins import SqliteReins
from awsteward.core.errors import ConfigError
from awsteward.core.printable import fit
from awsteward.tags.guard.hold import stopped, tripped
from awsteward.tags.guard.promotion import (
    Candidate,
    Shown,
    Wanted,
    accepted,
    demoted,
    named,
    shown,
    spelled,
)
from awsteward.tags.guard.refrain import Refrain, lift, refrains
from awsteward.tags.policy.patterns import Globs


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Which cells `promote` is about, as they were named."""

    account: str | None
    type: str | None
    key: str | None

    @property
    def wanted(self) -> Wanted:
        """What is not named is not limited."""
        return Wanted(accounts=_globs(self.account), types=_globs(self.type), keys=_globs(self.key))

    @property
    def words(self) -> str:
        """The options that name the same cells again."""
        told = {"--account": self.account, "--type": self.type, "--key": self.key}
        return "".join(f" {name} {shlex.quote(value)}" for name, value in told.items() if value)


def promote(
    cells: Cells, accept: str | None, ledger: str | None, form: str, *, demote: bool
) -> int:
    """Show, accept or take back; 1 where a cell is not promoted yet."""
    if accept and demote:
        raise ConfigError("give --accept or --demote, not both")
    door = Boto()
    with _opened(ledger, door) as (where, kept):
        if demote:
            return _demoted(kept, cells, form)
        if accept is None:
            return _show(shown(kept, cells.wanted, CLOCK.now()), cells, ledger, form)
        seen = accepted(kept, cells.wanted, accept, _who(where, door), CLOCK.now())
    for each in seen.ripe:
        _print({**_cell(each), "outcome": "promoted"}, f"promoted  {_named(each)}", form)
    print(
        "written from the next batch on; what was only observed so far: "
        "`awsteward tags replay --apply` of that time",
        file=sys.stderr,
    )
    return 0


def stop(why: str, ledger: str | None) -> int:
    """Pull the kill switch."""
    if not why.strip():
        raise ConfigError("--why is empty; say why, for those who find nothing written")
    door = Boto()
    with _opened(ledger, door) as (where, kept):
        kept.stop(Stop(why=why.strip(), by=_who(where, door), at=CLOCK.now()))
    print(f"stopped: from the next batch on nothing is written with {_book(where)}")
    return 0


def resume(cells: Cells, ledger: str | None, *, look: bool) -> int:
    """Let go of what is on, of *cells* where some are named; or only *look*, and 1 if it is."""
    named_some = bool(cells.words)
    with _ledger(ledger, Boto()) as (where, book, kept):
        if look:
            return _shown_stops(where, book, kept, cells, ledger)
        return _lifted(book, cells) if named_some else _let_go(where, book, kept, ledger)


def _let_go(where: Books, book: Ledger, kept: Reins, ledger: str | None) -> int:
    was_on = _on(kept)
    kept.resume(CLOCK.now())
    for each in was_on:
        print(fit(f"let go: {each}"))
    if not was_on:
        print(f"no brake was on in {_book(where)}")
    for left in refrains(book, Wanted()):
        print(fit(f"stays: {_refrain(left)}; to lift it: {_lift(left, ledger)}"), file=sys.stderr)
    return 0


def _lifted(book: Ledger, cells: Cells) -> int:
    found = lift(book, cells.wanted)
    for each in found:
        print(fit(f"lifted: {_refrain(each)}"))
    if not found:
        raise ConfigError("no such key was stopped by removals; see `awsteward tags resume --list`")
    print("written again from the next batch on", file=sys.stderr)
    return 0


def _shown_stops(where: Books, book: Ledger, kept: Reins, cells: Cells, ledger: str | None) -> int:
    brakes = [] if cells.words else _on(kept)
    found = refrains(book, cells.wanted)
    for each in brakes:
        print(fit(each))
    for left in found:
        print(fit(_refrain(left)))
        print(fit(f"    {_lift(left, ledger)}"))
    if not brakes and not found:
        print(f"nothing is stopped in {_book(where)}")
    return int(bool(brakes or found))


def _on(kept: Reins) -> list[str]:
    pulled = kept.pulled()
    return [*([stopped(pulled.stop)] if pulled.stop else []), *map(tripped, pulled.trips)]


def _refrain(each: Refrain) -> str:
    last = max(one.at for one in each.removals)
    told = f"is not written: {each.by} took it away twice or more, last at"
    return f"{named(each.cell)} {told} {last:%Y-%m-%d %H:%M} UTC"


def _lift(each: Refrain, ledger: str | None) -> str:
    cell = each.cell
    cells = Cells(account=cell.account, type=cell.type, key=cell.key)
    at = f" --ledger {shlex.quote(ledger)}" if ledger else ""
    return f"awsteward tags resume{at}{cells.words}"


def reins_of(ledger: Ledger, where: Books, door: Aws) -> Reins:
    """The reins that lie beside an open ledger."""
    if isinstance(ledger, SqliteLedger):
        return SqliteReins.of(ledger)
    from awsteward.clients.aws.dynamo.reins import DynamoReins

    assert not isinstance(where, InFile)  # noqa: S101  files are SQLite's
    return DynamoReins.of(door, where.name, region(), CLOCK.now)


@contextmanager
def _opened(ledger: str | None, door: Aws) -> Iterator[tuple[Books, Reins]]:
    with _ledger(ledger, door) as (where, _, kept):
        yield where, kept


@contextmanager
def _ledger(ledger: str | None, door: Aws) -> Iterator[tuple[Books, Ledger, Reins]]:
    where = existing(books(ledger))
    with opened(where, door) as book:
        yield where, book, reins_of(book, where, door)


# --- showing ---------------------------------------------------------------------------------


def _show(seen: Shown, cells: Cells, ledger: str | None, form: str) -> int:
    for each in seen.candidates:
        _print(_cell(each), "\n".join(_lines(each)), form)
    if not seen.candidates:
        print("no such cell was observed yet", file=sys.stderr)
    elif seen.digest is None:
        print("no cell may be promoted yet", file=sys.stderr)
    else:
        writes = sum(len(each.writes) for each in seen.ripe)
        told = f"digest of {writes:,} writes in {len(seen.ripe):,} cells: {seen.digest}"
        _print({"digest": seen.digest, "cells": len(seen.ripe), "writes": writes}, told, form)
        at = f" --ledger {shlex.quote(ledger)}" if ledger else ""
        print(
            f"to accept them: awsteward tags promote{at}{cells.words} --accept {seen.digest}",
            file=sys.stderr,
        )
    return int(any(each.known.promotion is None for each in seen.candidates))


def _lines(each: Candidate) -> Iterator[str]:
    yield fit(f"{_named(each)}: {_standing(each)}")
    if each.known.promotion is None:
        for write in each.writes:
            yield fit(f"    {write.ref}  {each.known.cell.key}={write.value}  from {write.origin}")


def _standing(each: Candidate) -> str:
    promotion = each.known.promotion
    if promotion is not None:
        return f"promoted by {promotion.by} at {promotion.at:%Y-%m-%d %H:%M} UTC"
    since = CLOCK.now() - each.known.since
    return f"observed for {spelled(since)}, {each.obstacle or 'may be promoted'}"


def _cell(each: Candidate) -> dict[str, object]:
    cell, promotion = each.known.cell, each.known.promotion
    return {
        "account": cell.account, "type": cell.type, "key": cell.key,
        "since": each.known.since.isoformat(),
        "promoted_by": promotion.by if promotion else None,
        "obstacle": each.obstacle,
        "writes": [
            {"ref": w.ref, "value": w.value, "from": w.origin, "event_id": w.event_id,
             "at": w.at.isoformat()}
            for w in each.writes
        ],
    }  # fmt: skip


def _demoted(kept: Reins, cells: Cells, form: str) -> int:
    found = demoted(kept, cells.wanted, CLOCK.now())
    for cell in found:
        shape = {"account": cell.account, "type": cell.type, "key": cell.key, "outcome": "demoted"}
        _print(shape, fit(f"demoted  {named(cell)}"), form)
    print(f"{len(found):,} cells are observed anew", file=sys.stderr)
    return 0


def _print(shape: Mapping[str, object], text: str, form: str) -> None:
    print(json.dumps(shape, ensure_ascii=False) if form == "json" else text)


def _named(each: Candidate) -> str:
    return fit(named(each.known.cell))


def _globs(text: str | None) -> Globs:
    return Globs((text,)) if text else Globs()


def _book(where: Books) -> str:
    return str(where.path) if isinstance(where, InFile) else f"the table {where.name}"


def _who(where: Books, door: Aws) -> str:
    """Whom AWS takes us for, where the ledger lies there; else who is logged in here."""
    if isinstance(where, InFile):
        return os.environ.get("USER") or "somebody"
    return str(given(door.call("", region(), "sts", "GetCallerIdentity", {}))["Arn"])
