"""Figures that are read off a run: shares, bounds, quantiles. Pure."""

from collections.abc import Iterable, Sequence

from awsteward.rollout.rehearse.run import Happened, Mark, Request

RULE_OF_THREE = 3.0


def bound(clean: int) -> float:
    """What share may fail, at most, when none of *clean* did: 3/n, with 95 % confidence.

    For restarts it has to be asked with the number of restarts: losses come in clusters, so a
    million requests over ten restarts say as much about restarts as ten of them do.
    """
    return min(1.0, RULE_OF_THREE / clean) if clean else 1.0


def window(marks: Sequence[Mark]) -> tuple[float, float]:
    """From the first to the last thing that happened: while something was being changed."""
    times = [each.at_s for each in marks]
    return (min(times), max(times)) if times else (0.0, 0.0)


def sent_within(requests: Iterable[Request], span: tuple[float, float]) -> int:
    """How many were due in *span*; a share of losses is a share of these."""
    return sum(span[0] <= each.due_s <= span[1] for each in requests)


def slowest_out_s(marks: Iterable[Mark]) -> float:
    """The longest that a balancer really went on after deregistration was asked for."""
    asked: dict[str, float] = {}
    longest = 0.0
    for each in marks:
        if each.what is Happened.DEREGISTER:
            asked[each.replica] = each.at_s
        elif each.what is Happened.OUT:
            longest = max(longest, each.at_s - asked[each.replica])
    return longest


def quantile(values: Iterable[float], share: float) -> float:
    """The value that *share* of all stay below or at; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
