"""What others say is in flight, what is asked for, and the line that tells."""

import json
from typing import Any

import pytest

from awsteward.rollout.gate import Flags, as_line, numbers_in, said, split_url

NGINX = """Active connections: 3
server accepts handled requests
 16 16 31
Reading: 1 Writing: 2 Waiting: 0
"""
ENVOY = """http.admin.downstream_rq_active: 1
http.in.downstream_rq_active: 2
http.b.downstream_rq_active: 0
"""


@pytest.mark.parametrize(
    ("flag", "text", "name", "number"),
    [
        pytest.param("inflight_url", "3\n", "", 3, id="a-number"),
        pytest.param("inflight_url", "0", "", 0, id="zero"),
        pytest.param("inflight_url", "0.2", "", 1, id="not-nothing"),
        pytest.param("inflight_url", '{"in_flight": 4}', "", 4, id="json"),
        pytest.param("inflight_url", '{"up": 1, "in_flight": 4}', "in_flight", 4, id="by-name"),
        pytest.param("inflight_url", "up 1\nin_flight 5\n", "in_flight", 5, id="line-by-name"),
        pytest.param(
            "inflight_url",
            '# TYPE in_flight gauge\nin_flight{path="/a"} 2 1700000000\nin_flight{path="/b"} 1\n',
            "in_flight", 3, id="prometheus",
        ),
        pytest.param("nginx_status", NGINX, "", 2, id="nginx-less-our-own"),
        pytest.param("envoy_stats", ENVOY, "", 2, id="envoy-less-the-admin"),
        pytest.param("busy_url", "0\n", "", 0, id="not-busy"),
        pytest.param("busy_url", "idle", "", 0, id="idle"),
        pytest.param("busy_url", "", "", 1, id="says-nothing"),
        pytest.param("busy_url", "7 jobs", "", 1, id="busy"),
    ],
)  # fmt: skip
def test_an_answer_says(flag: str, text: str, name: str, number: int) -> None:
    assert said(flag, text, name) == number


@pytest.mark.parametrize(
    ("flag", "text", "name"),
    [
        pytest.param("inflight_url", "", "", id="empty"),
        pytest.param("inflight_url", "1 2", "", id="which-one"),
        pytest.param("inflight_url", "a 1\nb 2", "", id="which-name"),
        pytest.param("inflight_url", "a 1", "b", id="another-name"),
        pytest.param("inflight_url", "nan", "", id="nan"),
        pytest.param("inflight_url", "-1", "", id="less-than-nothing"),
        pytest.param("nginx_status", "<html>404</html>", "", id="not-nginx"),
        pytest.param("envoy_stats", "http.admin.downstream_rq_active: 1", "", id="only-the-admin"),
    ],
)
def test_an_answer_that_does_not_say_is_an_error(flag: str, text: str, name: str) -> None:
    with pytest.raises(OSError, match="such numbers"):
        said(flag, text, name)


def test_a_second_number_behind_a_name_is_not_its_own() -> None:
    assert numbers_in("a 1 1700000000\nb: 2") == [("a", 1.0), ("b", 2.0)]


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("http://127.0.0.1:81/x?y=1#name", ("127.0.0.1", 81, "/x?y=1")),
        ("http://localhost/", ("127.0.0.1", 80, "/")),
        ("http://[::1]:9901/stats", ("::1", 9901, "/stats")),
        ("http://[::1]", ("::1", 80, "/")),
    ],
)
def test_a_url_is_one_of_this_machine(url: str, parts: tuple[str, int, str]) -> None:
    assert split_url(url) == parts


@pytest.mark.parametrize(
    "words",
    [
        "wait",
        "wait --port 0",
        "wait --port 70000",
        "wait --port http",
        "wait --port 80 --deadline 5 --min-wait 6",
        "wait --port 80 --deadline nan",
        "wait --port 80 --deadline",
        "wait --port 80 --prot 81",
        "wait --port 80 --grace 5",
        "wait --inflight-url https://127.0.0.1/",
        "wait --inflight-url http://example.com/",
        "wait --stop-intake true",
        "run --port 80",
        "run --port 80 --grace 5 --deadline 6 -- true",
        "run --rewrite 15 -- true",
        "run --stop-signal WHAT -- true",
        "run -e 256 -- true",
        "serve --port 80",
        "serve --port 80 --listen 127.0.0.1:80",
        "serve --port 80 --listen 127.0.0.1:81 --stop-intake-signal TERM",
        "observe --port 80",
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(words: str) -> None:
    form, *rest = words.split()

    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        Flags(form, rest)


@pytest.mark.parametrize(
    ("words", "min_wait", "deadline"),
    [
        ("wait --port 80", 20, 25),
        ("wait --port 80 --deadline 5", 5, 5),
        ("wait --port=80 --min-wait=1 --deadline=50", 1, 50),
        ("wait --busy-file /tmp/busy", 0, 25),
        ("run --port 80 --grace 60 -- true", 20, 59),
        ("run --port 80 --grace 1 true", 0.5, 0.5),
        ("run -- true", 0, 29),
    ],
)
def test_what_is_not_said_never_contradicts_what_is(
    words: str, min_wait: float, deadline: float
) -> None:
    form, *rest = words.split()
    flags: Any = Flags(form, rest)

    assert (flags.min_wait, flags.deadline) == (min_wait, deadline)


def test_a_command_keeps_its_own_flags() -> None:
    flags: Any = Flags(
        "run", ["--rewrite", "15:3", "-e", "143", "--", "sh", "-c", "x", "--port", "1"]
    )

    assert flags.command == ["sh", "-c", "x", "--port", "1"]
    assert (flags.rewrite, flags.ok_exit, flags.port) == ({15: 3}, [143], [])


def test_the_line_is_json_whatever_stands_in_it() -> None:
    rows = [
        ("error", 'a "b"\\\n\x1b é 😀'),
        ("left", None),
        ("killed", True),
        ("seconds", 1.5),
        ("port", [80]),
    ]
    told = json.loads(as_line("wait", rows))

    assert told.pop("error").startswith('a "b"\\\n\x1b é')
    assert told == {"gate": "wait", "left": None, "killed": True, "seconds": 1.5, "port": [80]}
