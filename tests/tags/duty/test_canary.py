"""Canaries, by rule and on an emulator in this process: made, seen, marked, told to nobody."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from awsteward.clients.aws.door import Boto
from awsteward.clients.aws.queue import Queue
from awsteward.clients.aws.table import DynamoLedger
from awsteward.core.errors import ConfigError
from awsteward.tags.apply.attempt import Clock
from awsteward.tags.duty import watch
from awsteward.tags.duty.canary import OLD, YOUNG, Look, check, sight
from awsteward.tags.duty.settings import Mode, settings
from awsteward.tags.duty.setup import Duty
from awsteward.tags.guard.canary import Canary
from awsteward.tags.policy.default import default
from awsteward.tags.policy.enforcement import Enforcement, Promoting
from tests.clients.ledgers import REGION, TABLE, make
from tests.tags.duty.events import body, message, record
from tests.tags.duty.test_settings import WHOLE
from tests.tags.guard.estate import NOON

ACCOUNT = "123456789012"  # the emulator's
WAIVED = Enforcement(promotion=Promoting.WAIVED)
PREFIX = "/awsteward/canary/main/"
HOUR = timedelta(hours=1)


def canary(age: timedelta, *, after: timedelta | None = None) -> Canary:
    born = NOON - age
    return Canary(name=f"{PREFIX}{age}", born=born, seen=born + after if after else None)


@pytest.mark.parametrize(
    ("looks", "seen", "age_s", "gone", "hatches"),
    [
        pytest.param((), None, 0, 0, True, id="the first one"),
        pytest.param(((HOUR, 60),), True, 60, 1, True, id="seen after a minute"),
        pytest.param(((HOUR, None),), False, 3600, 0, True, id="not seen"),
        pytest.param(((YOUNG / 2, None),), None, 0, 0, False, id="too young to tell"),
        pytest.param(((OLD, None),), False, OLD.total_seconds(), 1, True, id="given up"),
        pytest.param(((2 * HOUR, None), (HOUR, 90)), True, 90, 1, True, id="seen again"),
        pytest.param(((HOUR, None), (YOUNG / 2, None)), False, 3600, 0, False, id="one on its way"),
    ],
)
def test_what_is_told_of_canaries(
    looks: tuple[tuple[timedelta, int | None], ...],
    seen: bool | None,  # noqa: FBT001  a row of the table
    age_s: float,
    gone: int,
    hatches: bool,  # noqa: FBT001  likewise
) -> None:
    found = sight(
        [
            Look(canary(age, after=timedelta(seconds=s) if s else None), proven=bool(s))
            for age, s in looks
        ],
        NOON,
    )

    assert (found.seen, found.age_s, len(found.gone), found.hatches) == (seen, age_s, gone, hatches)


# --- on an emulator --------------------------------------------------------------------------


@dataclass
class Yard:
    """A guard with canaries, whose clock we turn."""

    duty: Duty
    logs: Any
    log: list[dict[str, Any]] = field(default_factory=list)

    def at(self, now: datetime) -> "Yard":
        clock = replace(self.duty.clock, now=lambda: now)
        return replace(self, duty=replace(self.duty, clock=clock))

    def check(self) -> bool | None:
        return check(self.duty, self.say).seen

    def say(self, line: str) -> None:
        self.log.append(json.loads(line))

    def names(self) -> list[str]:
        return [each["logGroupName"] for each in self.logs.describe_log_groups()["logGroups"]]

    def tags(self, name: str) -> dict[str, str]:
        arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}"
        found: dict[str, str] = self.logs.list_tags_for_resource(resourceArn=arn)["tags"]
        return found

    def travel(self, name: str) -> None:
        """What CloudTrail would tell of the log group, through the guard."""
        made = record(
            name, self.duty.clock.now(), recipientAccountId=ACCOUNT, awsRegion=REGION,
            eventSource="logs.amazonaws.com", eventName="CreateLogGroup",
            requestParameters={"logGroupName": name},
        )  # fmt: skip
        text = body(made, account=ACCOUNT, source="aws.logs")
        assert not watch.take((message(text),), self.duty, self.say)

    def figures(self, name: str) -> list[float]:
        return [line[name] for line in self.log if name in line]


Yards = Callable[[Mode], Yard]


@pytest.fixture
def yards(session: boto3.Session, door: Boto) -> Yards:
    make(session)

    def yard(mode: Mode) -> Yard:
        told = {**WHOLE, "AWSTEWARD_TABLE": TABLE, "AWS_REGION": REGION, "AWSTEWARD_CANARY": PREFIX}
        clock = Clock(now=lambda: NOON, sleep=lambda _: None, jitter=lambda: 0.5)
        duty = Duty(
            settings=replace(settings(told), mode=mode), door=door,
            policy=replace(default(), enforcement=WAIVED),
            queue=Queue(door=door, region=REGION, url="live", dead_letters="dead"),
            ledger=DynamoLedger(door, TABLE, REGION, lambda: NOON), clock=clock,
        )  # fmt: skip
        return Yard(duty, session.client("logs"))

    return yard


@pytest.mark.parametrize("mode", Mode)
def test_a_canary_that_was_seen_goes_and_the_next_one_comes(yards: Yards, mode: Mode) -> None:
    yard = yards(mode)
    assert yard.check() is None
    (name,) = yard.names()

    yard.at(NOON + timedelta(minutes=3)).travel(name)
    marked = yard.tags(name)
    found = yard.at(NOON + HOUR).check()

    assert found is True
    assert marked == ({"awsteward-canary": "seen"} if mode is Mode.ENFORCE else {})
    assert (yard.figures("CanarySeen"), yard.figures("CanaryAge")) == ([1.0], [180.0])
    assert len(yard.names()) == 1
    assert yard.names() != [name]


def test_a_canary_is_told_to_nobody_and_counted_for_nobody(yards: Yards) -> None:
    yard = yards(Mode.ENFORCE)
    yard.check()
    (name,) = yard.names()

    yard.travel(name)

    assert yard.duty.ledger.untold() == ()
    assert yard.duty.ledger.written_since(NOON - HOUR) == ()
    assert (yard.figures("Messages"), yard.figures("Tagged")) == ([1], [0])


def test_a_canary_that_nobody_sees_stays_for_three_hours_and_is_told_of(yards: Yards) -> None:
    yard = yards(Mode.ENFORCE)
    yard.check()
    (lost,) = yard.names()

    hours = [yard.at(NOON + n * HOUR).check() for n in (1, 2)]
    assert lost in yard.names()
    hours.append(yard.at(NOON + 3 * HOUR).check())

    assert hours == [False, False, False]
    assert lost not in yard.names()
    assert yard.figures("CanaryAge") == [3600.0, 7200.0, 10800.0]


def test_a_canary_whose_tag_is_not_there_was_not_seen(yards: Yards) -> None:
    yard = yards(Mode.ENFORCE)
    yard.check()
    (name,) = yard.names()
    yard.travel(name)

    yard.logs.untag_log_group(logGroupName=name, tags=["awsteward-canary"])

    assert yard.at(NOON + HOUR).check() is False


def test_a_canary_that_somebody_deleted_stops_nothing(yards: Yards) -> None:
    yard = yards(Mode.ENFORCE)
    yard.check()
    (name,) = yard.names()
    yard.travel(name)

    yard.logs.delete_log_group(logGroupName=name)

    yard.at(NOON + HOUR).check()
    assert len(yard.names()) == 1
    assert yard.names() != [name]


def test_a_name_like_a_canarys_hides_nothing(yards: Yards) -> None:
    yard = yards(Mode.ENFORCE)
    yard.check()
    yard.logs.create_log_group(logGroupName=f"{PREFIX}mine")

    yard.travel(f"{PREFIX}mine")

    assert yard.tags(f"{PREFIX}mine") == {"CreatedBy": "alice", "Owner": "alice"}
    assert len(yard.duty.ledger.untold()) == 1


def test_without_a_name_for_canaries_none_is_made(yards: Yards) -> None:
    yard = yards(Mode.ENFORCE)
    yard.duty = replace(yard.duty, settings=replace(yard.duty.settings, canary=""))

    with pytest.raises(ConfigError, match="AWSTEWARD_CANARY is not set"):
        yard.check()


@pytest.mark.parametrize("prefix", ["canary/", "/canary", "/a b/", "/"])
def test_a_beginning_that_is_no_folder_of_log_groups_is_refused(prefix: str) -> None:
    with pytest.raises(ConfigError, match="AWSTEWARD_CANARY"):
        settings({**WHOLE, "AWSTEWARD_CANARY": prefix})
