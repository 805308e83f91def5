"""`tags watch` with an event history of ours and the services of an emulator."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from awsteward.cli.reins import stop
from awsteward.cli.watch import Options, watch
from awsteward.clients.aws.door import Boto
from awsteward.clients.aws.refusals import Answer
from awsteward.clients.aws.table import DynamoLedger
from awsteward.clients.sqlite_ledger import SqliteLedger
from awsteward.core.errors import ConfigError
from tests.cli.command import afresh
from tests.cli.records import ALICE
from tests.clients.ledgers import make
from tests.tags.lookout.history import MINUTE, REGION, History, Time

ACCOUNT = "123456789012"  # the emulator's
POLICY = "version: 1\ntags:\n  required: [CreatedBy, CostCenter]\n"


@dataclass
class World:
    """AWS: the history by hand, all else by the emulator."""

    session: boto3.Session
    folder: Path
    time: Time = field(default_factory=Time)
    regions: list[str] = field(default_factory=list)
    """Whose history was asked for."""
    rounds: int = 1_000

    def __post_init__(self) -> None:
        self.history, self.real = History(self.time), Boto(session=self.session)
        (self.folder / "awsteward.yaml").write_text(POLICY)

    def call(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        if service != "cloudtrail":
            return self.real.call(account, region, service, operation, params)
        self.regions.append(region)
        return self.history.call(account, region, service, operation, params)

    def makes(self, name: str, id_: str, ago: timedelta = 2 * MINUTE) -> None:
        where: Any = {"LocationConstraint": REGION}
        self.session.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=where)
        who = {**ALICE, "accountId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:user/alice"}
        self.history.happened(name, id_, ago=ago, recipientAccountId=ACCOUNT, userIdentity=who)

    def tags(self, name: str) -> dict[str, str]:
        s3 = self.session.client("s3")
        try:
            found = s3.get_bucket_tagging(Bucket=name)["TagSet"]
        except s3.exceptions.ClientError:
            return {}
        return {tag["Key"]: tag["Value"] for tag in found}

    def options(self, **more: Any) -> Options:
        usual = Options(
            regions=(REGION,), everywhere=False, since=None, every_s=60, once=True, form="json",
            policy=self.folder / "awsteward.yaml", notify=False, apply=False, slack_url=None,
            slacks=(), ledger=None,
        )  # fmt: skip
        return replace(usual, **more)

    def watch(self, **more: Any) -> int:
        return watch(
            self.options(**more), self, self.time.clock, lambda: len(self.regions) >= self.rounds
        )


@pytest.fixture
def world(session: boto3.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.delenv("SLACK_URL", raising=False)
    monkeypatch.setenv("AWS_REGION", REGION)
    return World(session, tmp_path)


def test_without_apply_nothing_is_written_anywhere(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.makes("the-logs", "e1")

    code = world.watch()

    said = capsys.readouterr()
    line = json.loads(said.out)
    assert (line["arn"], line["outcome"]) == ("arn:aws:s3:::the-logs", "would-tag")
    assert "1 record, 1 created something: 1 would-tag" in said.err
    assert code == 1
    assert world.tags("the-logs") == {}
    assert not (world.folder / ".awsteward").exists()


def test_apply_writes_once_over_runs_and_tells_when_it_is_time(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.time.now += 30 * MINUTE
    world.makes("the-logs", "e1")

    world.watch(apply=True)
    first = capsys.readouterr()
    world.watch(apply=True)
    second = capsys.readouterr()
    world.time.now += timedelta(hours=2)
    world.watch(apply=True)
    third = capsys.readouterr()

    assert world.tags("the-logs") == {"CreatedBy": "alice"}
    assert json.loads(first.out)["outcome"] == "tagged"
    assert "1 to be told of when their time has come: the next run does" in first.err
    assert second.out == third.out == ""
    assert "== alice created 1 resource ==" not in first.err + second.err
    assert third.err.count("== alice created 1 resource ==") == 1


def test_it_goes_on_until_told_to_stop_and_leaves_the_ledger_free_meanwhile(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.rounds = 4
    world.makes("the-logs", "e1")
    ledger = world.folder / "ledger.db"

    def later() -> None:
        if len(world.regions) == 3:
            world.makes("one-more", "e2")
            world.time.now += 2 * MINUTE
        with SqliteLedger.open(ledger):  # as `tags answer` would
            pass

    world.history.before = later
    code = world.watch(once=False, apply=True, ledger=str(ledger))

    assert code == 0
    assert world.tags("the-logs") == world.tags("one-more") == {"CreatedBy": "alice"}
    assert world.time.slept.count(60) == 3
    assert "watching eu-west-1 every 60 s" in capsys.readouterr().err


def test_one_tells_at_a_time_where_the_ledger_is_shared(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    table = make(world.session)
    kept = DynamoLedger(world.real, table, REGION, lambda: world.time.now)
    world.makes("the-logs", "e1")
    assert kept.hold("tell", "another", world.time.now + 5 * MINUTE)

    world.watch(apply=True, ledger=f"dynamodb:{table}")
    first = capsys.readouterr().err
    kept.release("tell", "another")
    world.watch(apply=True, ledger=f"dynamodb:{table}")

    assert world.tags("the-logs") == {"CreatedBy": "alice"}
    assert "== alice created 1 resource ==" not in first
    assert "== alice created 1 resource ==" in capsys.readouterr().err
    assert kept.hold("tell", "another", world.time.now + MINUTE)


def test_what_was_only_told_of_is_still_written_by_who_writes(world: World) -> None:
    world.makes("the-logs", "e1", ago=30 * MINUTE)

    world.watch(notify=True)
    before = world.tags("the-logs")
    world.time.now += 20 * MINUTE
    world.watch(apply=True)

    assert before == {}
    assert world.tags("the-logs") == {"CreatedBy": "alice"}


def test_since_goes_further_back_and_never_leaves_anything_out(world: World) -> None:
    world.watch(apply=True)
    world.makes("old-one", "e1", ago=timedelta(hours=3))
    world.watch(apply=True)
    before = world.tags("old-one")

    world.watch(apply=True, since="4h")
    world.time.now += timedelta(hours=2)
    world.makes("young-one", "e2", ago=timedelta(hours=1))
    world.watch(apply=True, since="1m")

    assert before == {}
    assert world.tags("old-one") == world.tags("young-one") == {"CreatedBy": "alice"}


def test_services_without_regions_are_looked_up_at_home(world: World) -> None:
    world.watch(everywhere=True)

    assert world.regions == ["eu-west-1", "us-east-1"]


def test_the_kill_switch_holds_it(world: World) -> None:
    ledger = str(world.folder / "ledger.db")
    world.makes("the-logs", "e1")
    world.watch(notify=True, ledger=ledger)
    stop("no", ledger)

    with pytest.raises(ConfigError, match="tags resume"):
        world.watch(apply=True, ledger=ledger)

    assert world.tags("the-logs") == {}


def test_brakes_hold_who_writes_without_anybody_looking_on(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    (world.folder / "awsteward.yaml").write_text(f"{POLICY}enforcement:\n  writes_per_hour: 2\n")
    for n in range(3):
        world.makes(f"box-{n}", f"e{n}")

    world.watch(apply=True)
    first = sum(bool(world.tags(f"box-{n}")) for n in range(3))
    said = capsys.readouterr().err
    for _ in range(2):
        world.time.now += timedelta(hours=1)
        world.watch(apply=True)

    assert first == 2
    assert "1 to be looked at again: the next run does" in said
    assert all(world.tags(f"box-{n}") for n in range(3))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        pytest.param({"regions": ("Frankfurt",)}, "--region Frankfurt: no region", id="region"),
        pytest.param({"since": "soon"}, "--since soon: give an age", id="since"),
        pytest.param({"ledger": "x.db"}, "are for --notify or --apply", id="ledger"),
    ],
)
def test_a_mistake_is_named(world: World, more: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        world.watch(**more)


def test_the_command_can_be_called(tmp_path: Path) -> None:
    done = afresh("tags", "watch", "--once", cwd=tmp_path)

    assert done.code == 2
    assert "set AWS_REGION" in done.err
