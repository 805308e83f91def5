"""The timeline of a run as SVG: a row for each replica, its marks, and its requests under it. Pure.

Every request that failed is drawn. Of the others every n-th of each replica is, so that none is
favoured: every n-th of all would, with a balancer that takes turns, be always the same replica's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil

from awsteward.rollout.rehearse.explain import Failed, failed
from awsteward.rollout.rehearse.run import Happened, Mark, Request, Run

MOST_DRAWN = 4000
LEFT, RIGHT, TOP = 16, 24, 30
A_SECOND, NARROW, WIDE = 45, 1080, 4000  # pixels
BAR, LANES, LANE_HEIGHT, ROW = 7, 12, 2.5, 62
LETTER_WIDTH = 11
APART = 3  # between failed ones, so that each is seen
STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600)
MOST_STEPS = 24
NOBODY = "no replica"

LETTERS: Mapping[Happened, str] = {
    Happened.READY: "R",
    Happened.DEREGISTER: "D",
    Happened.OUT: "B",
    Happened.HOOK_ENDED: "H",
    Happened.TERM: "T",
    Happened.KILL: "K",
    Happened.GONE: "G",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The picture, and of how many requests it shows how many."""

    svg: str
    shown: int
    of: int
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    end_s: float
    width: float

    def x(self, at_s: float) -> float:
        return LEFT + (self.width - LEFT - RIGHT) * max(0.0, at_s) / self.end_s


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    name: str
    marks: tuple[Mark, ...]
    good: tuple[Request, ...]
    bad: tuple[Failed, ...]


def drawn(run: Run) -> Drawn:
    """All replicas below each other, in the order in which they came."""
    bad = failed(run)
    step = _step(len(run.requests), len(bad))
    rows = _rows(run, bad, step)
    end_s = max(0.1, *_times(run))
    scale = _Scale(end_s=end_s, width=min(WIDE, max(NARROW, A_SECOND * end_s)))
    height = TOP + ROW * len(rows) + 24
    inside = "".join((*_axis(scale, height), *_whole(run.marks, scale, height), *_all(rows, scale)))
    return Drawn(
        svg=(
            f'<svg width="{scale.width:.0f}" height="{height}" role="img" aria-label="Timeline: '
            f'{len(rows)} replicas, {end_s:.1f} seconds, {len(bad)} requests that failed">'
            f"{inside}</svg>"
        ),
        shown=sum(len(each.good) + len(each.bad) for each in rows), of=len(run.requests),
        step=step,
    )  # fmt: skip


def _times(run: Run) -> Iterator[float]:
    yield from (each.at_s for each in run.marks)
    yield from (each.answered_s or each.sent_s for each in run.requests)


def _step(sent: int, bad: int) -> int:
    return max(1, ceil((sent - bad) / max(1, MOST_DRAWN - bad)))


def _rows(run: Run, bad: Sequence[Failed], step: int) -> tuple[_Row, ...]:
    ids = {each.request.id for each in bad}
    good = [each for each in run.requests if each.id not in ids]
    by_replica: dict[str, list[Request]] = {}
    for each in good:
        by_replica.setdefault(each.replica, []).append(each)
    names = {*by_replica, *(each.replica for each in run.marks)}
    names.update(each.replica for each in bad)
    if "" not in {*by_replica, *(each.replica for each in bad)}:
        names.discard("")
    return tuple(
        _Row(
            name=name, marks=tuple(each for each in run.marks if name and each.replica == name),
            good=tuple(by_replica.get(name, ())[::step]),
            bad=tuple(each for each in bad if each.replica == name),
        )
        for name in sorted(names, key=_in_order)
    )  # fmt: skip


def _in_order(name: str) -> tuple[bool, int, str]:
    return (not name, len(name), name)


def _axis(scale: _Scale, height: float) -> Iterator[str]:
    step = next((each for each in STEPS_S if scale.end_s / each <= MOST_STEPS), STEPS_S[-1])
    for number in range(int(scale.end_s / step) + 1):
        x = scale.x(number * step)
        yield f'<path class="grid" d="M{x:.1f} {TOP}V{height - 18}"/>'
        yield f'<text class="tick" x="{x:.1f}" y="{height - 4}">{number * step:g} s</text>'


def _whole(marks: Iterable[Mark], scale: _Scale, height: float) -> Iterator[str]:
    """What happened to no replica but to all: weights, the database."""
    for each in marks:
        if not each.replica:
            x, said = scale.x(each.at_s), escape(f"{each.what} {each.detail}".strip())
            yield (
                f'<g><title>{said} at {each.at_s:.2f} s</title><path class="all" '
                f'd="M{x:.1f} 18V{height - 18}"/><text x="{x + 3:.1f}" y="14">{said}</text></g>'
            )


def _all(rows: Sequence[_Row], scale: _Scale) -> Iterator[str]:
    for number, row in enumerate(rows):
        yield f'<g transform="translate(0 {TOP + ROW * number})">'
        yield from _life(row, scale)
        yield from _letters(row.marks, scale)
        yield from _requests(row, scale)
        yield "</g>"


def _life(row: _Row, scale: _Scale) -> Iterator[str]:
    at_s = {each.what: each.at_s for each in row.marks}
    begins, ends = at_s.get(Happened.STARTED, 0.0), at_s.get(Happened.GONE, scale.end_s)
    ready = at_s.get(Happened.READY, ends if Happened.STARTED in at_s else 0.0)
    asked, term = at_s.get(Happened.DEREGISTER, ends), at_s.get(Happened.TERM, ends)
    name = escape(row.name or NOBODY)
    yield f'<text class="name" x="{scale.x(begins):.1f}" y="11">{name}</text>'
    if row.name:
        yield _bar("starting", f"{name} starts", begins, ready, scale)
        yield _bar("serving", f"{name} serves", ready, asked, scale)
        yield _bar("hook", f"{name}: deregistration asked for, hook runs", asked, term, scale)
        yield _bar("ending", f"{name}: from TERM to its end", term, ends, scale)
        if asked < ends or Happened.OUT in at_s:
            out = at_s.get(Happened.OUT, scale.end_s)
            yield _bar("sent-to", f"the balancer goes on choosing {name}", asked, out, scale, y=24)


def _bar(kind: str, said: str, begins: float, ends: float, scale: _Scale, y: int = 16) -> str:
    if ends <= begins:
        return ""
    x, high = scale.x(begins), BAR if kind != "sent-to" else 3
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{y}" width="{scale.x(ends) - x:.1f}" '
        f'height="{high}"><title>{said}: {begins:.2f} to {ends:.2f} s</title></rect>'
    )


def _letters(marks: Iterable[Mark], scale: _Scale) -> Iterator[str]:
    """A line where it was; its letter beside the one before, where both came at once."""
    free = scale.x(0.0) + 2 * LETTER_WIDTH
    for each in sorted(marks, key=lambda it: it.at_s):
        if each.what in LETTERS:
            x = scale.x(each.at_s)
            free = max(free + LETTER_WIDTH, x)
            kind = each.what.replace(" ", "-").lower()
            yield (
                f'<g class="mark {kind}"><title>{escape(each.replica)}: {each.what} at '
                f'{each.at_s:.2f} s</title><path d="M{x:.1f} 13V29"/>'
                f'<text x="{free:.1f}" y="11">{LETTERS[each.what]}</text></g>'
            )


def _requests(row: _Row, scale: _Scale) -> Iterator[str]:
    lanes = [float("-inf")] * LANES
    path = []
    for each in row.good:
        begins = scale.x(each.sent_s)
        ends = max(begins + 1, scale.x(each.answered_s or each.sent_s))
        path.append(f"M{begins:.1f} {_lane(lanes, begins, ends):g}h{ends - begins:.1f}")
    if path:
        yield f'<path class="good" d="{"".join(path)}"/>'
    lanes = [float("-inf")] * LANES
    for one in row.bad:
        yield _bad(one, lanes, scale)


def _bad(one: Failed, lanes: list[float], scale: _Scale) -> str:
    request = one.request
    begins, ended_s = scale.x(request.sent_s), request.answered_s
    if ended_s is None:
        ended_s = max(request.sent_s, one.mark.at_s if one.mark else 0.0)
    ends = max(begins + 3, scale.x(ended_s))
    said = escape(f"{request.id} {request.method}: {one.happened}")
    y = _lane(lanes, begins, ends + APART)
    return (
        f'<a href="#{escape(request.id)}" tabindex="-1"><path class="bad {one.fate}" '
        f'd="M{begins:.1f} {y:g}H{ends:.1f}m0 -2v4">'
        f"<title>{said}, sent at {request.sent_s:.2f} s</title></path></a>"
    )


def _lane(lanes: list[float], begins: float, ends: float) -> float:
    """The first lane that is free; the one that is free soonest where none is."""
    found = next(
        (number for number, until in enumerate(lanes) if until <= begins), lanes.index(min(lanes))
    )
    lanes[found] = ends + 1
    return 32 + LANE_HEIGHT * found
