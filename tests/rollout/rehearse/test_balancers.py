from pathlib import Path

from awsteward.rollout.rehearse.balancers import envoy, haproxy


def test_haproxy_neither_tries_again_nor_looks_at_health_nor_leaves_out_reuse() -> None:
    text = haproxy.config(18_000, 18_001, slots=3)

    assert "retries 0" in text
    assert "http-reuse always" in text
    assert "redispatch" not in text
    assert " check" not in text
    assert "server-template slot 1-3 127.0.0.1:9 disabled" in text
    assert "bind 127.0.0.1:18000 " in text


def test_an_envoy_target_that_leaves_drains_and_stays_in_the_file() -> None:
    targets = (envoy.Target(port=1, weight=90), envoy.Target(port=2, weight=0))

    file = envoy.assignment(targets, version=7)

    assert file["version_info"] == "7"
    text = repr(file)
    assert text.index("'port_value': 1") < text.index("HEALTHY") < text.index("'port_value': 2")
    assert text.index("'port_value': 2") < text.index("DRAINING")


def test_envoy_does_not_try_again_and_has_no_panic() -> None:
    text = repr(envoy.bootstrap(18_000, 18_001, Path("/run/targets.json")))

    assert "retry" not in text
    assert "'healthy_panic_threshold': {'value': 0}" in text
    assert "'path': '/run/targets.json'" in text
