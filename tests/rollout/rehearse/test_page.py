import re
from dataclasses import replace
from itertools import pairwise

import pytest

from awsteward.rollout.rehearse import shipped
from awsteward.rollout.rehearse.director import Seen
from awsteward.rollout.rehearse.explain import failed
from awsteward.rollout.rehearse.page import page
from awsteward.rollout.rehearse.reconcile import reconcile
from awsteward.rollout.rehearse.run import Happened, Mark, Request, Run, Stop
from awsteward.rollout.rehearse.scenario import parse
from awsteward.rollout.rehearse.timeline import MOST_DRAWN, drawn
from awsteward.rollout.rehearse.verdict import judged

MARKS = tuple(
    Mark(at_s=at_s, what=what, replica=replica)
    for at_s, what, replica in (
        (0.2, Happened.STARTED, "r2"),
        (1.0, Happened.READY, "r2"),
        (1.0, Happened.DEREGISTER, "r1"),
        (1.0, Happened.HOOK_ENDED, "r1"),
        (1.0, Happened.TERM, "r1"),
        (2.0, Happened.KILL, "r1"),
        (2.1, Happened.GONE, "r1"),
        (3.0, Happened.OUT, "r1"),
    )
)
STOP = Stop(replica="r1", asked_s=1.0, hook_exit=None, term_s=1.0, killed=True, gone_s=2.1)


def request(name: str, sent_s: float, ended_s: float | None, status: int = 200) -> Request:
    return Request(
        id=name, due_s=sent_s, sent_s=sent_s, answered_s=ended_s, status=status, method="POST",
        replica="r1" if status == 200 else "",
    )  # fmt: skip


FINE = request("fine", 0.1, 0.2)
CUT = request("cut", 0.9, None, 0)
TURNED_AWAY = request("turned-away", 1.5, 1.51, 503)
LATER = request("later", 3.5, 3.6, 503)
UNANSWERED = request("unanswered", 1.6, None, 0)
TWICE = request("twice", 0.3, 0.4)


def run(*requests: Request, marks: tuple[Mark, ...] = MARKS) -> Run:
    commits = {"fine": 1, "unanswered": 1, "twice": 2}
    seen = Seen(
        requests=requests, reckoning=reconcile(requests, commits), marks=marks, stops=(STOP,)
    )
    return judged(parse(*shipped.text("rolling-gate")), seen)


ALL = run(FINE, CUT, TURNED_AWAY, LATER, UNANSWERED, TWICE)


def test_every_request_that_failed_is_drawn_in_the_colour_of_its_fate() -> None:
    picture = drawn(ALL).svg

    found = dict(re.findall(r'<a href="#([a-z-]+)".*?class="bad ([a-z]+)"', picture))

    assert found == {
        "cut": "lost", "turned-away": "lost", "later": "lost",
        "unanswered": "unanswered", "twice": "doubled",
    }  # fmt: skip


def test_every_request_that_failed_leads_to_its_line_of_the_table() -> None:
    text = page(ALL)

    for each in re.findall(r'<a href="#([^"]+)"', text):
        assert f'<tr id="{each}">' in text


@pytest.mark.parametrize(
    ("sent", "what"),
    [
        pytest.param(TURNED_AWAY, Happened.TERM, id="sent-to-one-that-takes-nothing-more"),
        pytest.param(CUT, Happened.KILL, id="in-flight-when-it-was-killed"),
        pytest.param(request("gone", 2.5, 2.51, 503), Happened.GONE, id="sent-to-one-that-is-gone"),
        pytest.param(LATER, None, id="sent-when-the-balancer-knew"),
    ],
)
def test_a_mark_explains_a_loss_while_its_replica_could_be_chosen(
    sent: Request, what: Happened | None
) -> None:
    (found,) = failed(run(sent))

    assert (found.mark.what if found.mark else None) is what


def test_a_database_that_was_away_explains_what_failed_meanwhile() -> None:
    away = Mark(at_s=3.2, what=Happened.DATABASE_AWAY, replica="")

    (found,) = failed(run(LATER, marks=(*MARKS, away)))

    assert found.mark == away


def test_the_marks_of_a_replica_stand_in_the_order_of_their_times() -> None:
    picture = drawn(replace(ALL, marks=MARKS[::-1])).svg

    letters = re.findall(r'<text x="([0-9.]+)" y="11">([A-Z])<', picture.partition(">r2<")[0])

    assert sorted(each for _, each in letters[:3]) == ["D", "H", "T"]
    assert [each for _, each in letters[3:]] == ["K", "G", "B"]
    places = [float(x) for x, _ in letters]
    assert all(after - before >= 11 for before, after in pairwise(places))


def test_many_requests_are_thinned_out_alike_for_each_replica_and_it_is_said() -> None:
    replicas = ("r1", "r2")
    many = tuple(
        replace(
            FINE, id=f"q{n}", sent_s=n / 1000, answered_s=n / 1000 + 0.1, replica=replicas[n % 2]
        )
        for n in range(2 * MOST_DRAWN)
    )
    seen = replace(ALL, requests=(*many, CUT), reckoning=run(CUT).reckoning)

    picture = drawn(seen)

    paths = re.findall(r'<path class="good" d="([^"]*)"', picture.svg)
    assert len({each.count("M") for each in paths}) == 1
    assert (len(paths), picture.svg.count('class="bad')) == (2, 1)
    assert picture.shown <= MOST_DRAWN
    assert f"{picture.shown:,} of {len(many) + 1:,} requests are drawn; of those" in page(seen)


def test_the_page_loads_nothing() -> None:
    text = page(ALL)

    assert not re.search(r"https?:|//|\bsrc=|url\(|@import|<script|<link", text)


def test_what_a_scenario_says_stays_text() -> None:
    hostile = "</title><script>alert('$name')</script>"
    seen = replace(
        ALL, name=hostile, about=hostile, notes=(hostile,), expected=hostile,
        stops=(replace(STOP, said='"><script>', replica=hostile),),
        marks=(Mark(at_s=1.0, what=Happened.WEIGHT, replica="", detail=hostile),),
    )  # fmt: skip

    text = page(seen)

    assert "<script" not in text
    assert text.count("&lt;script&gt;alert(&#x27;$name&#x27;)") >= 6


def test_a_clean_run_states_both_bounds() -> None:
    text = page(replace(ALL, tally=replace(run(FINE).tally, sent=3_000_000, stops=1000)))

    assert "fewer than 1 requests in a million" in text
    assert "fewer than 0.3 %" in text


def test_few_restarts_are_not_made_to_say_anything() -> None:
    assert "it bounds nothing: 1 are too few" in page(run(FINE))


def test_a_run_that_lost_states_its_share_and_no_bound() -> None:
    assert "so there is no bound" in page(ALL)
