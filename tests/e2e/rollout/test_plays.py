import asyncio
from dataclasses import replace

import pytest

from awsteward.rollout.model import (
    BlueGreen,
    Canary,
    Case,
    DnsShift,
    Failover,
    NodeDrain,
    OnTerm,
    Play,
    Rolling,
    ScaleIn,
)
from awsteward.rollout.rehearse.director import Seen, rehearse
from awsteward.rollout.rehearse.parts import BalancerKind, Parts, ServerKind
from awsteward.rollout.rehearse.run import Happened
from tests.e2e.rollout.cases import SHORT, played, unguarded
from tests.equipment import need

ROLLING = Rolling(rounds=1)


def rehearsed(case: Case, parts: Parts | None = None) -> Seen:
    return asyncio.run(rehearse(case, parts or Parts(), "test", lambda *_: None))


@pytest.mark.parametrize(
    ("play", "stops"),
    [
        pytest.param(ROLLING, 2, id="rolling"),
        pytest.param(BlueGreen(rounds=1), 2, id="blue-green"),
        pytest.param(Canary(weights=(10, 50, 100), step_s=0.4), 2, id="canary"),
        pytest.param(ScaleIn(by=1, rounds=1), 1, id="scale-in"),
        pytest.param(NodeDrain(at_once=2, rounds=1), 2, id="node-drain"),
        pytest.param(DnsShift(ttl_s=0.5, rounds=1), 2, id="dns-shift"),
    ],
)
def test_with_the_gate_nothing_is_lost(play: Play, stops: int) -> None:
    seen = rehearsed(played(play))

    tally = seen.tally()
    assert (tally.lost, tally.doubled, tally.committed_unanswered) == (0, 0, 0)
    assert tally.sent == tally.answered > 500
    assert [each.hook_exit for each in seen.stops] == [0] * stops


def test_without_a_hook_the_same_rollout_loses() -> None:
    tally = rehearsed(unguarded(ROLLING)).tally()

    assert tally.lost > tally.sent / 20


def test_envoy_in_haproxys_place_loses_nothing_either_and_as_much_without_the_gate() -> None:
    envoy = Parts(balancer=BalancerKind.ENVOY)

    assert rehearsed(SHORT, envoy).tally().lost == 0
    assert rehearsed(unguarded(ROLLING), envoy).tally().lost > 0


@pytest.mark.parametrize("kind", [ServerKind.GUNICORN, ServerKind.UVICORN])
def test_servers_that_people_use_lose_nothing_with_the_gate(kind: ServerKind) -> None:
    case = replace(SHORT, load=replace(SHORT.load, rate=100.0))

    tally = rehearsed(case, Parts(server=kind)).tally()

    assert tally.sent == tally.answered
    assert (tally.lost, tally.doubled) == (0, 0)


def test_nginx_on_either_side_loses_nothing_with_the_gate() -> None:
    need("nginx")
    calm = replace(SHORT, load=replace(SHORT.load, rate=100.0, keepalive=False))

    balances = rehearsed(calm, Parts(balancer=BalancerKind.NGINX)).tally()
    serves = rehearsed(SHORT, Parts(server=ServerKind.NGINX)).tally()

    assert (balances.lost, balances.sent) == (0, balances.answered)
    assert (serves.lost, serves.sent) == (0, serves.answered)


def test_a_batch_that_is_told_to_take_nothing_more_loses_no_item_and_else_it_does() -> None:
    batch = Parts(server=ServerKind.BATCH)

    assert rehearsed(SHORT, batch).tally().lost == 0
    assert rehearsed(unguarded(ROLLING), batch).tally().lost > 0


def test_a_consumers_message_that_was_not_done_comes_back_and_is_not_lost() -> None:
    case = replace(SHORT, stopping=replace(unguarded(ROLLING).stopping, grace_s=1.0))

    tally = rehearsed(case, Parts(server=ServerKind.CONSUMER)).tally()

    assert (tally.lost, tally.sent) == (0, tally.answered)


def test_a_pool_that_lets_go_and_asks_again_carries_requests_over_a_failover() -> None:
    seen = rehearsed(played(Failover(seconds_s=1.0)))

    slowest_s = max((each.answered_s or 0.0) - each.due_s for each in seen.requests)
    assert (seen.tally().lost, seen.tally().doubled) == (0, 0)
    assert slowest_s > 0.9


def test_what_ignores_term_is_killed_when_the_grace_is_over() -> None:
    stopping = replace(SHORT.stopping, on_term=OnTerm.IGNORES, grace_s=2.0)

    seen = rehearsed(replace(SHORT, stopping=stopping, fleet=replace(SHORT.fleet, replicas=1)))

    assert [each.killed for each in seen.stops] == [True]
    assert 2.0 <= seen.stops[0].took_s < 2.5
    assert Happened.KILL in {each.what for each in seen.marks}
