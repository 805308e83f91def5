"""From watching to writing: what a cell would have had written, and who accepted exactly that.

A digest names the moment up to which it was taken, so that what is observed while a person reads
does not make it stale. It covers the cells that may be promoted and no others.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import msgspec

from awsteward.clients.reins import Cell, Known, Observation, Observations, Promotion
from awsteward.core.errors import ConfigError
from awsteward.tags.policy.patterns import Globs

OBSERVED = timedelta(days=7)
_DIGEST = re.compile(r"[0-9a-f]{16}-(\d{8}T\d{6}Z)")
_MOMENT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which cells somebody asks about; what is not named is not limited."""

    accounts: Globs = Globs()  # noqa: RUF009  frozen
    types: Globs = Globs()  # noqa: RUF009  frozen
    keys: Globs = Globs()  # noqa: RUF009  frozen

    def covers(self, cell: Cell) -> bool:
        """True where *cell* is asked about."""
        return (
            self.accounts.admit(cell.account)
            and self.types.admit(cell.type)
            and self.keys.admit(cell.key)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A cell as it stood at one moment."""

    known: Known
    writes: tuple[Observation, ...]
    """What would have been written since it is observed; of a resource the last."""
    left: timedelta
    """How much longer it has to be observed."""

    @property
    def obstacle(self) -> str | None:
        """Why it cannot be promoted, or None where it can."""
        if self.known.promotion is not None:
            return "is promoted already"
        if self.left > timedelta(0):
            return f"needs {spelled(self.left)} more to be observed for seven days"
        if not self.writes:
            return "has nothing to accept: nothing would have been written in the last 90 days"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a person is shown, and the digest that stands for exactly that."""

    candidates: tuple[Candidate, ...]
    digest: str | None
    """None where no cell may be promoted."""

    @property
    def ripe(self) -> tuple[Candidate, ...]:
        """The cells that may be promoted; the digest covers these."""
        return tuple(each for each in self.candidates if each.obstacle is None)


def shown(kept: Observations, wanted: Wanted, at: datetime) -> Shown:
    """How every cell that is *wanted* stood *at* a moment, to the second."""
    moment = at.astimezone(UTC).replace(microsecond=0)
    known = (each for each in kept.cells() if wanted.covers(each.cell))
    candidates = tuple(_candidate(each, kept, moment) for each in known)
    found = Shown(candidates=candidates, digest=None)
    digest = _digest(found.ripe, moment) if found.ripe else None
    return Shown(candidates=candidates, digest=digest)


def accepted(kept: Observations, wanted: Wanted, digest: str, by: str, now: datetime) -> Shown:
    """Promote the cells that *digest* covers; ConfigError where it is not of what is there."""
    moment = _moment(digest)
    if moment > now:
        raise ConfigError(f"{digest} names a moment that is still to come")
    seen = shown(kept, wanted, moment)
    if not seen.candidates:
        raise ConfigError("no such cell was observed; see `awsteward tags promote`")
    if not seen.ripe:
        raise ConfigError("\n".join(f"{named(c.known.cell)} {c.obstacle}" for c in seen.candidates))
    if seen.digest != digest:
        raise ConfigError(
            f"{digest} is not the digest of these {len(seen.ripe)} cells: name the same --account, "
            "--type and --key as when it was shown, or look again without --accept"
        )
    kept.promote((each.known.cell for each in seen.ripe), Promotion(by=by, at=now, digest=digest))
    return seen


def demoted(kept: Observations, wanted: Wanted, now: datetime) -> tuple[Cell, ...]:
    """Take promotions back; those cells are observed anew from now on."""
    cells = tuple(each.cell for each in kept.cells() if each.promotion and wanted.covers(each.cell))
    kept.demote(cells, now)
    return cells


def named(cell: Cell) -> str:
    """A cell in words."""
    return f"{cell.key} on {cell.type} in {cell.account}"


def spelled(time: timedelta) -> str:
    """Days and hours, never less than one hour."""
    hours = max(1, -(-int(time.total_seconds()) // 3600))
    days, hours = divmod(hours, 24)
    words = (f"{days} d" if days else "", f"{hours} h" if hours else "")
    return " ".join(filter(None, words))


def _candidate(known: Known, kept: Observations, moment: datetime) -> Candidate:
    seen = (each for each in kept.observed(known.cell) if known.since <= each.at <= moment)
    last = {each.ref: each for each in seen}
    return Candidate(
        known=known,
        writes=tuple(last[ref] for ref in sorted(last)),
        left=max(timedelta(0), known.since + OBSERVED - moment),
    )


def _digest(ripe: Iterable[Candidate], moment: datetime) -> str:
    lines: Sequence[object] = [
        (c.known.cell.account, c.known.cell.type, c.known.cell.key, w.ref, w.value, w.origin)
        for c in ripe
        for w in c.writes
    ]
    return f"{sha256(msgspec.json.encode(lines)).hexdigest()[:16]}-{moment:{_MOMENT}}"


def _moment(digest: str) -> datetime:
    found = _DIGEST.fullmatch(digest)
    try:
        return datetime.strptime(found[1] if found else "", _MOMENT).replace(tzinfo=UTC)
    except ValueError as error:
        raise ConfigError(f"{digest!r} is no digest; `awsteward tags promote` shows one") from error
