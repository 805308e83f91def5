"""`make soak`: many restarts under load with the gate, and controls that must lose.

Resumable: every part that was finished is a line in the state file, and another call goes on from
there. The run is void (exit 1) unless every negative control loses what it has to: an oracle that
never sees a loss proves nothing.
"""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from awsteward.core.errors import ConfigError
from awsteward.rollout.model import (
    Balancer,
    Case,
    Fleet,
    GateHook,
    Load,
    NoHook,
    OnTerm,
    Rolling,
    Share,
    SleepHook,
    Stopping,
)
from awsteward.rollout.rehearse.director import Seen, rehearse
from awsteward.rollout.rehearse.figures import bound, quantile, sent_within, slowest_out_s, window
from awsteward.rollout.rehearse.parts import Parts
from tests.e2e.rollout.environment import enter

RESTARTS, REQUESTS = 1_000, 1_000_000
LATE_MS = 100.0
SPOILT = 3
ROUNDS = 5
MIX = (Share(weight=7, takes_s=0.05), Share(weight=1, takes_s=0.3))
PATIENT = Stopping(
    hook=GateHook(min_wait_s=0.9, longest_s=0.4, deadline_s=None),
    grace_s=8.0, on_term=OnTerm.DIES, shutdown_s=0.0,
)  # fmt: skip
GATED = Case(
    load=Load(rate=1_000.0, duration_s=1.0, mix=MIX, posts=0.5, keepalive=True),
    fleet=Fleet(replicas=3, starts_s=0.1),
    stopping=PATIENT,
    balancer=Balancer(propagation_s=0.6, deregistration_delay_s=300.0),
    play=Rolling(rounds=ROUNDS),
)
SLOW = replace(GATED.balancer, propagation_s=2.0)
CALM = replace(GATED.load, rate=300.0)
GRACEFUL = replace(PATIENT, on_term=OnTerm.DRAINS)
ONCE = Rolling(rounds=1)
TOO_LONG = (Share(weight=7, takes_s=0.05), Share(weight=1, takes_s=3.5))


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A case that must lose: at least this share of what was sent meanwhile, and this many."""

    case: Case
    share: float
    least: int = 1


CONTROLS = {
    "no hook": Control(
        case=replace(
            GATED, load=CALM, balancer=SLOW, play=ONCE, stopping=replace(GRACEFUL, hook=NoHook())
        ),
        share=0.05,
    ),
    "hook shorter than propagation": Control(
        case=replace(
            GATED, load=CALM, balancer=SLOW, play=ONCE,
            stopping=replace(GRACEFUL, hook=SleepHook(seconds_s=1.0)),
        ),
        share=0.02,
    ),
    "propagation + longest > grace": Control(
        case=replace(
            GATED, load=replace(CALM, mix=TOO_LONG), play=ONCE, stopping=replace(PATIENT, grace_s=3)
        ),
        share=0.0,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A finished part of the soak, as a line of the state file."""

    part: str
    of: str
    sent: int
    within: int
    lost: int
    doubled: int
    unanswered: int
    restarts: int
    bad_restarts: int
    stop_s: float
    late_ms: float
    out_s: float

    @property
    def counts(self) -> bool:
        """This machine kept to the schedule; decided without looking at what was lost."""
        hook = PATIENT.hook
        least_s = hook.min_wait_s if isinstance(hook, GateHook) else 0.0
        return self.part != "gate" or (self.late_ms <= LATE_MS and self.out_s < least_s)

    @property
    def failed(self) -> int:
        """Requests of which the client, or the ledger, does not know what it should."""
        return self.lost + self.doubled + self.unanswered


def part(name: str, case: Case, seen: Seen) -> Part:
    """What is kept of a rehearsal."""
    tally = seen.tally()
    return Part(
        part=name, of=repr(case), sent=tally.sent, lost=tally.lost, doubled=tally.doubled,
        within=sent_within(seen.requests, window(seen.marks)),
        unanswered=tally.committed_unanswered, restarts=tally.stops,
        bad_restarts=sum(each.hook_exit not in {None, 0} for each in seen.stops),
        stop_s=round(sum(tally.stop_s) / max(1, tally.stops), 3),
        late_ms=round(1e3 * quantile((r.sent_s - r.due_s for r in seen.requests), 0.99), 2),
        out_s=round(slowest_out_s(seen.marks), 3),
    )  # fmt: skip


def done(state: Path) -> list[Part]:
    """The parts of earlier calls; ConfigError where they were of other settings."""
    if not state.exists():
        return []
    parts = [Part(**json.loads(line)) for line in state.read_text(encoding="utf-8").splitlines()]
    cases = {repr(GATED), *(repr(each.case) for each in CONTROLS.values())}
    if not {each.of for each in parts} <= cases:
        raise ConfigError(f"{state}: of a soak with other settings; move it away and run again")
    return parts


def play(name: str, case: Case, parts: Parts, state: Path) -> Part:
    """One part for real, added to the state file."""
    seen = asyncio.run(rehearse(case, parts, name, lambda *_: None))
    fresh = part(name, case, seen)
    with state.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(asdict(fresh)) + "\n")
    return fresh


def soak(
    state: Path, restarts: int, requests: int, parts: Parts, say: Callable[[str], None]
) -> list[Part]:
    """Go on until there is enough of everything."""
    have = done(state)
    for name, control in CONTROLS.items():
        if not any(each.part == name for each in have):
            have.append(play(name, control.case, parts, state))
            say(row(have[-1]))
    while not enough(have, restarts, requests) and not hopeless(have):
        have.append(play("gate", GATED, parts, state))
        say(row(have[-1]))
    return have


def enough(have: list[Part], restarts: int, requests: int) -> bool:
    """Both numbers are reached."""
    gated = counted(have)
    return (
        sum(each.restarts for each in gated) >= restarts
        and sum(each.sent for each in gated) >= requests
    )


def hopeless(have: list[Part]) -> bool:
    """Far more parts do not count than do: this machine is too busy to go on."""
    return sum(not each.counts for each in have) > SPOILT + len(counted(have))


def counted(have: list[Part]) -> list[Part]:
    """The gated parts in which this machine kept to the schedule."""
    return [each for each in have if each.part == "gate" and each.counts]


def voids(have: list[Part]) -> list[str]:
    """Why the run says nothing; empty where it does."""
    why = []
    for name, control in CONTROLS.items():
        for each in (one for one in have if one.part == name):
            share = each.lost / max(1, each.within)
            if each.lost < control.least or share < control.share:
                why.append(f"control `{name}` lost only {each.lost} of {each.within}")
    if hopeless(have):
        why.append("this machine is too busy: most parts began their requests late")
    return why


HEAD = (
    f"{'part':31}{'sent':>11}{'lost':>7}{'doubled':>9}{'unanswered':>12}"
    f"{'restarts':>10}{'s/stop':>8}"
)


def row(each: Part) -> str:
    """One line of the table."""
    return (
        f"{each.part:31}{each.sent:>11,}{each.lost:>7}{each.doubled:>9}{each.unanswered:>12}"
        f"{each.restarts:>10}{each.stop_s:>8.2f}"
    )


def total(have: list[Part]) -> Part:
    """All gated parts as one."""
    gated = counted(have)
    restarts = sum(each.restarts for each in gated)
    return replace(
        gated[0], sent=sum(each.sent for each in gated), lost=sum(each.lost for each in gated),
        doubled=sum(each.doubled for each in gated), restarts=restarts,
        unanswered=sum(each.unanswered for each in gated),
        stop_s=sum(each.stop_s * each.restarts for each in gated) / restarts,
        late_ms=max(each.late_ms for each in gated), out_s=max(each.out_s for each in gated),
        bad_restarts=sum(each.bad_restarts for each in gated),
    )  # fmt: skip


def report(have: list[Part]) -> str:
    """The loss table and what it says."""
    if not counted(have):
        return "\n".join([HEAD, *map(row, have), *(f"VOID: {why}" for why in voids(have))])
    whole = total(have)
    lines = [HEAD, row(whole), *(row(each) for each in have if each.part != "gate"), ""]
    if whole.failed:
        lines.append(f"{whole.failed} of {whole.sent:,} requests failed with the gate")
    else:
        lines += [
            f"with 95 % confidence, fewer than {bound(whole.sent):.1e} of requests fail,",
            f"and fewer than {bound(whole.restarts):.1e} of restarts (losses come in clusters)",
        ]
    lines.append(
        f"99 % of requests began within {whole.late_ms} ms of schedule;"
        f" {whole.bad_restarts} hooks did not end with 0"
    )
    lines += [
        f"not counted, as this machine did not keep to the schedule: {row(each)}"
        for each in have
        if not each.counts
    ]
    return "\n".join([*lines, *(f"VOID: {why}" for why in voids(have))])


def main(words: list[str]) -> int:
    """0 when nothing failed and every control did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=Path, default=Path(".cache/soak.jsonl"))
    parser.add_argument("--restarts", type=int, default=RESTARTS)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    given = parser.parse_args(words)
    enter()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    given.state.parent.mkdir(parents=True, exist_ok=True)
    have = soak(given.state, given.restarts, given.requests, Parts(), say)
    say(report(have))
    return int(bool(voids(have)) or total(have).failed > 0)


def say(line: str) -> None:
    """To whoever looks."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
