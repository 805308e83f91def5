"""A day of an organisation, second by second: queue, functions, throttles, age, cost.

    python benchmarks/scale.py

No AWS and no chance: who creates what is spread by irrational steps, so that every run says the
same. All numbers stand in `scale.toml`, each with its source or as an assumption. Pauses and the
number of tries are the guard's own. Brakes (caps, promotion) are left out: they only take away.
"""

import argparse
import heapq
import math
import tomllib
from bisect import bisect
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, count
from pathlib import Path
from typing import Any

from awsteward.tags.duty.settings import USUAL_RECEIVES
from awsteward.tags.duty.turn import pause_s
from awsteward.tags.policy.model import Grace

DAY_S = 86_400
STEPS = tuple(1.1673039782614187**-number for number in range(1, 5))
"""Powers of the root of x^5 = x + 1: their multiples fill four dimensions evenly."""
Facts = Mapping[str, Any]


@dataclass(slots=True)
class Message:
    """One event that the rule let through."""

    born: float
    due: float
    """When its maker's time to tag it is over."""
    cell: tuple[int, int, int]
    """Account, region and the API that would tag it: each has a bucket of its own."""
    creates: bool
    receives: int = 0


@dataclass(slots=True)
class Bucket:
    """Tokens for one API in one account and region."""

    most: float
    refill: float
    tokens: float
    at: float = 0.0

    def take(self, now: float) -> bool:
        """One token, where there is one."""
        self.tokens = min(self.most, self.tokens + (now - self.at) * self.refill)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


@dataclass(slots=True)
class Day:
    """What was counted."""

    arrived: int = 0
    tagged: int = 0
    dropped: int = 0
    lost: int = 0
    waited: int = 0
    throttled: int = 0
    invocations: int = 0
    seconds: float = 0.0
    ages: list[float] = field(default_factory=list)
    """From when a resource was due until it was tagged."""
    depth: list[int] = field(default_factory=list)
    """Messages that could be worked on, at the beginning of each second."""
    busy: list[int] = field(default_factory=list)
    writes: dict[tuple[int, int, int], list[float]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """When each bucket was drawn on."""
    ended: float = 0.0


def day(facts: Facts, concurrency: int) -> Day:
    """Let the day's messages go through *concurrency* functions until none is left."""
    found = Day()
    world = _World(facts, concurrency, found)
    arrivals = _arrivals(facts)
    late = next(arrivals, None)
    for second in count():
        while late is not None and late.born < second:
            world.ready.append(late)
            found.arrived += 1
            late = next(arrivals, None)
        found.depth.append(len(world.ready))
        world.step(second)
        found.busy.append(len(world.free_at))
        if late is None and not world.ready and not world.hidden and not world.free_at:
            found.ended = second
            return found
    raise AssertionError("time does not end")


class _World:
    """The queue, the functions and AWS's buckets."""

    def __init__(self, facts: Facts, concurrency: int, found: Day) -> None:
        self.take, self.apis = facts["take"], facts["api"]
        self.concurrency, self.found = concurrency, found
        self.ready: deque[Message] = deque()
        self.hidden: list[tuple[float, int, Message]] = []
        self.free_at: list[float] = []
        self._buckets: dict[tuple[int, int, int], Bucket] = {}
        self._number = count()

    def step(self, second: int) -> None:
        """One second: what is due comes out, and functions that are free take a batch each."""
        while self.hidden and self.hidden[0][0] <= second:
            self.ready.append(heapq.heappop(self.hidden)[2])
        starts = [float(second)] * (self.concurrency - len(self.free_at))
        while self.free_at and self.free_at[0] < second + 1:
            starts.append(max(float(second), heapq.heappop(self.free_at)))
        heapq.heapify(starts)
        while self.ready and starts:
            start = heapq.heappop(starts)
            batch = [self.ready.popleft() for _ in range(min(self.take["batch"], len(self.ready)))]
            end = start + self._worked(batch, start)
            if end < second + 1:
                heapq.heappush(starts, end)
            else:
                heapq.heappush(self.free_at, end)

    def _worked(self, batch: Sequence[Message], now: float) -> float:
        """Seconds for one batch; what goes into the same call shares it."""
        found, take = self.found, self.take
        found.invocations += 1
        spent = take["start_seconds"] + take["message_seconds"] * len(batch)
        groups: dict[tuple[int, int, int], list[Message]] = defaultdict(list)
        for message in batch:
            if not message.creates:
                found.dropped += 1
            elif message.due > now:
                found.waited += 1
                self._hide(message, message.due)
            else:
                message.receives += 1
                groups[message.cell].append(message)
        for cell, group in groups.items():
            spent += take["call_seconds"] * (take["calls_to_read"] + take["calls_to_write"])
            self._written(cell, group, now + spent)
        found.seconds += spent
        return float(spent)

    def _written(self, cell: tuple[int, int, int], group: Sequence[Message], now: float) -> None:
        found = self.found
        if self._bucket(cell).take(now):
            found.writes[cell].append(now)
            found.tagged += len(group)
            found.ages.extend(now - message.due for message in group)
            return
        found.throttled += len(group)
        for message in group:
            if message.receives >= USUAL_RECEIVES:
                found.lost += 1
            else:
                self._hide(message, now + pause_s(message.receives))

    def _hide(self, message: Message, until: float) -> None:
        heapq.heappush(self.hidden, (until, next(self._number), message))

    def _bucket(self, cell: tuple[int, int, int]) -> Bucket:
        if cell not in self._buckets:
            api = self.apis[cell[2]]
            self._buckets[cell] = Bucket(api["bucket"], api["refill"], api["bucket"])
        return self._buckets[cell]


# --- who creates what, and when ---------------------------------------------------------------


def _arrivals(facts: Facts) -> Iterator[Message]:
    """The day's events and, among them, the burst, by their time."""
    yield from heapq.merge(_usual(facts), _burst(facts), key=lambda message: message.born)


def _usual(facts: Facts) -> Iterator[Message]:
    load, where = facts["load"], facts["organisation"]
    total = int(where["events_per_day"] * load["let_through"])
    accounts, regions = (_shares(where[name], load["skew"]) for name in ("accounts", "regions"))
    apis = list(accumulate(api["share"] for api in facts["api"]))
    grace = Grace().other_tools.total_seconds()
    number = 0
    for second in range(DAY_S):
        upto = math.floor(total * _share_until(second + 1, load["peak"]))
        for place in range(upto - number):
            a, b, c, d = (((number + place) * step) % 1.0 for step in STEPS)
            born = second + place / (upto - number)
            cell = bisect(accounts, a), bisect(regions, b), bisect(apis, c * apis[-1])
            creates = d < load["creating"]
            by_tool = d < load["creating"] * load["by_tools"]
            yield Message(born, born + grace * by_tool, cell, creates)
        number = upto


def _burst(facts: Facts) -> Iterator[Message]:
    """One role's creations, in the busiest account and region, by the first API."""
    load = facts["load"]
    for number in range(load["burst"]):
        born = load["burst_at"] + number * load["burst_seconds"] / load["burst"]
        yield Message(born, born, (0, 0, 0), creates=True)


def _share_until(second: int, peak: float) -> float:
    """Of the day's events, a wave with its crest at 14:00."""
    crest = 14 / 24
    turn = 2 * math.pi
    wave = (math.sin(turn * (second / DAY_S - crest)) + math.sin(turn * crest)) / turn
    return second / DAY_S + peak * wave


def _shares(many: int, skew: float) -> list[float]:
    """Sums of the shares of the first, the second, …; the last sum is left out."""
    weights = [1 / number**skew for number in range(1, many + 1)]
    return [each / sum(weights) for each in accumulate(weights)][:-1]


# --- what it comes to ------------------------------------------------------------------------


def percentile(ages: Sequence[float], share: float) -> float:
    """The age below which *share* of the resources were tagged."""
    return sorted(ages)[min(len(ages) - 1, int(share * len(ages)))] if ages else 0.0


def costs(facts: Facts, found: Day) -> Mapping[str, float]:
    """USD a month, by item."""
    price, take, kept = facts["price"], facts["take"], facts["kept"]
    received = found.arrived + found.waited + found.throttled
    # Sent once by EventBridge and once more where it waits; received and deleted by the batch.
    requests = found.arrived + found.waited + found.throttled + 2 * found.invocations
    daily = {
        "EventBridge, to another account": found.arrived * price["cross_account_event"],
        "data between regions": found.arrived * kept["event_kb"] / 1e6 * price["region_gb"],
        "SQS": requests * price["sqs_request"],
        "Lambda": found.invocations * price["lambda_request"]
        + found.seconds * take["memory_gb"] * price["lambda_gb_second"],
        "DynamoDB": found.tagged
        * (kept["writes"] * price["dynamodb_write"] + kept["reads"] * price["dynamodb_read"]),
        "CloudWatch Logs": received * kept["line_kb"] / 1e6 * price["log_gb"],
    }
    monthly = {name: value * price["month_days"] for name, value in daily.items()}
    fixed = kept["metrics"] * price["metric"] + kept["alarms"] * price["alarm"]
    return {**monthly, "metrics and alarms": fixed}


def facts() -> dict[str, Any]:
    """What `scale.toml` says."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def table(told: Facts, runs: Mapping[str, Day]) -> Iterator[str]:
    """One column for each run."""
    rows: list[tuple[str, list[str]]] = [("", list(runs))]
    days = list(runs.values())

    def row(name: str, values: Sequence[float], form: str = ",.0f") -> None:
        rows.append((name, [format(value, form) for value in values]))

    row("events let through", [d.arrived for d in days])
    row("tagged", [d.tagged for d in days])
    row("nothing to tag", [d.dropped for d in days])
    row("waited for their maker", [d.waited for d in days])
    row("throttled, tried again", [d.throttled - d.lost for d in days])
    row("dead letters", [d.lost for d in days])
    row("queue, at most", [max(d.depth) for d in days])
    row("queue, mean", [sum(d.depth) / len(d.depth) for d in days], ",.1f")
    row("functions at once, at most", [max(d.busy) for d in days])
    row("functions at once, mean", [d.seconds / d.ended for d in days], ",.1f")
    row("buckets drawn on", [len(d.writes) for d in days])
    for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0)):
        row(f"late by, {name}, seconds", [percentile(d.ages, share) for d in days], ",.1f")
    bills = [costs(told, d) for d in days]
    for name in bills[0]:
        row(f"USD a month, {name}", [bill[name] for bill in bills], ",.2f")
    row("USD a month", [sum(bill.values()) for bill in bills], ",.2f")
    widths = [max(len(values[at]) for _, values in rows) for at in range(len(runs))]
    for name, values in rows:
        cells = (value.rjust(width) for value, width in zip(values, widths, strict=True))
        yield f"{name:<45}{'  '.join(cells)}"


def main() -> None:
    """Run the day as it is assumed to be, and with four times as much let through, twice."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument(
        "--runs", default="0.02:10,0.08:10,0.08:30", metavar="SHARE:FUNCTIONS,...",
        help="of all events, those let through, and how many functions work at once",
    )  # fmt: skip
    told, runs = facts(), {}
    for run in asked.parse_args().runs.split(","):
        share, functions = run.split(":")
        changed = {**told, "load": {**told["load"], "let_through": float(share)}}
        runs[f"{float(share):.0%} by {functions}"] = day(changed, int(functions))
    print(*table(told, runs), sep="\n")


if __name__ == "__main__":
    main()
