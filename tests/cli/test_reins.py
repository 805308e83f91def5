"""What a person says to the guard: `promote`, `stop` and `resume`, in this process."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import boto3
import pytest

from awsteward.cli.clock import CLOCK
from awsteward.cli.reins import Cells, promote, resume, stop
from awsteward.clients.aws.door import Boto
from awsteward.clients.aws.dynamo.reins import DynamoReins
from awsteward.clients.ledger import Removal
from awsteward.clients.reins import Cell, Observation, Trip
from awsteward.clients.sqlite_ledger import SqliteLedger
from awsteward.clients.sqlite_reins import SqliteReins
from awsteward.core.errors import ConfigError
from awsteward.tags.guard.refrain import refrains
from tests.cli.command import afresh
from tests.clients.ledgers import REGION, TABLE, make

OWNER = Cell(account="111122223333", type="AWS::S3::Bucket", key="Owner")
SEEN = Observation(
    cell=OWNER, event_id="e1", ref="arn:aws:s3:::logs\x1b[2J", value="alice", origin="creator",
    at=CLOCK.now() - timedelta(days=8),
)  # fmt: skip
TAKEN = Removal(
    event_id="u1", account=OWNER.account, kind=OWNER.type, ref=SEEN.ref, key="Owner",
    value="alice", by="bob", at=CLOCK.now(),
)  # fmt: skip
ALL = Cells(account=None, type=None, key=None)


@pytest.fixture
def ledger(tmp_path: Path) -> str:
    path = tmp_path / "ledger.db"
    with SqliteLedger.open(path) as opened:
        young = replace(SEEN, cell=replace(OWNER, key="CreatedBy"), at=CLOCK.now())
        SqliteReins.of(opened).observe([SEEN, young])
    return str(path)


def promoted(ledger: str) -> list[str]:
    with SqliteLedger.open(Path(ledger)) as opened:
        return [each.cell.key for each in SqliteReins.of(opened).cells() if each.promotion]


def test_the_diff_is_shown_cell_by_cell_and_nothing_is_promoted(
    ledger: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = promote(ALL, None, ledger, "text", demote=False)

    told = capsys.readouterr()
    assert code == 1
    assert "Owner on AWS::S3::Bucket in 111122223333: observed for 8 d" in told.out
    assert "Owner=alice  from creator" in told.out
    assert "CreatedBy on AWS::S3::Bucket in 111122223333: observed for 1 h, needs 7 d" in told.out
    assert "digest of 1 writes in 1 cells" in told.out
    assert "\x1b" not in told.out
    assert promoted(ledger) == []


def test_the_shown_digest_promotes_and_demote_takes_it_back(
    ledger: str, capsys: pytest.CaptureFixture[str]
) -> None:
    promote(ALL, None, ledger, "json", demote=False)
    *_, last = map(json.loads, capsys.readouterr().out.splitlines())

    code = promote(ALL, last["digest"], ledger, "json", demote=False)
    accepted = promoted(ledger)
    promote(ALL, None, ledger, "text", demote=True)

    assert code == 0
    assert accepted == ["Owner"]
    assert promoted(ledger) == []


def test_the_hint_names_the_same_cells_again(
    ledger: str, capsys: pytest.CaptureFixture[str]
) -> None:
    buckets = replace(ALL, type="AWS::S3::*")

    promote(buckets, None, ledger, "text", demote=False)

    assert "--type 'AWS::S3::*' --accept" in capsys.readouterr().err


def test_stop_and_resume_say_what_they_did(ledger: str, capsys: pytest.CaptureFixture[str]) -> None:
    with SqliteLedger.open(Path(ledger)) as opened:
        reins = SqliteReins.of(opened)
        reins.trip(Trip(account="444455556666", why="10 removals", at=CLOCK.now()))

    stop("wrong owners", ledger)
    resume(ALL, ledger, look=False)
    resume(ALL, ledger, look=False)

    told = capsys.readouterr().out
    assert "from the next batch on nothing is written" in told
    assert "wrong owners" in told
    assert "no writes in 444455556666" in told
    assert "no brake was on" in told


@pytest.fixture
def fought(ledger: str) -> str:
    """A ledger where bob took away Owner twice, and CostCenter once."""
    with SqliteLedger.open(Path(ledger)) as opened:
        for event in ("u1", "u2"):
            opened.remove(replace(TAKEN, event_id=event))
        opened.remove(replace(TAKEN, key="CostCenter"))
    return ledger


def left(ledger: str) -> list[str]:
    with SqliteLedger.open(Path(ledger)) as opened:
        return [each.cell.key for each in refrains(opened, ALL.wanted)]


def test_what_removals_stopped_is_listed_with_the_command_that_lifts_it(
    fought: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = resume(ALL, fought, look=True)

    told = capsys.readouterr().out
    assert code == 1
    assert "Owner on AWS::S3::Bucket in 111122223333 is not written: bob took it away" in told
    assert "--account 111122223333 --type AWS::S3::Bucket --key Owner" in told
    assert "CostCenter" not in told
    assert left(fought) == ["Owner"]


def test_a_stop_by_removals_is_lifted_by_name_and_nothing_else_is(
    fought: str, capsys: pytest.CaptureFixture[str]
) -> None:
    stop("wrong owners", fought)

    code = resume(replace(ALL, account="111122223333", key="Owner"), fought, look=False)

    assert code == 0
    assert "lifted: Owner on AWS::S3::Bucket" in capsys.readouterr().out
    assert left(fought) == []
    with SqliteLedger.open(Path(fought)) as opened:
        assert SqliteReins.of(opened).pulled().stop is not None
        assert [one.key for one in opened.all_removals()] == ["CostCenter"]


def test_a_bare_resume_leaves_it_and_says_so(
    fought: str, capsys: pytest.CaptureFixture[str]
) -> None:
    resume(ALL, fought, look=False)

    assert "stays: Owner on AWS::S3::Bucket" in capsys.readouterr().err
    assert left(fought) == ["Owner"]


def test_lifting_what_is_not_stopped_is_an_error_that_says_where_to_look(fought: str) -> None:
    with pytest.raises(ConfigError, match="resume --list"):
        resume(replace(ALL, key="Team"), fought, look=False)


def test_the_list_of_a_ledger_where_nothing_is_stopped_is_empty(
    ledger: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert resume(ALL, ledger, look=True) == 0
    assert "nothing is stopped" in capsys.readouterr().out


@pytest.mark.parametrize("why", ["", "  "])
def test_a_stop_without_a_reason_is_refused(ledger: str, why: str) -> None:
    with pytest.raises(ConfigError, match="--why is empty"):
        stop(why, ledger)


def test_a_ledger_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no ledger"):
        stop("wrong owners", str(tmp_path / "none.db"))


def test_a_person_cannot_write_while_it_is_stopped(tmp_path: Path, ledger: str) -> None:
    stop("wrong owners", ledger)

    done = afresh(*("tags", "replay", "-", "--apply", "--ledger", ledger), cwd=tmp_path, stdin=b"")

    assert done.code == 2
    assert "wrong owners; `awsteward tags resume`" in done.err


def test_in_a_shared_table_it_is_kept_who_accepted_by_the_account_of_aws(
    session: boto3.Session, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {
        "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    where = f"dynamodb:{make(session)}"
    reins = DynamoReins.of(Boto(session=session), TABLE, REGION, CLOCK.now)
    reins.observe([SEEN])

    promote(ALL, None, where, "json", demote=False)
    *_, last = map(json.loads, capsys.readouterr().out.splitlines())
    promote(ALL, last["digest"], where, "text", demote=False)
    stop("wrong owners", where)

    (known,) = reins.cells()
    stopped = reins.pulled().stop
    assert known.promotion is not None
    assert known.promotion.by.startswith("arn:aws:sts::")
    assert stopped is not None
    assert (stopped.why, stopped.by) == ("wrong owners", known.promotion.by)
