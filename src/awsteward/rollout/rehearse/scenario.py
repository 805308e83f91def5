"""A scenario file: one case, the real parts to play it with, and what is expected of it. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from awsteward.core.yaml import Node, Scalar, read
from awsteward.rollout.model import (
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
from awsteward.rollout.rehearse.fields import Section, number, seconds, section, share, wrong
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


WHOLE = 100


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


def _case(top: Section) -> Case:
    stop, service = top.section("stop"), top.section("service")
    fleet = Fleet(replicas=service.count("replicas", 3), starts_s=service.seconds("starts", 0.0))
    case = Case(
        load=_load(top.section("load")),
        fleet=fleet,
        stopping=Stopping(
            hook=_hook(stop), grace_s=stop.seconds("grace"),
            on_term=service.choice("on_term", OnTerm, OnTerm.DRAINS),
            shutdown_s=service.seconds("shutdown", 0.0),
        ),
        balancer=_balancer(top.section("balancer")),
        play=_possible(_play(top.section("play")), fleet, top.section("play").fields),
    )  # fmt: skip
    service.known.add("server")
    service.end()
    stop.end()
    return case


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
            deadline = stop.given("deadline")
            return GateHook(
                min_wait_s=stop.seconds("min_wait"), longest_s=stop.seconds("longest"),
                deadline_s=seconds(deadline) if isinstance(deadline, Scalar) else None,
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
    least, lost = given.given("lost_at_least"), given.given("lost")
    given.end()
    if isinstance(least, Scalar):
        if least.text.endswith("%"):
            return LosesAtLeast(share=share(least))
        return LosesAtLeast(share=0.0, count=max(1, int(number(least))))
    if lost is not None and not (isinstance(lost, Scalar) and lost.text == "0"):
        wrong(lost, "a rehearsal expects `lost: 0`, or of a control `lost_at_least: 5%`")
    return LosesNothing()
