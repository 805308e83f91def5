"""Whether a rehearsal came to what its scenario expects. Pure."""

from typing import assert_never

from awsteward.rollout.model import GateHook, Tally
from awsteward.rollout.rehearse.director import Seen
from awsteward.rollout.rehearse.figures import quantile, sent_within, slowest_out_s, window
from awsteward.rollout.rehearse.run import Run
from awsteward.rollout.rehearse.scenario import Expected, LosesAtLeast, LosesNothing, Scenario

LATE_S = 0.05


def judged(scenario: Scenario, seen: Seen) -> Run:
    """What was seen, with its counts and the verdict."""
    tally = seen.tally()
    within = sent_within(seen.requests, window(seen.marks))
    share = (tally.lost + tally.committed_unanswered) / within if within else 0.0
    return Run(
        name=scenario.name, about=scenario.about, balancer=scenario.parts.balancer,
        server=scenario.parts.server, case=scenario.case, tally=tally, reckoning=seen.reckoning,
        requests=seen.requests, marks=seen.marks, stops=seen.stops, lost_share=share,
        expected=said(scenario.expected), held=held(scenario.expected, tally, share),
        notes=notes(scenario, seen),
    )  # fmt: skip


def held(expected: Expected, tally: Tally, share: float) -> bool:
    """Nothing lost means too that nothing was done twice, or done without its client knowing."""
    failed = tally.lost + tally.committed_unanswered
    match expected:
        case LosesNothing():
            return failed + tally.doubled == 0
        case LosesAtLeast():
            return failed >= expected.count and share >= expected.share
        case _:
            assert_never(expected)


def said(expected: Expected) -> str:
    """The expectation in words."""
    match expected:
        case LosesNothing():
            return "nothing is lost"
        case LosesAtLeast(share=0.0, count=count):
            return f"at least {count} lost: a negative control"
        case LosesAtLeast(share=share):
            return f"at least {100 * share:g} % lost: a negative control"
        case _:
            assert_never(expected)


def notes(scenario: Scenario, seen: Seen) -> tuple[str, ...]:
    """What makes the counts worth less: this machine did not keep to the timeline."""
    found = []
    hook, out_s = scenario.case.stopping.hook, slowest_out_s(seen.marks)
    if (
        isinstance(hook, GateHook)
        and 0 < scenario.case.balancer.propagation_s <= hook.min_wait_s < out_s
    ):
        found.append(
            f"the balancer was told only {out_s:.2f} s after deregistration, later than min_wait: "
            "this machine was too busy; run again"
        )
    late_s = quantile((each.sent_s - each.due_s for each in seen.requests), 0.99)
    if late_s > LATE_S:
        found.append(f"1 request in 100 began more than {late_s:.2f} s late: lower the rate")
    return tuple(found)
