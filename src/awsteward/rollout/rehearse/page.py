"""A run as one page of HTML that loads nothing from anywhere. Pure.

Everything that a scenario or a process has said is escaped; the page's policy forbids scripts too.
"""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from html import escape
from importlib.resources import files
from string import Template

from awsteward.rollout.rehearse.explain import Failed, failed
from awsteward.rollout.rehearse.figures import bound, quantile
from awsteward.rollout.rehearse.run import Run, Stop
from awsteward.rollout.rehearse.timeline import Drawn, drawn

TEMPLATE = files("awsteward.rollout.rehearse") / "page.html"
MOST_ROWS = 1000
MILLION = 1_000_000


def page(run: Run) -> str:
    """The whole page."""
    picture = drawn(run)
    return Template(TEMPLATE.read_text("utf-8")).substitute(
        name=escape(run.name), about=escape(run.about), expected=escape(run.expected),
        verdict="It held." if run.held else "It did not hold.",
        verdict_kind="yes" if run.held else "no",
        notes="".join(f"<p><strong>Note:</strong> {escape(each)}</p>" for each in run.notes),
        figures="\n".join(_figures(run)), bounds=escape(_bounds(run)), timeline=picture.svg,
        shown=_shown(picture), lost=_lost(failed(run)), stops=_stops(run.stops),
        scenario="\n".join(_scenario(run)),
    )  # fmt: skip


def _figures(run: Run) -> Iterator[str]:
    tally = run.tally
    yield _figure("sent", f"{tally.sent:,}")
    yield _figure("answered", f"{tally.answered:,}")
    yield _figure("lost", f"{tally.lost:,}", failed=tally.lost > 0)
    yield _figure("doubled", f"{tally.doubled:,}", failed=tally.doubled > 0)
    unanswered = tally.committed_unanswered
    yield _figure("committed, unanswered", f"{unanswered:,}", failed=unanswered > 0)
    yield _figure("stops", f"{tally.stops:,}")
    if tally.stop_s:
        yield _figure("a stop, half of them within", f"{quantile(tally.stop_s, 0.5):.2f} s")
        yield _figure("longest stop", f"{max(tally.stop_s):.2f} s")


def _figure(name: str, value: str, *, failed: bool = False) -> str:
    return f"<div{' class=failed' if failed else ''}><dt>{name}</dt><dd>{value}</dd></div>"


def _bounds(run: Run) -> str:
    tally = run.tally
    if tally.lost + tally.doubled + tally.committed_unanswered:
        share = f"{100 * run.lost_share:.2f} %"
        return f"{share} of what was sent while things changed failed, so there is no bound."
    return (
        f"With 95 % confidence fewer than {MILLION * bound(tally.sent):,.0f} requests in a million "
        f"lose anything (3/n). {_restarts(tally.stops)}"
    )


def _restarts(stops: int) -> str:
    """Losses come in clusters: what counts is how many restarts were seen."""
    if bound(stops) >= 1:
        return f"Of restarts it bounds nothing: {stops} are too few."
    return f"Of restarts, which is what counts, fewer than {100 * bound(stops):,.2g} % do."


def _shown(picture: Drawn) -> str:
    some = f"; of those that went well 1 in {picture.step} of each replica"
    return (
        f"{picture.shown:,} of {picture.of:,} requests are drawn"
        f"{some if picture.step > 1 else ''}. One that no replica answered is drawn with the "
        "replica whose mark explains it: which one the balancer tried, it does not say."
    )


def _lost(bad: tuple[Failed, ...]) -> str:
    if not bad:
        return "<h2>Requests that failed</h2><p>None.</p>"
    head = ("id", "", "sent", "ended", "replica", "what happened", "explained by")
    rows = "".join(_lost_row(each) for each in bad[:MOST_ROWS])
    left = len(bad) - MOST_ROWS
    more = f'<p class="quiet">{left:,} more: --format json names all.</p>' if left > 0 else ""
    return f"<h2>Requests that failed</h2>{_table(head, rows)}{more}"


def _lost_row(one: Failed) -> str:
    request, mark = one.request, one.mark
    ended = "" if request.answered_s is None else f"{request.answered_s:.3f} s"
    by = f"{mark.what} {mark.replica} at {mark.at_s:.3f} s" if mark else "no mark"
    return (
        f'<tr id="{escape(request.id)}"><td>{escape(request.id)}</td><td>{escape(request.method)}'
        f'</td><td class="number">{request.sent_s:.3f} s</td><td class="number">{ended}</td>'
        f"<td>{escape(request.replica or '-')}</td><td>{escape(one.happened)}</td>"
        f"<td>{escape(by)}</td></tr>"
    )


def _stops(stops: tuple[Stop, ...]) -> str:
    if not stops:
        return "<p>None.</p>"
    head = ("replica", "deregister", "TERM", "gone", "took", "hook's exit", "")
    return _table(head, "".join(_stop_row(each) for each in stops[:MOST_ROWS]))


def _stop_row(stop: Stop) -> str:
    times = (stop.asked_s, stop.term_s, stop.gone_s, stop.took_s)
    cells = "".join(f'<td class="number">{each:.2f} s</td>' for each in times)
    left = "-" if stop.hook_exit is None else str(stop.hook_exit)
    killed = "killed" if stop.killed else ""
    said = f' title="{escape(stop.said)}"' if stop.said else ""
    return f"<tr{said}><td>{escape(stop.replica)}</td>{cells}<td>{left}</td><td>{killed}</td></tr>"


def _table(head: Iterable[str], rows: str) -> str:
    names = "".join(f"<th>{each}</th>" for each in head)
    return f'<div class="wide" tabindex="0"><table><tr>{names}</tr>{rows}</table></div>'


def _scenario(run: Run) -> Iterator[str]:
    yield _said("balancer", f"{run.balancer}, {_words(run.case.balancer)}")
    yield _said("load", _words(run.case.load))
    yield _said("service", f"{run.server}, {_words(run.case.fleet)}")
    yield _said("stopping", _words(run.case.stopping))
    yield _said("play", _field("", run.case.play))
    yield _said("expected", run.expected)


def _said(name: str, words: str) -> str:
    return f"<tr><th>{name}</th><td>{escape(words)}</td></tr>"


def _words(value: object) -> str:
    """Values of the model as they are named there; a choice with the name of what was chosen."""
    match value:
        case tuple():
            return "; ".join(_words(each) for each in value)
        case float():
            return f"{value:g}"
        case _ if is_dataclass(value) and not isinstance(value, type):
            given = ((each.name, getattr(value, each.name)) for each in fields(value))
            return ", ".join(_field(name, each) for name, each in given if each is not None)
        case _:
            return str(value)


def _field(name: str, value: object) -> str:
    said = name.removesuffix("_s").replace("_", " ")
    kind = f"{type(value).__name__} " if is_dataclass(value) else ""
    unit = " s" if name.endswith("_s") and isinstance(value, float) else ""
    return f"{said} {kind}{_words(value)}{unit}".strip()
