import re

import pytest

from awsteward.core.errors import ConfigError
from awsteward.rollout.model import (
    BlueGreen,
    Canary,
    DnsShift,
    Failover,
    GateHook,
    NodeDrain,
    NoHook,
    OnTerm,
    Play,
    Rolling,
    ScaleIn,
    Share,
    SleepHook,
)
from awsteward.rollout.rehearse import shipped
from awsteward.rollout.rehearse.parts import BalancerKind, ServerKind
from awsteward.rollout.rehearse.scenario import LosesAtLeast, LosesNothing, parse

WHOLE = """\
name: a-name
about: what it shows
balancer: {kind: envoy, propagation: 2s, deregistration_delay: 5m}
load: {rate: 200, duration: 30s, posts: 25%, keepalive: false, mix: [{share: 7, takes: 50ms}]}
service: {server: nginx, replicas: 4, starts: 300ms, on_term: dies, shutdown: 1.5s}
stop: {hook: gate, min_wait: 2s, longest: 5s, grace: 10s}
play: {kind: rolling, rounds: 5}
database: {kind: sqlite}
expect: {lost: 0}
"""
LEAST = """\
name: least
balancer: {propagation: 1s}
load: {rate: 100}
service: {}
stop: {hook: none, grace: 10s}
play: {kind: rolling}
"""


def test_everything_that_can_be_said_is_heard() -> None:
    found = parse(WHOLE, "s.yaml")

    case = found.case
    assert (found.name, found.about) == ("a-name", "what it shows")
    assert found.parts.balancer is BalancerKind.ENVOY
    assert found.parts.server is ServerKind.NGINX
    assert (case.balancer.propagation_s, case.balancer.deregistration_delay_s) == (2.0, 300.0)
    assert (case.load.rate, case.load.duration_s, case.load.posts) == (200.0, 30.0, 0.25)
    assert case.load.keepalive is False
    assert case.load.mix == (Share(weight=7.0, takes_s=0.05),)
    assert (case.fleet.replicas, case.fleet.starts_s) == (4, 0.3)
    assert (case.stopping.on_term, case.stopping.shutdown_s) == (OnTerm.DIES, 1.5)
    assert case.stopping.hook == GateHook(min_wait_s=2.0, longest_s=5.0, deadline_s=None)
    assert case.play == Rolling(rounds=5)
    assert found.expected == LosesNothing()


def test_what_is_left_out_is_what_most_mean() -> None:
    found = parse(LEAST, "s.yaml")

    assert (found.parts.balancer, found.parts.server) == (BalancerKind.HAPROXY, ServerKind.PLAIN)
    assert found.case.stopping.hook == NoHook()
    assert found.case.stopping.on_term is OnTerm.DRAINS
    assert found.case.fleet.replicas == 3
    assert found.expected == LosesNothing()


@pytest.mark.parametrize(
    ("written", "play"),
    [
        ("{kind: rolling, rounds: 2}", Rolling(rounds=2)),
        ("{kind: blue-green}", BlueGreen(rounds=1)),
        ("{kind: canary, weights: [5%, 100%], step: 2s}", Canary(weights=(5, 100), step_s=2.0)),
        ("{kind: scale-in, by: 2}", ScaleIn(by=2, rounds=1)),
        ("{kind: node-drain, at_once: 3, rounds: 2}", NodeDrain(at_once=3, rounds=2)),
        ("{kind: dns-shift, ttl: 3s}", DnsShift(ttl_s=3.0, rounds=1)),
        ("{kind: failover, for: 2s}", Failover(seconds_s=2.0)),
    ],
)
def test_each_kind_of_play_has_a_spelling(written: str, play: Play) -> None:
    assert parse(LEAST.replace("{kind: rolling}", written), "s.yaml").case.play == play


def test_a_sleep_has_its_time_and_a_gate_may_have_its_deadline() -> None:
    sleep = LEAST.replace("hook: none", "hook: sleep, for: 3s")
    gate = LEAST.replace("hook: none", "hook: gate, min_wait: 1s, longest: 2s, deadline: 4s")

    assert parse(sleep, "s.yaml").case.stopping.hook == SleepHook(seconds_s=3.0)
    hook = parse(gate, "s.yaml").case.stopping.hook
    assert hook == GateHook(min_wait_s=1.0, longest_s=2.0, deadline_s=4.0)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{lost_at_least: 5%}", LosesAtLeast(share=0.05)),
        ("{lost_at_least: 3}", LosesAtLeast(share=0.0, count=3)),
        ("{lost: 0}", LosesNothing()),
    ],
)
def test_a_control_says_how_much_it_must_lose(written: str, expected: object) -> None:
    assert parse(f"{LEAST}expect: {written}\n", "s.yaml").expected == expected


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("grace: 10s", "grace: 10", "s.yaml:5:27: '10' is no duration: write 300ms, 2s"),
        (", grace: 10s", "", "s.yaml:5:7: stop lacks grace: write a duration"),
        ("hook: none", "hook: wait", "hook is one of none, sleep, gate, not 'wait'"),
        ("rate: 100", "rate: 0", "s.yaml:3:14: rate is how many"),
        ("rate: 100", "rate: fast", "'fast' is no number"),
        ("rate: 100", "rate: 100, post: 5%", "load knows no key 'post'; did you mean posts?"),
        ("rate: 100", "rate: 100, posts: 120%", "'120%' is no percentage"),
        ("rate: 100", "rate: 100, keepalive: maybe", "keepalive is true or false, not 'maybe'"),
        ("rate: 100", "rate: 100, mix: 7", "mix is a list"),
        ("rate: 100", "rate: 100, mix: [7]", "an entry of mix is a mapping"),
        ("rate: 100", "rate: 100, mix: [{share: 0, takes: 1s}]", "leave the entry out"),
        ("service: {}", "service: {replicas: none}", "replicas is a whole number of 1 or more"),
        ("service: {}", "service: [plain]", "service is a mapping"),
        ("{kind: rolling}", "{kind: scale-in, by: 3}", "leaves none: lower `by`"),
        ("{kind: rolling}", "{kind: node-drain, at_once: 4}", "only 3 replicas"),
        ("{kind: rolling}", "{kind: canary, weights: [50%]}", "the last of `weights` is 100%"),
        ("{kind: rolling}", "{kind: canary, weights: []}", "the new fleet's shares in order"),
        ("{kind: rolling}", "{kind: [rolling]}", "kind is a single value"),
        ("name: least", "nome: least", "the scenario lacks name"),
        ("name: least", "name: least\nextra: 1", "knows no key 'extra'"),
        ("service: {}", "service: {}\nexpect: {lost: 5}", "lost_at_least: 5%"),
        ("service: {}", "service: {}\nexpect: {lost_at_least: [5%]}", "is a single value"),
        ("service: {}", "service: {}\nexpect: {lost_at_least: 0%}", "may lose nothing is none"),
        ("service: {}", "service: {}\nexpect: {lost_at_least: 2.5}", "whole number of 1 or more"),
        ("service: {}", "service: {}\nexpect: {lost: 0, lost_at_least: 1}", "leave one out"),
        ("service: {}", "service: {server: gunicorn, on_term: dies}", "leave `on_term` out"),
        ("service: {}", "service: {server: uvicorn, starts: 1s}", "leave `starts` out"),
        ("name: least", "name:", "s.yaml:1:6: name is empty"),
    ],
)
def test_a_slip_is_named_with_its_place(old: str, new: str, said: str) -> None:
    text = LEAST.replace(old, new)

    with pytest.raises(ConfigError, match=re.escape(said)) as error:
        parse(text, "s.yaml")

    assert str(error.value).startswith("s.yaml:")


@pytest.mark.parametrize(
    ("stop", "said"),
    [
        ("min_wait: 9.5s, longest: 1s, grace: 10s", "s.yaml:5:30: the gate gives up after 9s"),
        ("min_wait: 9.5s, longest: 1s, grace: 10s", "or raise grace to 10.5s"),
        ("min_wait: 3s, longest: 1s, deadline: 2s, grace: 10s", "or raise deadline"),
        ("min_wait: 1s, longest: 1s, deadline: 11s, grace: 10s", "KILL comes after the grace"),
        ("min_wait: 1s, longest: 1s, deadline: [2s], grace: 10s", "deadline is a single value"),
        ("min_wait: 1s, longest: 40ms, grace: 10s", "write at least 0.05s"),
    ],
)
def test_a_gate_whose_times_cannot_be_kept_is_refused(stop: str, said: str) -> None:
    text = LEAST.replace("hook: none, grace: 10s", f"hook: gate, {stop}")

    with pytest.raises(ConfigError, match=re.escape(said)):
        parse(text, "s.yaml")


def test_a_control_may_tell_its_gate_of_shorter_requests_than_there_are() -> None:
    stop = "hook: gate, min_wait: 1s, longest: 40ms, grace: 10s"
    text = LEAST.replace("hook: none, grace: 10s", stop) + "expect: {lost_at_least: 1}\n"

    assert parse(text, "s.yaml").expected == LosesAtLeast(share=0.0, count=1)


@pytest.mark.parametrize("name", shipped.names())
def test_every_shipped_scenario_can_be_read_and_has_its_files_name(name: str) -> None:
    found = parse(*shipped.text(name))

    assert found.name == name
    assert found.about


def test_what_is_neither_file_nor_shipped_is_refused_with_what_there_is() -> None:
    with pytest.raises(ConfigError, match="rolling-gate"):
        shipped.text("no-such-scenario")
