"""The clock of this machine beside AWS's: grace, windows and leases are counted by it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from awsteward.clients.aws.refusals import Refusal
from awsteward.doctor.facts import facts
from awsteward.doctor.verdict import Fine, Unclear, Verdict, Wrong

MEND = ("sudo timedatectl set-ntp true",)
MOST = timedelta(minutes=1)
"""A call takes some seconds of that, and AWS tells its time to the second."""


def read(answer: Mapping[str, Any]) -> datetime | None:
    """When AWS gave this answer, by its own clock; None where it does not say."""
    told = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        at = parsedate_to_datetime(told)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def wrong(refusal: Refusal) -> bool:
    """Whether AWS refused a call for the time that it was signed with."""
    known = facts().clock
    return refusal.code in known.codes or any(each in refusal.message for each in known.says)


def judge(told: datetime | None, now: datetime) -> Verdict:
    """AWS itself refuses what is minutes away; less is bad enough for us."""
    if told is None:
        return Unclear("AWS did not say what time it is")
    away = now - told
    if abs(away) <= MOST:
        return Fine("as AWS's")
    seconds = abs(int(away.total_seconds()))
    way = "ahead of" if away > timedelta(0) else "behind"
    return Wrong(f"this machine's clock is {seconds:,} s {way} AWS's", MEND)
