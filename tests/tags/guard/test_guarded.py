"""From an account's policies to what the guard may not write there."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from awsteward.cli.guarded import run
from awsteward.clients.aws.refusals import Answer, Refusal
from awsteward.clients.sqlite_ledger import SqliteLedger
from awsteward.tags.guard.guarded import GOOD_FOR, Scan, keep, scans, shielded, unread
from awsteward.tags.guard.live import Guard, guard
from awsteward.tags.guard.restraint import Restraint, restrained
from awsteward.tags.guard.scan import OUR_PATH, Reader
from awsteward.tags.model.handled import Brake, Result
from awsteward.tags.policy.default import default
from awsteward.tags.read.conditions import Guarding
from tests.tags.guard.estate import NOON, Estate, made

ACCOUNT = "111122223333"
DENIED = Refusal(code="AccessDenied", message="no")


def document(key: str) -> dict[str, Any]:
    test = {"StringEquals": {f"aws:ResourceTag/{key}": "x"}}
    return {"Statement": [{"Effect": "Allow", "Condition": test}]}


def policy(name: str, key: str, **other: Any) -> dict[str, Any]:
    old = {"Document": document("Old"), "IsDefaultVersion": False}
    return {
        "Arn": f"arn:aws:iam::{ACCOUNT}:policy/{name}", "Path": "/", "AttachmentCount": 0,
        "PolicyVersionList": [old, {"Document": document(key), "IsDefaultVersion": True}], **other,
    }  # fmt: skip


@dataclass
class Account:
    """An account that shows its policies, but for what *answers* says."""

    answers: dict[str, Answer] = field(default_factory=dict)
    policies: list[dict[str, Any]] = field(default_factory=list)
    buckets: Mapping[str, Answer] = field(default_factory=dict)

    def call(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        if operation in self.answers:
            return self.answers[operation]
        match operation:
            case "GetAccountAuthorizationDetails" if "Marker" not in params:
                arn = f"arn:aws:iam::{ACCOUNT}:role/r"
                role = {
                    "Arn": arn, "AssumeRolePolicyDocument": document("Trust"),
                    "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": document("Inline")}],
                }  # fmt: skip
                return {"RoleDetailList": [role], "IsTruncated": True, "Marker": "2"}
            case "GetAccountAuthorizationDetails":
                return {"Policies": self.policies, "IsTruncated": False}
            case "ListBuckets":
                return {"Buckets": [{"Name": name} for name in self.buckets]}
            case "GetBucketPolicy":
                return self.buckets[params["Bucket"]]
            case "ListPolicies":
                return {"Policies": [{"Id": params["Filter"], "Arn": f"arn:{params['Filter']}"}]}
            case _:
                content = json.dumps(document(params["PolicyId"].title()))
                return {"Policy": {"Content": content}}


def scan(account: Account) -> Scan:
    return Reader(door=account, account=ACCOUNT, region="eu-west-1").scan(NOON)


def test_every_kind_of_policy_is_read_and_says_where_it_is() -> None:
    bucket = {"Policy": json.dumps(document("Bucket"))}
    none = Refusal(code="NoSuchBucketPolicy", message="none")

    found = scan(
        Account(policies=[policy("m", "Managed")], buckets={"orders": bucket, "logs": none})
    )

    role = f"arn:aws:iam::{ACCOUNT}:role/r"
    assert {each.key: each.where for each in found.found} == {
        "Inline": f"{role} (p)",
        "Trust": f"{role} (trust)",
        "Managed": f"arn:aws:iam::{ACCOUNT}:policy/m",
        "Bucket": "arn:aws:s3:::orders",
        "Service_Control_Policy": "arn:SERVICE_CONTROL_POLICY",
        "Resource_Control_Policy": "arn:RESOURCE_CONTROL_POLICY",
    }
    assert (found.unread, found.beyond) == ((), ())


def test_neither_our_own_policies_nor_aws_unused_ones_guard_anything() -> None:
    aws = "arn:aws:iam::aws:policy/x"
    found = scan(
        Account(
            policies=[
                policy("WriteTags1", "Ours", Path=OUR_PATH),
                policy("x", "Unused", Arn=aws),
                policy("y", "Used", Arn=aws, AttachmentCount=1),
                policy("z", "Boundary", Arn=aws, PermissionsBoundaryUsageCount=1),
            ]
        )
    )

    assert found.keys >= {"Used", "Boundary"}
    assert not found.keys & {"Ours", "Unused", "Old"}


@pytest.mark.parametrize(
    ("account", "why"),
    [
        (Account({"GetAccountAuthorizationDetails": DENIED}), "iam:GetAccountAuthorizationDetails"),
        (Account({"ListBuckets": DENIED}), "s3:ListBuckets"),
        (Account(buckets={"orders": DENIED}), "s3:GetBucketPolicy on orders"),
        (Account(buckets={"orders": {"Policy": "<html>"}}), "no JSON"),
    ],
)
def test_what_cannot_be_read_is_named(account: Account, why: str) -> None:
    (told,) = scan(account).unread

    assert why in told


def test_the_organisations_policies_need_not_be_shown_to_a_member() -> None:
    found = scan(Account({"ListPolicies": DENIED}))

    assert found.unread == ()
    assert len(found.beyond) == 2


# --- what follows from it --------------------------------------------------------------------


def known(*keys: str, account: str = ACCOUNT, **other: Any) -> Scan:
    found = tuple(Guarding(key=key, where="w", sid="1", condition="c") for key in keys)
    return Scan(account=account, at=NOON, found=found, **other)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with SqliteLedger.open(tmp_path / "ledger.db") as opened:
        yield opened


def test_a_scan_is_kept_until_the_next_one_of_the_same_account(ledger: SqliteLedger) -> None:
    keep(known("Old"), ledger)
    keep(known("New", unread=("why",)), ledger)
    keep(known("Other", account="444455556666"), ledger)

    assert scans(ledger) == (
        known("New", unread=("why",)),
        known("Other", account="444455556666"),
    )


def written(*of: Scan) -> tuple[dict[str, str], list[str]]:
    """What a guard that knows *of* writes on a new bucket, and what it asks for."""
    estate = Estate({"arn:aws:s3:::logs": {}})
    with_ = Guard(
        policy=shielded(default(), of), hands=estate, ledger=None, now=lambda: NOON, writing=True
    )
    (end,) = guard([made("logs")], with_)
    return estate.tags["arn:aws:s3:::logs"], [ask.key for ask in end.asks]


@pytest.mark.parametrize("key", ["Owner", "owner", "Own*"])
def test_a_guarded_key_is_asked_for_and_never_written(key: str) -> None:
    assert "Owner" not in written()[1]

    tags, asks = written(known(key))

    assert tags == {"CreatedBy": "alice"}
    assert "Owner" in asks


def test_a_key_that_is_guarded_elsewhere_is_written_here() -> None:
    tags, _ = written(known("Owner", account="444455556666"), known("Own", "[O]wner"))

    assert tags == {"CreatedBy": "alice", "Owner": "alice"}


def test_the_same_scans_make_the_same_policy_so_that_caches_hold() -> None:
    policy = default()

    assert shielded(policy, [known("Owner")]) is shielded(policy, [replace(known("Owner"))])
    assert shielded(policy, [known()]) is policy


def test_an_account_whose_policies_nobody_knows_is_notified_only() -> None:
    old = replace(known(), at=NOON - GOOD_FOR - timedelta(seconds=1))
    (draft,) = guard(
        [made("logs")],
        Guard(
            policy=default(), hands=Estate({"arn:aws:s3:::logs": {}}), ledger=None,
            now=lambda: NOON, writing=False,
        ),
    )  # fmt: skip

    for bad in (old, known(unread=("iam: denied",))):
        end = restrained(draft, Restraint(promoted=None, unread=unread([bad], NOON)))
        assert (end.result, end.applied) == (Result.WOULD_TAG, ())
        assert [held.brake for held in end.held] == [Brake.UNREAD]
    assert unread([known()], NOON) == {}


# --- the command -----------------------------------------------------------------------------


def test_the_command_reads_the_account_and_keeps_what_it_found(
    session: boto3.Session,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    session.client("iam").create_policy(
        PolicyName="p",
        PolicyDocument=json.dumps({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow", "Action": "s3:*", "Resource": "*",
                "Condition": {"StringEquals": {"aws:ResourceTag/Team": "x"}},
            }],
        }),
    )  # fmt: skip
    file = tmp_path / "ledger.db"

    code = run((), policy=None, ledger=str(file), role=None, form="json")
    told = json.loads(capsys.readouterr().out)
    run((), policy=None, ledger=str(file), role=None, form="text")

    assert code == 0
    assert [each["key"] for each in told["keys"]] == ["Team"]
    assert "Team  aws:ResourceTag/Team in arn:aws:iam::" in capsys.readouterr().out
    with SqliteLedger.open(file) as kept:
        assert [(each.account, set(each.keys)) for each in scans(kept)] == [
            (told["account"], {"Team"})
        ]
