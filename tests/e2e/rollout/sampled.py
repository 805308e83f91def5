"""Short cases drawn at random: what the simulation and real processes are to agree on. Pure.

Times are drawn with some distance between those whose order decides: what is decided by a few
milliseconds says more about this machine than about the model.
"""

import random
from dataclasses import replace

from awsteward.rollout.model import (
    Balancer,
    BlueGreen,
    Case,
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
)

APART_S = 0.3


def sampled(number: int) -> Case:
    """Case *number*: always the same one."""
    chance = random.Random(number)  # noqa: S311  a sample, not a secret
    propagation_s = chance.choice((0.3, 0.6, 0.9))
    longest_s = chance.choice((0.1, 0.4, 0.8, 1.2))
    case = Case(
        load=Load(
            rate=chance.choice((60.0, 100.0, 150.0)), duration_s=1.0, posts=0.5,
            keepalive=chance.random() < 0.8,
            mix=(Share(weight=4, takes_s=0.02), Share(weight=2, takes_s=longest_s)),
        ),
        fleet=Fleet(replicas=chance.choice((2, 3)), starts_s=chance.choice((0.0, 0.3))),
        stopping=Stopping(
            hook=_hook(chance, propagation_s, longest_s),
            grace_s=_grace_s(chance, propagation_s, longest_s),
            on_term=chance.choice((OnTerm.DRAINS, OnTerm.DRAINS, OnTerm.DIES, OnTerm.IGNORES)),
            shutdown_s=chance.choice((0.0, 0.0, 0.4)),
        ),
        balancer=Balancer(propagation_s=propagation_s, deregistration_delay_s=300.0),
        play=_play(chance),
    )  # fmt: skip
    return _sensible(case)


def _sensible(case: Case) -> Case:
    """A gate's deadline is apart from what it waits for, and a drained node leaves somebody."""
    hook, play = case.stopping.hook, case.play
    if isinstance(hook, GateHook):
        needed_s = case.balancer.propagation_s + max(each.takes_s for each in case.load.mix)
        grace_s = max(case.stopping.grace_s, hook.min_wait_s + 2 * APART_S)
        if abs(grace_s - APART_S - needed_s) < APART_S:
            grace_s = needed_s + 2 * APART_S
        hook = replace(hook, deadline_s=round(grace_s - APART_S, 2))
        case = replace(case, stopping=replace(case.stopping, hook=hook, grace_s=grace_s))
    if isinstance(play, NodeDrain):
        case = replace(case, play=replace(play, at_once=case.fleet.replicas - 1))
    return case


def _hook(chance: random.Random, propagation_s: float, longest_s: float) -> Hook:
    match chance.choice(("none", "sleep", "sleep", "gate", "gate", "gate")):
        case "none":
            return NoHook()
        case "sleep":
            enough_s = propagation_s + APART_S
            return SleepHook(
                seconds_s=chance.choice(
                    (max(0.1, propagation_s - APART_S), enough_s, enough_s + longest_s)
                )
            )
        case _:
            return GateHook(
                min_wait_s=round(propagation_s + APART_S, 2), longest_s=round(longest_s + 0.1, 2)
            )


def _grace_s(chance: random.Random, propagation_s: float, longest_s: float) -> float:
    """Ample, or too short for the longest request that enters last."""
    needed_s = propagation_s + longest_s
    short_s = max(1.2, needed_s - APART_S)
    return round(chance.choice((needed_s + 2.0, needed_s + 2.0, short_s)), 2)


def _play(chance: random.Random) -> Play:
    return chance.choice(
        (
            Rolling(rounds=1),
            Rolling(rounds=1),
            BlueGreen(rounds=1),
            ScaleIn(by=1, rounds=1),
            NodeDrain(at_once=2, rounds=1),
        )
    )
