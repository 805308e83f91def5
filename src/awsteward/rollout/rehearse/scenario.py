"""A scenario file: one case, the real parts to play it with, and what is expected of it. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from awsteward.core.yaml import Node, Scalar, read
from awsteward.rollout.model import (
    WHOLE,
    Balancer,
    BlueGreen,
    Canary,
    Case,
    DnsShift,
    Failover,
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
from awsteward.rollout.rehearse.fields import Section, seconds, section, share, wrong
from awsteward.rollout.rehearse.parts import BalancerKind, Parts, ServerKind


@dataclass(frozen=True, slots=True)
class LosesNothing:
    """Every request is answered and committed once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LosesAtLeast:
    """A negative control: so many are lost, as a share of what is sent while things change."""

    share: float
    count: int = 1


Expected = LosesNothing | LosesAtLeast


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What a scenario file says."""

    name: str
    about: str
    case: Case
    parts: Parts
    expected: Expected


class HookKind(StrEnum):
    """What runs between deregistration and TERM."""

    NONE = "none"
    SLEEP = "sleep"
    GATE = "gate"


class DatabaseKind(StrEnum):
    """What keeps the ledger."""

    SQLITE = "sqlite"


class PlayKind(StrEnum):
    """What is done to the fleet."""

    ROLLING = "rolling"
    BLUE_GREEN = "blue-green"
    CANARY = "canary"
    SCALE_IN = "scale-in"
    NODE_DRAIN = "node-drain"
    DNS_SHIFT = "dns-shift"
    FAILOVER = "failover"


def parse(text: str, file: str) -> Scenario:
    """The scenario that *text* holds; else ConfigError with its place."""
    top = section("the scenario", read(text, file))
    parts = Parts(
        balancer=top.section("balancer").choice("kind", BalancerKind, BalancerKind.HAPROXY),
        server=top.section("service").choice("server", ServerKind, ServerKind.PLAIN),
    )
    database = top.section("database")
    database.choice("kind", DatabaseKind, DatabaseKind.SQLITE)
    database.end()
    scenario = Scenario(
        name=top.word("name"), about=top.word("about", ""),
        case=_case(top), parts=parts, expected=_expected(top.section("expect")),
    )  # fmt: skip
    top.end()
    _foreseen(scenario, top.section("stop"))
    return scenario


def _possible(play: Play, fleet: Fleet, node: Node) -> Play:
    """Refuse what leaves nobody to answer: its losses would say nothing about stopping."""
    match play:
        case ScaleIn(by=by) if by >= fleet.replicas:
            wrong(node, f"scaling {fleet.replicas} replicas in by {by} leaves none: lower `by`")
        case NodeDrain(at_once=at_once) if at_once > fleet.replicas:
            wrong(node, f"there are only {fleet.replicas} replicas: lower `at_once`")
        case Canary(weights=weights) if weights[-1] != WHOLE:
            wrong(node, "the last of `weights` is 100%: the old fleet goes after it")
        case _:
            pass
    return play


def _foreseen(scenario: Scenario, stop: Section) -> None:
    """A gate that was told of shorter requests may keep all by luck: that would prove nothing."""
    hook, slowest_s = scenario.case.stopping.hook, max(s.takes_s for s in scenario.case.load.mix)
    node = stop.given("longest")
    if not (isinstance(hook, GateHook) and isinstance(scenario.expected, LosesNothing) and node):
        return
    if hook.longest_s < slowest_s:
        wrong(
            node,
            f"the mix has requests of {slowest_s:g}s, and the gate may take them for over after"
            f" {hook.longest_s:g}s of silence: write at least {slowest_s:g}s",
        )


def _case(top: Section) -> Case:
    service = top.section("service")
    fleet = Fleet(replicas=service.count("replicas", 3), starts_s=service.seconds("starts", 0.0))
    case = Case(
        load=_load(top.section("load")),
        fleet=fleet,
        stopping=_stopping(top.section("stop"), service),
        balancer=_balancer(top.section("balancer")),
        play=_possible(_play(top.section("play")), fleet, top.section("play").fields),
    )
    _own(service)
    service.end()
    return case


def _own(service: Section) -> None:
    """Refuse what a packaged server would not hear of."""
    server = service.choice("server", ServerKind, ServerKind.PLAIN)
    if server not in {ServerKind.GUNICORN, ServerKind.UVICORN}:
        return
    for key in ("on_term", "starts", "shutdown"):
        if node := service.given(key):
            wrong(node, f"{server} starts and stops as it always does: leave `{key}` out")


def _stopping(stop: Section, service: Section) -> Stopping:
    hook, grace_s = _hook(stop), stop.seconds("grace")
    stop.end()
    if isinstance(hook, GateHook):
        _within(hook, grace_s, stop)
    return Stopping(
        hook=hook, grace_s=grace_s, on_term=service.choice("on_term", OnTerm, OnTerm.DRAINS),
        shutdown_s=service.seconds("shutdown", 0.0),
    )  # fmt: skip


def _within(hook: GateHook, grace_s: float, stop: Section) -> None:
    """Refuse times with which a gate would do no more than sleep, or be killed while it waits."""
    until_s = hook.gives_up_s(grace_s)
    if until_s > grace_s and (node := stop.given("deadline")):
        wrong(node, f"KILL comes after the grace of {grace_s:g}s: write less, or leave it out")
    if hook.min_wait_s > until_s and (node := stop.given("min_wait")):
        least_s = grace_s + hook.min_wait_s - until_s
        wrong(
            node,
            f"the gate gives up after {until_s:g}s, before min_wait is over: lower min_wait, or "
            + (f"raise grace to {least_s:g}s" if hook.deadline_s is None else "raise deadline"),
        )


def _balancer(given: Section) -> Balancer:
    given.known.add("kind")
    balancer = Balancer(
        propagation_s=given.seconds("propagation"),
        deregistration_delay_s=given.seconds("deregistration_delay", 300.0),
    )
    given.end()
    return balancer


def _load(given: Section) -> Load:
    rate = given.number("rate")
    if not rate and (node := given.given("rate")):
        wrong(node, "rate is how many requests are sent a second; write more than 0")
    mix = tuple(_share(each) for each in given.items("mix"))
    load = Load(
        rate=rate, duration_s=given.seconds("duration", 1.0), posts=given.share("posts", 0.5),
        keepalive=given.flag("keepalive", default=True),
        mix=mix or (Share(weight=1.0, takes_s=0.05),),
    )  # fmt: skip
    given.end()
    return load


def _share(node: Node) -> Share:
    given = section("an entry of mix", node)
    found = Share(weight=given.number("share", 1.0), takes_s=given.seconds("takes"))
    given.end()
    if not found.weight:
        wrong(node, "a share of 0 is never sent: leave the entry out")
    return found


def _hook(stop: Section) -> Hook:
    match kind := stop.choice("hook", HookKind):
        case HookKind.NONE:
            return NoHook()
        case HookKind.SLEEP:
            return SleepHook(seconds_s=stop.seconds("for"))
        case HookKind.GATE:
            deadline = stop.scalar("deadline")
            return GateHook(
                min_wait_s=stop.seconds("min_wait"), longest_s=stop.seconds("longest"),
                deadline_s=seconds(deadline) if deadline else None,
            )  # fmt: skip
        case _:
            assert_never(kind)


def _play(given: Section) -> Play:
    play = PLAYS[given.choice("kind", PlayKind)](given)
    given.end()
    return play


def _rounds(given: Section) -> int:
    return given.count("rounds", 1)


def _weights(given: Section) -> tuple[int, ...]:
    nodes = given.items("weights")
    found = tuple(round(100 * share(each)) for each in nodes if isinstance(each, Scalar))
    if not found or len(found) < len(nodes):
        raise_at = given.given("weights")
        if raise_at is not None:
            wrong(raise_at, "weights are the new fleet's shares in order: [10%, 50%, 100%]")
    return found or (10, 50, 100)


PLAYS: Mapping[PlayKind, Callable[[Section], Play]] = {
    PlayKind.ROLLING: lambda given: Rolling(rounds=_rounds(given)),
    PlayKind.BLUE_GREEN: lambda given: BlueGreen(rounds=_rounds(given)),
    PlayKind.CANARY: lambda given: Canary(
        weights=_weights(given), step_s=given.seconds("step", 1.0)
    ),
    PlayKind.SCALE_IN: lambda given: ScaleIn(by=given.count("by", 1), rounds=_rounds(given)),
    PlayKind.NODE_DRAIN: lambda given: NodeDrain(
        at_once=given.count("at_once", 2), rounds=_rounds(given)
    ),
    PlayKind.DNS_SHIFT: lambda given: DnsShift(
        ttl_s=given.seconds("ttl", 1.0), rounds=_rounds(given)
    ),
    PlayKind.FAILOVER: lambda given: Failover(seconds_s=given.seconds("for")),
}


def _expected(given: Section) -> Expected:
    least, lost = given.scalar("lost_at_least"), given.scalar("lost")
    given.end()
    if least and lost:
        wrong(lost, "either `lost: 0` or, of a control, `lost_at_least`: leave one out")
    if least:
        return _control(given, least)
    if lost and lost.text != "0":
        wrong(lost, "a rehearsal expects `lost: 0`, or of a control `lost_at_least: 5%`")
    return LosesNothing()


def _control(given: Section, least: Scalar) -> LosesAtLeast:
    if not least.text.endswith("%"):
        return LosesAtLeast(share=0.0, count=given.count("lost_at_least"))
    if not (found := share(least)):
        wrong(least, "a control that may lose nothing is none: write more, or `lost: 0`")
    return LosesAtLeast(share=found)
