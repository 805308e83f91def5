"""No fights: what the same caller takes away twice is no longer written, but asked for."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from awsteward.clients.ledger import State
from awsteward.clients.reins import Fault
from awsteward.clients.sqlite_ledger import SqliteLedger
from awsteward.clients.sqlite_reins import SqliteReins
from awsteward.tags.duty.turn import Done, turn
from awsteward.tags.guard.hold import OnDuty
from awsteward.tags.guard.live import Guard, guard
from awsteward.tags.guard.promotion import Wanted
from awsteward.tags.guard.refrain import lift
from awsteward.tags.model.advice import Cause
from awsteward.tags.model.handled import Handled, Result
from awsteward.tags.policy.model import Language, Policy, Slack
from awsteward.tags.policy.parse import parse
from awsteward.tags.tell.letter import compose
from awsteward.tags.tell.notice import Kind, Notice, decode
from tests.tags.duty.events import ACCOUNT, body, message, record
from tests.tags.guard.estate import NOON, Estate, made

POLICY = parse("tags:\n  required: [Owner]", "awsteward.yaml")
LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with SqliteLedger.open(tmp_path / "ledger.db") as opened:
        yield opened


def with_(ledger: SqliteLedger, estate: Estate | None = None, policy: Policy = POLICY) -> Guard:
    return Guard(
        policy=policy, hands=estate or Estate({}), ledger=ledger, now=lambda: NOON, writing=True
    )


def create(ledger: SqliteLedger, name: str, tags: dict[str, str] | None = None) -> Handled:
    estate = Estate({f"arn:aws:s3:::{name}": tags or {}})
    (end,) = guard([made(name, event=f"made-{name}")], with_(ledger, estate))
    return end


def strip(
    ledger: SqliteLedger, name: str, *, event: str, by: str = "bob", at: datetime = LATER,
    policy: Policy = POLICY, **more: Any,
) -> str:  # fmt: skip
    """Somebody's call that takes Owner off a bucket, through the queue; what came of it."""
    identity = {
        "type": "IAMUser", "userName": by, "arn": f"arn:aws:iam::{ACCOUNT}:user/{by}",
        "accountId": ACCOUNT,
    }  # fmt: skip
    asked = {"resourceArn": f"arn:aws:s3:::{name}", "tagKeys": ["Owner"]}
    call = {"eventName": "UntagResource", "eventID": event, "userIdentity": identity}
    detail = record(name, at, **{**call, "requestParameters": asked, **more})
    ((_, fate),) = turn([message(body(detail))], with_(ledger, policy=policy), None, 10)
    assert isinstance(fate, Done)
    (end,) = fate.ends
    return end.why


def about_removals(ledger: SqliteLedger) -> list[Notice]:
    notices = [decode(text) for _, _, text in ledger.untold()]
    return [each for each in notices if each.who.kind is Kind.REMOVER]


def test_one_removal_is_kept_and_changes_nothing_else(ledger: SqliteLedger) -> None:
    create(ledger, "a")

    why = strip(ledger, "a", event="u1")

    assert why == "took away what was ours: Owner, by bob"
    (kept,) = ledger.removals(ACCOUNT, "AWS::S3::Bucket")
    assert (kept.event_id, kept.ref, kept.key, kept.by) == ("u1", "arn:aws:s3:::a", "Owner", "bob")
    assert ledger.written_since(NOON) == ()
    assert create(ledger, "b").result is Result.TAGGED
    assert about_removals(ledger) == []


def test_a_removal_in_the_second_of_our_writing_took_ours(ledger: SqliteLedger) -> None:
    estate, half = Estate({"arn:aws:s3:::a": {}}), NOON + timedelta(milliseconds=500)
    list(guard([made("a")], replace(with_(ledger, estate), now=lambda: half)))

    strip(ledger, "a", event="u1", at=NOON)

    assert len(ledger.removals(ACCOUNT, "AWS::S3::Bucket")) == 1


def test_the_second_of_the_same_caller_stops_the_writing_and_asks(ledger: SqliteLedger) -> None:
    for name in ("a", "b"):
        create(ledger, name)
        strip(ledger, name, event=f"u-{name}")

    end = create(ledger, "c")

    assert (end.result, end.applied) == (Result.PENDING, ())
    (ask,) = end.asks
    assert ask.why.startswith("bob took it away twice")
    assert ask.suggestion == "alice"


def test_the_same_bucket_stripped_twice_counts_as_well(ledger: SqliteLedger) -> None:
    for number in (1, 2):
        create(ledger, "a")
        strip(ledger, "a", event=f"u{number}")

    assert create(ledger, "a").applied == ()


def test_whoever_is_asked_is_told_who_it_was_at_once(ledger: SqliteLedger) -> None:
    for name in ("a", "b"):
        create(ledger, name)
        strip(ledger, name, event=f"u-{name}")

    (told,) = about_removals(ledger)

    assert (told.ref, told.who.name, told.result) == ("arn:aws:s3:::b", "bob", Result.PENDING)
    assert told.advice is not None
    assert told.advice.cause is Cause.REMOVAL
    assert [ask.key for ask in told.asks] == ["Owner"]


def test_once_lifted_it_is_written_again_and_two_more_removals_count_anew(
    ledger: SqliteLedger,
) -> None:
    for name in ("a", "b"):
        create(ledger, name)
        strip(ledger, name, event=f"u-{name}")

    (lifted,) = lift(ledger, Wanted())
    strip(ledger, "b", event="u-b")  # the same event, again
    written = create(ledger, "c")
    strip(ledger, "c", event="u-c")
    after_one = create(ledger, "d")
    strip(ledger, "d", event="u-d")

    assert (lifted.cell.key, lifted.by) == ("Owner", "bob")
    assert written.result is after_one.result is Result.TAGGED
    assert create(ledger, "e").applied == ()


@pytest.mark.parametrize("language", Language)
def test_the_message_says_that_tags_were_taken_away_not_made(
    ledger: SqliteLedger, language: Language
) -> None:
    policy = replace(POLICY, slack=Slack(language=language))
    for name in ("a", "b"):
        create(ledger, name)
        strip(ledger, name, event=f"u-{name}", policy=policy)

    (letter,) = compose(about_removals(ledger), window=timedelta(hours=1), language=language)
    said = msgspec.json.encode(letter.payload).decode()

    assert "`bob`" in said
    assert "UntagResource" in said
    assert ("bob took tags away from 1 resource" in said) is (language is Language.ENGLISH)


def test_another_caller_another_key_and_another_type_are_not_the_same(
    ledger: SqliteLedger,
) -> None:
    create(ledger, "a")
    strip(ledger, "a", event="u1", by="bob")
    create(ledger, "b")
    strip(ledger, "b", event="u2", by="carol")

    assert create(ledger, "c").result is Result.TAGGED


def test_an_event_that_comes_again_counts_once(ledger: SqliteLedger) -> None:
    create(ledger, "a")
    strip(ledger, "a", event="u1")
    create(ledger, "a")  # written once more, by a creation that came again

    strip(ledger, "a", event="u1")

    assert len(ledger.removals(ACCOUNT, "AWS::S3::Bucket")) == 1
    assert [entry.key for entry in ledger.written_since(NOON)] == ["Owner"]
    assert create(ledger, "b").result is Result.TAGGED


def test_one_call_on_many_resources_is_one_removal(ledger: SqliteLedger) -> None:
    create(ledger, "a")
    create(ledger, "b")
    arns = ["arn:aws:s3:::a", "arn:aws:s3:::b"]

    strip(
        ledger, "a", event="u1", eventSource="tagging.amazonaws.com", eventName="UntagResources",
        requestParameters={"resourceARNList": arns, "tagKeys": ["Owner"]},
    )  # fmt: skip

    assert ledger.written_since(NOON) == ()
    assert create(ledger, "c").result is Result.TAGGED


def test_what_was_never_ours_is_no_removal(ledger: SqliteLedger) -> None:
    create(ledger, "a", {"Owner": "shop"})

    assert "took away" not in strip(ledger, "a", event="u1")
    assert "took away" not in strip(ledger, "elsewhere", event="u2")
    assert ledger.removals(ACCOUNT, "AWS::S3::Bucket") == ()


def test_our_own_undo_is_no_removal(ledger: SqliteLedger) -> None:
    for number in (1, 2):
        create(ledger, f"b{number}")
        ledger.settle(ledger.written_since(NOON), State.UNDONE)

        assert "took away" not in strip(ledger, f"b{number}", event=f"u{number}")

    assert create(ledger, "c").result is Result.TAGGED


def test_a_removal_from_before_our_write_took_nothing_of_ours(ledger: SqliteLedger) -> None:
    create(ledger, "a")

    assert "took away" not in strip(ledger, "a", event="u1", at=NOON - timedelta(minutes=1))


def test_a_removal_that_failed_took_nothing(ledger: SqliteLedger) -> None:
    create(ledger, "a")

    assert "took away" not in strip(ledger, "a", event="u1", errorCode="AccessDenied")


def test_whoever_replaces_all_tags_takes_away_what_is_not_among_them(ledger: SqliteLedger) -> None:
    create(ledger, "a")
    tags = {"Tagging": {"TagSet": {"Tag": {"Key": "Name", "Value": "a"}}}}

    kept = {"Tagging": {"TagSet": {"Tag": {"Key": "Owner", "Value": "alice"}}}}
    left = strip(
        ledger, "a", event="u0", eventName="PutBucketTagging",
        requestParameters={"bucketName": "a", **kept},
    )  # fmt: skip
    took = strip(
        ledger, "a", event="u1", eventName="PutBucketTagging",
        requestParameters={"bucketName": "a", **tags},
    )  # fmt: skip

    assert "took away" not in left
    assert took == "took away what was ours: Owner, by bob"


def test_an_id_means_only_a_resource_of_a_kind_that_the_call_untags(ledger: SqliteLedger) -> None:
    create(ledger, "web")

    why = strip(
        ledger, "web", event="u1", eventSource="iam.amazonaws.com", eventName="UntagRole",
        requestParameters={"roleName": "web", "tagKeys": ["Owner"]},
    )  # fmt: skip

    assert "took away" not in why


def test_what_nobody_did_is_kept_from_an_undo_and_stops_nothing(ledger: SqliteLedger) -> None:
    for name in ("a", "b"):
        create(ledger, name)
        strip(ledger, name, event=f"u-{name}", userIdentity=None)

    assert ledger.written_since(NOON) == ()
    assert create(ledger, "c").result is Result.TAGGED


def test_a_mass_of_removals_does_not_fill_the_ledger(ledger: SqliteLedger) -> None:
    names = [f"b{n}" for n in range(6)]
    for name in names:
        create(ledger, name)
    for name in names:
        strip(ledger, name, event=f"u-{name}")

    assert len(ledger.removals(ACCOUNT, "AWS::S3::Bucket")) == 2
    assert ledger.written_since(NOON) == ()
    assert len(about_removals(ledger)) == 1


def test_the_breaker_counts_each_tag_that_was_taken_away_once(ledger: SqliteLedger) -> None:
    create(ledger, "a")
    asked = {"resourceArn": "arn:aws:s3:::a", "tagKeys": ["Owner"]}
    text = body(record("a", LATER, eventName="UntagResource", requestParameters=asked))
    rules = "tags:\n  required: [Owner]\nenforcement:\n  breaker: {removals: 1}"
    reins = SqliteReins.of(ledger)
    hold = OnDuty.of(parse(rules, "awsteward.yaml"), reins, None, lambda: LATER)

    for _ in range(2):
        list(turn([message(text)], replace(with_(ledger), hold=hold), None, 10))

    (trip,) = reins.pulled().trips
    assert (trip.account, trip.why.split()[0]) == (ACCOUNT, "1")
    assert reins.counted(ACCOUNT, Fault.REMOVAL, NOON) == 1
