"""Short cases: a second of propagation, requests of half a second at most."""

from dataclasses import replace

from awsteward.rollout.model import (
    Balancer,
    Case,
    Fleet,
    GateHook,
    Load,
    NodeDrain,
    NoHook,
    OnTerm,
    Play,
    Rolling,
    Share,
    Stopping,
)

GATE = GateHook(min_wait_s=0.9, longest_s=0.5)
DIES = Stopping(hook=GATE, grace_s=8.0, on_term=OnTerm.DIES)
SHORT = Case(
    load=Load(
        rate=300.0, duration_s=1.0, posts=0.5, keepalive=True,
        mix=(Share(weight=7, takes_s=0.05), Share(weight=1, takes_s=0.4)),
    ),
    fleet=Fleet(replicas=2, starts_s=0.0),
    stopping=DIES,
    balancer=Balancer(propagation_s=0.6, deregistration_delay_s=300.0),
    play=Rolling(rounds=1),
)  # fmt: skip


def played(play: Play) -> Case:
    """*play* with the gate, in front of a server that dies on TERM; somebody is always left."""
    going = play.at_once if isinstance(play, NodeDrain) else 1
    return replace(SHORT, play=play, fleet=replace(SHORT.fleet, replicas=going + 1))


def unguarded(play: Play) -> Case:
    """*play* without any hook."""
    return replace(SHORT, play=play, stopping=replace(DIES, hook=NoHook()))
