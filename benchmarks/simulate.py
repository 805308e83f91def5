"""How many cases a second are simulated, and whether they come to what was measured.

    python benchmarks/simulate.py

What was measured: three replicas replaced one by one, the new one registered first, behind HAProxy
2.6.12 without retries on loopback (2 cores, Linux 6.18, CPython 3.11, 2026-11-22), one run each but
for the last row; deregistration after 2 s, KILL after 10 s, clients without retries. Three things
were not kept and are supposed: of the times that requests took only the range (5 ms to 1.5 s), here
20 ms for 7 in 8 and 1.5 s for 1 in 8; the gate's min_wait, here 2 s; and the last row's rate, here
what its count comes to.
"""

import argparse
import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from awsteward.rollout.model import (
    Balancer,
    BlueGreen,
    Canary,
    Case,
    DnsShift,
    Fleet,
    GateHook,
    Hook,
    Load,
    NodeDrain,
    NoHook,
    OnTerm,
    Play,
    Rolling,
    ScaleIn,
    Share,
    SleepHook,
    Stopping,
    Tally,
)
from awsteward.rollout.rehearse.simulate import simulate

CASES = 1_000
SEEDS = 20
AIM_S = 60.0
PLAYS: tuple[Play, ...] = (
    Rolling(rounds=1),
    BlueGreen(rounds=1),
    Canary(weights=(10, 50, 100), step_s=1.0),
    ScaleIn(by=1, rounds=2),
    NodeDrain(at_once=2, rounds=1),
    DnsShift(ttl_s=1.0, rounds=1),
)
GATE = GateHook(min_wait_s=2.0, longest_s=1.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One row of what real processes came to; *lost* from and to, where there were several runs."""

    name: str
    hook: Hook
    on_term: OnTerm
    sent: int
    lost: tuple[int, int]
    stop_s: float
    rate: float = 200.0
    slow_s: float = 1.5
    rounds: int = 1


MEASURED = (
    Measured(
        name="dies on TERM, no hook", hook=NoHook(), on_term=OnTerm.DIES,
        sent=1_435, lost=(325, 325), stop_s=0.0,
    ),
    Measured(
        name="drains, no hook", hook=NoHook(), on_term=OnTerm.DRAINS,
        sent=1_445, lost=(288, 288), stop_s=1.4,
    ),
    Measured(
        name="drains, sleep of 1 s < P", hook=SleepHook(seconds_s=1.0), on_term=OnTerm.DRAINS,
        sent=1_713, lost=(136, 136), stop_s=2.5,
    ),
    Measured(
        name="dies, sleep of 3 s > P", hook=SleepHook(seconds_s=3.0), on_term=OnTerm.DIES,
        sent=2_037, lost=(7, 7), stop_s=3.0,
    ),
    Measured(
        name="drains, sleep of 3 s > P", hook=SleepHook(seconds_s=3.0), on_term=OnTerm.DRAINS,
        sent=2_268, lost=(0, 0), stop_s=3.4,
    ),
    Measured(
        name="dies, gate", hook=GATE, on_term=OnTerm.DIES,
        sent=2_367, lost=(0, 0), stop_s=3.6,
    ),
    Measured(
        name="drains, gate, 5 rounds", hook=GATE, on_term=OnTerm.DRAINS, rate=1_000.0, rounds=5,
        sent=60_803, lost=(0, 0), stop_s=3.65,
    ),
    Measured(
        name="P + S = 11 > G = 10, gate", hook=GATE, on_term=OnTerm.DRAINS, rate=100.0, slow_s=9.0,
        sent=3_116, lost=(7, 14), stop_s=10.0,
    ),
)  # fmt: skip


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--cases", type=int, default=CASES)
    _print_speed(asked.parse_args().cases)
    print(f"\n{'':28}{'sent':>16}{'lost':>22}{'seconds per stop':>20}")
    print(f"{'':28}{'measured / sim.':>16}{'measured / sim.':>22}{'measured / sim.':>20}")
    for row in MEASURED:
        _print_row(row, [simulate(_case(row), seed) for seed in range(SEEDS // row.rounds)])


def _print_speed(count: int) -> None:
    cases = list(_drawn(count))
    begin = time.process_time()
    tallies = [simulate(case, number) for number, case in enumerate(cases)]
    taken_s = time.process_time() - begin
    sent, losing = sum(each.sent for each in tallies), sum(each.lost > 0 for each in tallies)
    print(f"{count:,} cases, {sent / count:,.0f} requests each, {losing:,} of which lose")
    print(f"{taken_s:.1f} s of CPU on one core (aim: {AIM_S * count / CASES:g} s)")
    print(f"{count / taken_s:,.0f} cases/s, {sent / taken_s:,.0f} requests/s")


def _drawn(count: int) -> Iterator[Case]:
    """Cases of any kind, the same for every call."""
    chance = random.Random(count)  # noqa: S311  a sample, not a secret
    for _ in range(count):
        propagation_s, slow_s = chance.uniform(0.2, 3.0), chance.uniform(0.1, 3.0)
        hooks: tuple[Hook, ...] = (
            NoHook(),
            SleepHook(seconds_s=chance.uniform(0.1, 5.0)),
            GateHook(min_wait_s=propagation_s * chance.uniform(0.8, 1.5), longest_s=slow_s),
        )
        yield Case(
            load=Load(
                rate=200.0, duration_s=10.0, posts=0.5, keepalive=True,
                mix=(Share(weight=7, takes_s=0.02), Share(weight=1, takes_s=slow_s)),
            ),
            fleet=Fleet(replicas=chance.randint(2, 6), starts_s=chance.uniform(0.0, 0.5)),
            stopping=Stopping(
                hook=chance.choice(hooks), grace_s=chance.uniform(3.0, 12.0),
                on_term=chance.choice(tuple(OnTerm)),
            ),
            balancer=Balancer(propagation_s=propagation_s, deregistration_delay_s=300.0),
            play=chance.choice(PLAYS),
        )  # fmt: skip


def _case(row: Measured) -> Case:
    return Case(
        load=Load(
            rate=row.rate, duration_s=1.0, posts=0.5, keepalive=True,
            mix=(Share(weight=7, takes_s=0.02), Share(weight=1, takes_s=row.slow_s)),
        ),
        fleet=Fleet(replicas=3, starts_s=0.1),
        stopping=Stopping(hook=row.hook, grace_s=10.0, on_term=row.on_term),
        balancer=Balancer(propagation_s=2.0, deregistration_delay_s=300.0),
        play=Rolling(rounds=row.rounds),
    )  # fmt: skip


def _print_row(row: Measured, simulated: list[Tally]) -> None:
    sent = statistics.median(each.sent for each in simulated)
    lost = [each.lost for each in simulated]
    stop_s = statistics.fmean(each for tally in simulated for each in tally.stop_s)
    print(
        f"{row.name:28}{f'{row.sent:,} / {sent:,.0f}':>16}"
        f"{f'{_span(row.lost)} / {_span((min(lost), max(lost)))}':>22}"
        f"{f'{row.stop_s:.2f} / {stop_s:.2f}':>20}"
    )


def _span(ends: tuple[int, int]) -> str:
    return str(ends[0]) if ends[0] == ends[1] else f"{ends[0]}..{ends[1]}"


if __name__ == "__main__":
    main()
