from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awsteward.clients.sqlite_ledger import SqliteLedger
from awsteward.tags.guard.live import Guard, guard
from awsteward.tags.guard.post import seal
from awsteward.tags.model.handled import Handled, Result
from awsteward.tags.model.outcome import Trouble
from awsteward.tags.model.reading import Created
from awsteward.tags.policy.default import default
from awsteward.tags.policy.model import Slack
from awsteward.tags.tell.notice import decode
from tests.tags.guard.estate import NOON, Estate, bucket, made

OWNED = {"CreatedBy": "alice", "Owner": "alice"}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with SqliteLedger.open(tmp_path / "ledger.db") as opened:
        yield opened


def run(
    created: list[Created], estate: Estate, ledger: SqliteLedger | None, *, writing: bool = True
) -> list[Handled]:
    with_ = Guard(policy=default(), hands=estate, ledger=ledger, now=lambda: NOON, writing=writing)
    return list(guard(created, with_))


def test_an_untagged_bucket_gets_its_maker_and_a_question(ledger: SqliteLedger) -> None:
    estate = Estate({"arn:aws:s3:::logs": {}})

    (end,) = run([made("logs")], estate, ledger)

    assert estate.tags == {"arn:aws:s3:::logs": OWNED}
    assert end.result is Result.TAGGED
    assert [ask.key for ask in end.asks] == ["CostCenter", "Environment"]
    assert [entry.value for entry in ledger.written_since(NOON)] == ["alice", "alice"]


def test_a_value_that_somebody_set_stays_as_it_is(ledger: SqliteLedger) -> None:
    estate = Estate({"arn:aws:s3:::logs": {"Owner": "ledger-team"}})

    run([made("logs")], estate, ledger)

    assert estate.tags["arn:aws:s3:::logs"] == {"Owner": "ledger-team", "CreatedBy": "alice"}


def test_a_tag_that_somebody_else_sets_in_between_is_never_ours_to_undo(
    ledger: SqliteLedger,
) -> None:
    ref = "arn:aws:s3:::logs"
    estate = Estate({ref: {}}, meanwhile={ref: {"Owner": "alice"}})

    (end,) = run([made("logs")], estate, ledger)

    assert [write.key for write in end.applied] == ["CreatedBy"]
    assert [entry.key for entry in ledger.written_since(NOON)] == ["CreatedBy"]


def test_when_somebody_else_sets_everything_nothing_would_be_written(
    ledger: SqliteLedger,
) -> None:
    ref = "arn:aws:s3:::logs"
    estate = Estate({ref: {}}, meanwhile={ref: {"Owner": "ben", "CreatedBy": "ben"}})

    (end,) = run([made("logs")], estate, ledger)

    assert (end.result, end.applied) == (Result.PENDING, ())
    assert [ask.key for ask in end.asks] == ["CostCenter", "Environment"]


def test_a_denied_write_is_never_ours_to_undo(ledger: SqliteLedger) -> None:
    ref = "arn:aws:s3:::logs"

    (end,) = run([made("logs")], Estate({ref: {}}, denied=frozenset({ref})), ledger)

    assert end.result is Result.FAILED
    assert ledger.written_since(NOON) == ()


def test_telling_what_would_be_written_counts_nothing_as_written(ledger: SqliteLedger) -> None:
    ref = "arn:aws:s3:::logs"
    run([made("logs")], Estate({ref: {}}, denied=frozenset({ref})), ledger)

    (end,) = run([made("logs")], Estate({ref: {}}), ledger, writing=False)

    assert end.result is Result.WOULD_TAG
    assert ledger.written_since(NOON) == ()


def test_things_of_one_name_in_two_regions_are_two_things() -> None:
    group = replace(bucket("web"), arn=None, handle="web", service="autoscaling")

    assert group.ref != replace(group, region="us-east-1").ref


def test_two_events_that_share_an_id_are_both_handled(ledger: SqliteLedger) -> None:
    estate = Estate({"arn:aws:s3:::a": {}, "arn:aws:s3:::b": {}})

    ends = run([made("a"), made("b")], estate, ledger)

    assert [end.result for end in ends] == [Result.TAGGED, Result.TAGGED]


def test_nothing_is_written_when_only_looking() -> None:
    estate = Estate({"arn:aws:s3:::logs": {}})

    (end,) = run([made("logs")], estate, None, writing=False)

    assert estate.tags == {"arn:aws:s3:::logs": {}}
    assert end.result is Result.WOULD_TAG
    assert {write.key: write.value for write in end.applied} == OWNED


def test_what_a_tool_made_a_moment_ago_is_left_to_it(ledger: SqliteLedger) -> None:
    estate = Estate({"arn:aws:s3:::logs": {}})
    young = made("logs", tool="terraform")
    with_ = Guard(
        policy=default(), hands=estate, ledger=ledger,
        now=lambda: young.event.at + timedelta(seconds=5), writing=True,
    )  # fmt: skip

    (end,) = guard([young], with_)

    assert end.result is Result.PENDING
    assert estate.tags == {"arn:aws:s3:::logs": {}}
    assert ledger.untold() == ()


def test_children_are_tagged_like_their_parent(ledger: SqliteLedger) -> None:
    child = bucket("child")
    estate = Estate(
        {"arn:aws:s3:::logs": {"CostCenter": "4711"}, child.ref: {}},
        family={"arn:aws:s3:::logs": (child,)},
    )

    run([made("logs")], estate, ledger)

    assert estate.tags[child.ref] == {**OWNED, "CostCenter": "4711"}


def test_one_failure_hides_no_other_resource(ledger: SqliteLedger) -> None:
    estate = Estate(
        {"arn:aws:s3:::a": {}, "arn:aws:s3:::b": {}}, trouble={"arn:aws:s3:::a": Trouble.DENIED}
    )

    first, second = run([made("a", "b")], estate, ledger)

    assert (first.result, second.result) == (Result.FAILED, Result.TAGGED)
    assert estate.tags["arn:aws:s3:::b"] == OWNED


def test_a_resource_that_is_gone_is_no_failure_and_nobody_is_told(ledger: SqliteLedger) -> None:
    estate = Estate({}, trouble={"arn:aws:s3:::a": Trouble.GONE})

    (end,) = run([made("a")], estate, ledger)

    assert end.result is Result.UNKNOWN
    assert ledger.untold() == ()


def test_the_same_event_twice_is_handled_once(ledger: SqliteLedger) -> None:
    estate = Estate({"arn:aws:s3:::logs": {}})

    ends = run([made("logs"), made("logs")], estate, ledger)

    assert len(ends) == 1


def test_a_second_run_tells_nothing_new(ledger: SqliteLedger) -> None:
    estate = Estate({"arn:aws:s3:::logs": {}})
    run([made("logs")], estate, ledger)
    before = ledger.untold()

    run([made("logs")], estate, ledger)

    assert ledger.untold() == before


def test_a_failure_and_its_later_success_are_both_told(ledger: SqliteLedger) -> None:
    estate = Estate({"arn:aws:s3:::a": {}}, trouble={"arn:aws:s3:::a": Trouble.DENIED})
    run([made("a")], estate, ledger)
    estate.trouble.clear()

    run([made("a")], estate, ledger)

    assert [decode(body).result for _, _, body in ledger.untold()] == [
        Result.FAILED,
        Result.TAGGED,
    ]


def test_a_success_is_posted_although_its_failure_was(ledger: SqliteLedger) -> None:
    estate = Estate({"arn:aws:s3:::a": {}}, trouble={"arn:aws:s3:::a": Trouble.REMOTE})
    run([made("a")], estate, ledger)
    seal(ledger, Slack(), NOON, ledger.untold())
    estate.trouble.clear()

    run([made("a")], estate, ledger)
    seal(ledger, Slack(), NOON, ledger.untold())

    failed, tagged = (payload for _, payload in ledger.unsent())
    assert "failed" in failed
    assert "awsteward tags answer" in tagged


names = st.lists(st.sampled_from("abcdef"), min_size=1, unique=True)


@settings(max_examples=20, deadline=None)  # it waits for the disk
@given(names=names, dies_after=st.integers(1, 6))
def test_a_kill_loses_no_tag_no_notice_and_no_record(
    names: list[str], dies_after: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    estate = Estate({bucket(name).ref: {} for name in names}, dies_after=dies_after)
    created = [made(name, event=name) for name in names]
    with SqliteLedger.open(tmp_path_factory.mktemp("kill") / "ledger.db") as ledger:
        with suppress(KeyboardInterrupt):
            run(created, estate, ledger)

        ends = run(created, estate, ledger)

        told = {ref: decode(body) for _, ref, body in ledger.untold()}
        recorded = {(entry.ref, entry.key) for entry in ledger.written_since(NOON)}
    assert all(tags == OWNED for tags in estate.tags.values())
    assert told.keys() == estate.tags.keys()
    assert all({write.key for write in one.applied} == OWNED.keys() for one in told.values())
    assert recorded == {(ref, key) for ref in estate.tags for key in OWNED}
    assert all(end.result in {Result.TAGGED, Result.PENDING} for end in ends)


def test_what_the_request_shows_to_be_complete_is_not_looked_at(ledger: SqliteLedger) -> None:
    tags = {"CreatedBy": "a", "Owner": "b", "CostCenter": "c", "Environment": "dev"}
    (plain,) = made("logs").resources
    created = replace(made(), resources=(replace(plain, tags=tags),))
    nowhere = Estate({})  # asked for its tags, it would fail
    with_ = Guard(
        policy=default(), hands=nowhere, ledger=ledger, now=lambda: NOON, writing=True,
        believing=True,
    )  # fmt: skip

    (end,) = guard([created], with_)

    assert end.result is Result.COMPLIANT


def test_a_failure_is_told_only_when_nobody_tries_again(ledger: SqliteLedger) -> None:
    ref = "arn:aws:s3:::logs"
    estate = Estate({ref: {}}, trouble={ref: Trouble.THROTTLED})
    with_ = Guard(
        policy=default(), hands=estate, ledger=ledger, now=lambda: NOON, writing=True, final=False
    )

    list(guard([made("logs")], with_))
    early = ledger.untold()
    list(guard([made("logs")], replace(with_, final=True)))

    assert early == ()
    assert [ref for _, ref, _ in ledger.untold()] == [f"{ref} (failed)"]
