"""The table: there, and forgetting what is long over."""

from dataclasses import dataclass

from awsteward.clients.aws.refusals import Cause, Refusal
from awsteward.doctor.look import Look
from awsteward.doctor.verdict import Fine, Unclear, Verdict, Wrong, unclear

EXPIRES = "expires"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The table as it is."""

    name: str
    status: str
    forgets: str
    """The attribute that says when an item may go; empty where none does."""


def read(look: Look, name: str) -> Kept | Unclear | None:
    """The table of that name; None where it is gone."""
    told = look.ask("dynamodb", "DescribeTable", {"TableName": name})
    if isinstance(told, Refusal):
        return None if told.cause is Cause.ABSENT else unclear(told)
    live = look.ask("dynamodb", "DescribeTimeToLive", {"TableName": name})
    if isinstance(live, Refusal):
        return unclear(live)
    ttl = live["TimeToLiveDescription"]
    on = ttl.get("TimeToLiveStatus") in ("ENABLED", "ENABLING")
    return Kept(
        name=name,
        status=told["Table"]["TableStatus"],
        forgets=ttl.get("AttributeName", "") if on else "",
    )


def judge(found: Kept | Unclear | None, region: str, again: str) -> Verdict:
    """What is being changed can be used meanwhile; what is going or locked cannot."""
    if found is None:
        return Wrong("the table is gone", (again,))
    if isinstance(found, Unclear):
        return found
    if found.status not in ("ACTIVE", "UPDATING"):
        mend = f"aws dynamodb describe-table --table-name {found.name} --region {region}"
        return Wrong(f"{found.name} is {found.status.lower()}", (mend,))
    if found.forgets != EXPIRES:
        mend = (
            f"aws dynamodb update-time-to-live --table-name {found.name} "
            f"--time-to-live-specification Enabled=true,AttributeName={EXPIRES} --region {region}"
        )
        return Wrong(f"{found.name} forgets nothing: it grows for ever", (mend,))
    return Fine(f"{found.name}, {found.status.lower()}, forgets by {EXPIRES}")
