"""What is no longer written because somebody took it away twice, and how a person lifts that.

`removed` says when it comes to that. Lifting forgets the removals, so the next two count anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from awsteward.clients.ledger import Removal, Removals
from awsteward.clients.reins import Cell
from awsteward.tags.guard.promotion import Wanted
from awsteward.tags.guard.removed import stops


@dataclass(frozen=True, slots=True, kw_only=True)
class Refrain:
    """A key that is asked for and no longer written, on one type of resource in one account."""

    cell: Cell
    by: str
    """Whose removals led to it."""
    removals: tuple[Removal, ...]
    """All that is known of the cell, by whomever."""


def refrains(kept: Removals, wanted: Wanted) -> tuple[Refrain, ...]:
    """Those among what is *wanted*, in order."""
    return tuple(each for each in _all(kept) if wanted.covers(each.cell))


def lift(kept: Removals, wanted: Wanted) -> tuple[Refrain, ...]:
    """Have the keys written again from the next batch on; what was lifted."""
    found = refrains(kept, wanted)
    kept.forget(one for each in found for one in each.removals)
    return found


def _all(kept: Removals) -> Iterator[Refrain]:
    for (account, kind), group in groupby(kept.all_removals(), lambda one: (one.account, one.kind)):
        known = tuple(group)
        for key, by in sorted(stops(known).items()):
            yield Refrain(
                cell=Cell(account=account, type=kind, key=key),
                by=by,
                removals=tuple(one for one in known if one.key == key),
            )
