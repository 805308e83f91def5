"""The guard with its brakes: what is written, what is told and what is remembered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from awsteward.clients.aws.dynamo.reins import DynamoReins
from awsteward.clients.aws.refusals import Answer, Refusal
from awsteward.clients.reins import Cell, Promotion, Stop
from awsteward.clients.sqlite_ledger import SqliteLedger
from awsteward.clients.sqlite_reins import SqliteReins
from awsteward.core.errors import ConfigError, RemoteError
from awsteward.tags.guard.hold import Hold, OnDuty, Stoppable
from awsteward.tags.guard.live import Guard, guard
from awsteward.tags.model.handled import Brake, Handled, Result
from awsteward.tags.model.reading import Created
from awsteward.tags.policy.default import default
from awsteward.tags.policy.enforcement import Breaker, Enforcement, Freeze, Promoting
from awsteward.tags.policy.model import Slack
from tests.tags.guard.estate import NOON, Estate, bucket, made

ACCOUNT = "111122223333"
REF = "arn:aws:s3:::logs"
OWNED = {"CreatedBy": "alice", "Owner": "alice"}
WAIVED = Enforcement(promotion=Promoting.WAIVED)
FREEZE = Freeze(first=date(2029, 12, 20), last=date(2030, 1, 1), why="holidays")


def cell(key: str) -> Cell:
    return Cell(account=ACCOUNT, type="AWS::S3::Bucket", key=key)


@dataclass
class Scene:
    """One guard on duty over one estate, and its clock."""

    ledger: SqliteLedger
    reins: SqliteReins
    estate: Estate
    rules: Enforcement = field(default_factory=Enforcement)
    now: datetime = NOON
    writing: bool = True

    @property
    def hold(self) -> OnDuty:
        return OnDuty(
            reins=self.reins, rules=self.rules, manner=Slack(), outbox=self.ledger,
            now=lambda: self.now,
        )  # fmt: skip

    def run(self, *created: Created, hold: Hold | None = None) -> list[Handled]:
        with_ = Guard(
            policy=default(), hands=self.estate, ledger=self.ledger, now=lambda: self.now,
            writing=self.writing, hold=hold or self.hold,
        )  # fmt: skip
        return list(guard(created, with_))

    def said(self) -> list[str]:
        return [payload for _, payload in self.ledger.unsent()]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with SqliteLedger.open(tmp_path / "ledger.db") as opened:
        yield Scene(opened, SqliteReins.of(opened), Estate({REF: {}}))


# --- stages ----------------------------------------------------------------------------------


def test_what_nobody_promoted_is_told_and_remembered_but_not_written(scene: Scene) -> None:
    (end,) = scene.run(made("logs"))

    assert scene.estate.tags == {REF: {}}
    assert (end.result, {held.brake for held in end.held}) == (Result.WOULD_TAG, {Brake.PROMOTION})
    assert [(o.ref, o.value, o.event_id) for o in scene.reins.observed(cell("Owner"))] == [
        (REF, "alice", "e1")
    ]
    ((_, told_as, body),) = scene.ledger.untold()
    assert told_as == f"{REF} (would-tag)"
    assert "nobody has promoted it" in body
    assert scene.ledger.written_since(NOON) == ()


def test_a_promoted_key_is_written_and_the_other_one_is_not(scene: Scene) -> None:
    scene.run(made("logs"))
    scene.reins.promote([cell("Owner")], Promotion(by="ana", at=NOON, digest="d"))

    (end,) = scene.run(made("logs"))

    assert scene.estate.tags == {REF: {"Owner": "alice"}}
    assert end.result is Result.TAGGED
    assert "held back (not promoted): CreatedBy" in end.why
    assert [entry.key for entry in scene.ledger.written_since(NOON)] == ["Owner"]


def test_a_guard_that_only_observes_remembers_too(scene: Scene) -> None:
    scene.writing = False

    scene.run(made("logs"))

    assert [known.cell for known in scene.reins.cells()] == [cell("CreatedBy"), cell("Owner")]


def test_a_key_that_somebody_sets_meanwhile_leaves_what_is_held_back_to_be_told(
    scene: Scene,
) -> None:
    scene.run(made("logs"))
    scene.reins.promote([cell("Owner")], Promotion(by="ana", at=NOON, digest="d"))
    scene.estate.meanwhile = {REF: {"Owner": "ben"}}

    (end,) = scene.run(made("logs"))

    assert (end.result, [w.key for w in end.applied]) == (Result.WOULD_TAG, ["CreatedBy"])
    assert scene.ledger.written_since(NOON) == ()


def test_what_was_denied_and_is_then_held_back_is_never_ours_to_undo(scene: Scene) -> None:
    scene.rules = WAIVED
    scene.estate.denied = frozenset({REF})
    scene.run(made("logs"))
    scene.reins.stop(Stop(why="wrong", by="ana", at=NOON))

    scene.run(made("logs"))

    assert scene.ledger.written_since(NOON) == ()


# --- brakes ----------------------------------------------------------------------------------


def test_the_kill_switch_holds_from_the_next_batch_on_and_is_told_once(scene: Scene) -> None:
    scene.rules = WAIVED
    scene.reins.stop(Stop(why="wrong owners", by="ana", at=NOON))

    ends = [*scene.run(made("logs")), *scene.run(made("logs", event="e2"))]
    held = dict(scene.estate.tags[REF])
    scene.reins.resume(NOON)
    scene.run(made("logs", event="e3"))

    assert {end.result for end in ends} == {Result.WOULD_TAG}
    assert "stopped by ana at 2030-01-01 12:00 UTC: wrong owners" in ends[0].why
    assert held == {}
    assert scene.estate.tags[REF] == OWNED
    assert len(scene.said()) == 1
    assert "wrong owners" in scene.said()[0]


def test_a_freeze_holds_on_its_last_day_and_not_on_the_next(scene: Scene) -> None:
    scene.rules = replace(WAIVED, freezes=(FREEZE,))

    (frozen,) = scene.run(made("logs"))
    held = dict(scene.estate.tags[REF])
    scene.now = datetime(2030, 1, 2, tzinfo=UTC)
    (free,) = scene.run(made("logs", event="e2"))

    assert (frozen.result, free.result) == (Result.WOULD_TAG, Result.TAGGED)
    assert held == {}
    assert "holidays" in frozen.why


def test_more_than_the_hour_allows_waits_for_the_next_one(scene: Scene) -> None:
    scene.rules = replace(WAIVED, writes_per_hour=4)
    scene.estate = Estate({bucket(name).ref: {} for name in "abc"})

    ends = scene.run(made("a", "b", "c"))
    scene.now = NOON + timedelta(hours=1)
    (later,) = scene.run(made("c"))

    assert [end.result for end in ends] == [Result.TAGGED, Result.TAGGED, Result.WOULD_TAG]
    assert [held.again for held in ends[2].held] == [NOON + timedelta(hours=1)]
    assert later.result is Result.TAGGED
    told = [told_as for _, told_as, _ in scene.ledger.untold()]
    assert told == [bucket(name).ref for name in "abc"]


def test_what_only_waits_for_the_next_hour_is_not_counted_as_observed(scene: Scene) -> None:
    scene.rules = replace(WAIVED, writes_per_hour=1)

    (end,) = scene.run(made("logs"))

    assert {held.brake for held in end.held} == {Brake.CAP}
    assert list(scene.reins.cells()) == []


def test_the_cap_is_one_for_all_machines(scene: Scene) -> None:
    scene.rules = replace(WAIVED, writes_per_hour=3)
    scene.estate = Estate({bucket(name).ref: {} for name in "ab"})

    (first,) = scene.run(made("a"))
    (second,) = scene.run(made("b"))

    assert (first.result, second.result) == (Result.TAGGED, Result.WOULD_TAG)


def test_denials_open_the_breaker_of_their_account_until_a_person_closes_it(scene: Scene) -> None:
    scene.rules = replace(WAIVED, breaker=Breaker(denials=2))
    scene.estate.denied = frozenset({REF})
    scene.run(made("logs"))
    scene.run(made("logs"))

    scene.estate.denied = frozenset()
    (held,) = scene.run(made("logs"))
    scene.now += timedelta(minutes=1)
    scene.reins.resume(scene.now)
    (written,) = scene.run(made("logs"))

    assert [each.brake for each in held.held] == [Brake.BREAKER]
    assert "2 denials of 2" in held.why
    assert written.result is Result.TAGGED
    assert len(scene.said()) == 1


def test_removals_open_it_too_and_another_account_is_none_the_worse(scene: Scene) -> None:
    scene.rules = replace(WAIVED, breaker=Breaker(removals=10))

    scene.hold.removed("444455556666", 9)
    scene.hold.removed("444455556666", 1)
    (end,) = scene.run(made("logs"))

    assert [trip.account for trip in scene.reins.pulled().trips] == ["444455556666"]
    assert end.result is Result.TAGGED


def test_what_a_person_has_seen_and_closed_does_not_count_again(scene: Scene) -> None:
    scene.rules = replace(WAIVED, breaker=Breaker(removals=2))
    scene.hold.removed(ACCOUNT, 2)
    scene.now += timedelta(minutes=1)
    scene.reins.resume(scene.now)

    scene.now += timedelta(minutes=1)
    scene.hold.removed(ACCOUNT, 1)
    once = scene.reins.pulled().trips
    scene.hold.removed(ACCOUNT, 1)

    assert once == ()
    assert [trip.account for trip in scene.reins.pulled().trips] == [ACCOUNT]


def test_what_went_wrong_long_ago_does_not_count(scene: Scene) -> None:
    scene.rules = replace(WAIVED, breaker=Breaker(removals=2, within=timedelta(hours=1)))

    scene.hold.removed(ACCOUNT, 1)
    scene.now = NOON + timedelta(hours=1)
    scene.hold.removed(ACCOUNT, 1)

    assert scene.reins.pulled().trips == ()


def test_a_canary_needs_no_promotion_but_is_held_by_the_kill_switch(scene: Scene) -> None:
    (free,) = scene.run(made("logs"), hold=scene.hold.for_ours())
    scene.reins.stop(Stop(why="wrong owners", by="ana", at=NOON))
    scene.estate.tags[REF] = {}
    (held,) = scene.run(made("logs", event="e2"), hold=scene.hold.for_ours())

    assert (free.result, held.result) == (Result.TAGGED, Result.WOULD_TAG)


class Silent:
    """An AWS that does not answer."""

    def call(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        return Refusal(code="ServiceUnavailable", message="come back later")


def test_nothing_is_written_while_nobody_can_tell_which_brakes_are_on(scene: Scene) -> None:
    reins = DynamoReins.of(Silent(), "steward", "eu-west-1", lambda: NOON)
    hold = replace(scene.hold, reins=reins, rules=WAIVED)

    with pytest.raises(RemoteError):
        scene.run(made("logs"), hold=hold)

    assert scene.estate.tags == {REF: {}}


# --- a person --------------------------------------------------------------------------------


def test_a_person_is_held_by_the_kill_switch_alone(scene: Scene) -> None:
    scene.rules = replace(Enforcement(), freezes=(FREEZE,))
    person = Stoppable(brakes=scene.reins)

    (free,) = scene.run(made("logs"), hold=person)
    scene.reins.stop(Stop(why="wrong owners", by="ana", at=NOON))
    scene.estate.tags[REF] = {}
    (held,) = scene.run(made("logs", event="e2"), hold=person)

    assert (free.result, held.result) == (Result.TAGGED, Result.WOULD_TAG)
    assert scene.estate.tags[REF] == {}
    with pytest.raises(ConfigError, match=r"stopped by ana.*awsteward tags resume"):
        person.refuse()
