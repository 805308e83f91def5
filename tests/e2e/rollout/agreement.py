"""Do the simulation and real processes come to the same verdict on sampled cases?

    python -m tests.e2e.rollout.agreement --cases 100

Resumable: each case that was really played is a line of the state file. Each is then simulated with
many seeds. The two disagree when the rehearsal lost nothing where every seed loses, or lost
something where none does; where seeds differ among themselves either is right. The number lost has
to lie between half of the least and twice the most that a seed lost, and 3 beside it: what becomes
of a request that comes within a few milliseconds of a TERM is chance, and not the model's.
"""

import argparse
import asyncio
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from awsteward.rollout.model import Case
from awsteward.rollout.rehearse.director import rehearse
from awsteward.rollout.rehearse.figures import slowest_out_s
from awsteward.rollout.rehearse.parts import Parts
from awsteward.rollout.rehearse.simulate import simulate
from tests.e2e.rollout.environment import enter
from tests.e2e.rollout.sampled import sampled

SEEDS = 20
SPARE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One case, played for real."""

    number: int
    of: str
    sent: int
    failed: int
    doubled: int
    out_late_s: float


def play(number: int) -> Played:
    """Play case *number*."""
    case = sampled(number)
    seen = asyncio.run(rehearse(case, Parts(), str(number), lambda *_: None))
    tally = seen.tally()
    return Played(
        number=number, of=repr(case), sent=tally.sent,
        failed=tally.lost + tally.committed_unanswered, doubled=tally.doubled,
        out_late_s=round(slowest_out_s(seen.marks) - case.balancer.propagation_s, 3),
    )  # fmt: skip


def played(state: Path, cases: int, at_once: int) -> list[Played]:
    """All cases; those that are not in the state file yet are played now."""
    lines = state.read_text("utf-8").splitlines() if state.exists() else []
    have = [Played(**json.loads(line)) for line in lines]
    have = [each for each in have if each.of == repr(sampled(each.number))]
    missing = sorted(set(range(cases)) - {each.number for each in have})
    with ThreadPoolExecutor(at_once) as pool, state.open("a", encoding="utf-8") as out:
        for fresh in pool.map(play, missing):
            out.write(json.dumps(asdict(fresh)) + "\n")
            out.flush()
            have.append(fresh)
            say(f"case {fresh.number}: {fresh.failed} of {fresh.sent} lost")
    return sorted((each for each in have if each.number < cases), key=lambda each: each.number)


def failed_of_seeds(case: Case) -> list[int]:
    """How many each seed of the simulation loses."""
    tallies = [simulate(case, seed) for seed in range(SEEDS)]
    return [each.lost + each.committed_unanswered for each in tallies]


def disagreement(real: int, simulated: list[int]) -> str | None:
    """Why the two do not agree; None where they do."""
    least, most = min(simulated), max(simulated)
    if real and not most:
        return f"{real} lost for real, none in the simulation"
    if least and not real:
        return f"none lost for real, {least} to {most} in the simulation"
    if not least // 2 - SPARE <= real <= 2 * most + SPARE:
        return f"{real} lost for real, {least} to {most} in the simulation"
    return None


def main(words: list[str]) -> int:
    """0 when they agree on every case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--state", type=Path, default=Path(".cache/agreement.jsonl"))
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--only-play", action="store_true")
    given = parser.parse_args(words)
    enter()
    have = played(given.state, given.cases, given.at_once)
    if given.only_play:
        return 0
    wrong = 0
    for each in have:
        case = sampled(each.number)
        if why := disagreement(each.failed, failed_of_seeds(case)):
            wrong += 1
            say(f"case {each.number}: {why}\n  {case}")
    losing = sum(each.failed > 0 for each in have)
    say(f"{len(have)} cases, {losing} of which lose for real: {wrong} disagreements")
    return int(wrong > 0)


def say(line: str) -> None:
    """To whoever looks."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
