"""CloudTrail: a trail that is at work, covers the region and records calls that change things.

Without one EventBridge hears of no call, whatever its rules say.
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from awsteward.clients.aws.refusals import Refusal
from awsteward.doctor.facts import facts
from awsteward.doctor.look import Look
from awsteward.doctor.verdict import Fine, Unclear, Verdict, Wrong, unclear

_NEW = "--name awsteward --s3-bucket-name BUCKET --is-multi-region-trail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """A trail that covers the region."""

    name: str
    arn: str
    home: str
    bucket: str
    logging: bool
    error: str
    """Why its files could not be delivered, if so."""
    selectors: Mapping[str, Any]
    """As `GetEventSelectors` tells them."""


def read(look: Look) -> tuple[Trail | Unclear, ...] | Unclear:
    """Every trail that covers the region, with those of other regions and of the organisation."""
    answer = look.ask("cloudtrail", "DescribeTrails", {})
    if isinstance(answer, Refusal):
        return unclear(answer)
    return tuple(_read(look, each) for each in answer["trailList"])


def judge(found: tuple[Trail | Unclear, ...] | Unclear, region: str) -> Verdict:
    """One good trail is enough; else what is nearest to it is said."""
    if isinstance(found, Unclear):
        return found
    verdicts = [each if isinstance(each, Unclear) else _judged(each) for each in found]
    for kind in (Fine, Unclear, Wrong):
        for verdict in verdicts:
            if isinstance(verdict, kind):
                return verdict
    return Wrong(
        f"no trail covers {region}",
        (
            f"aws cloudtrail create-trail {_NEW} --region {region}",
            f"aws cloudtrail start-logging --name awsteward --region {region}",
        ),
    )


def writes(selectors: Mapping[str, Any]) -> bool | None:
    """Whether calls that change things are recorded; None where only some of them may be."""
    said: list[bool | None] = [_basic(each) for each in selectors.get("EventSelectors") or ()]
    said += [_advanced(each) for each in selectors.get("AdvancedEventSelectors") or ()]
    if True in said:
        return True
    return None if None in said else False


def _read(look: Look, told: Mapping[str, Any]) -> Trail | Unclear:
    arn, home = told["TrailARN"], told.get("HomeRegion", look.region)
    status = look.ask("cloudtrail", "GetTrailStatus", {"Name": arn}, home)
    if isinstance(status, Refusal):
        return unclear(status)
    selectors = look.ask("cloudtrail", "GetEventSelectors", {"TrailName": arn}, home)
    if isinstance(selectors, Refusal):
        return unclear(selectors)
    return Trail(
        name=told["Name"], arn=arn, home=home, bucket=told.get("S3BucketName", "BUCKET"),
        logging=bool(status.get("IsLogging")), error=status.get("LatestDeliveryError") or "",
        selectors=selectors,
    )  # fmt: skip


def _judged(trail: Trail) -> Verdict:
    where = f"--region {trail.home}"
    if not trail.logging:
        mend = f"aws cloudtrail start-logging --name {trail.arn} {where}"
        return Wrong(f"{trail.name} is switched off", (mend,))
    recorded = writes(trail.selectors)
    if recorded is None:
        return Unclear(f"{trail.name} records some management events only; see its selectors")
    if not recorded:
        return Wrong(f"{trail.name} records no calls that change things", (_select(trail),))
    if trail.error:
        return Wrong(
            f"{trail.name} cannot write its files: {trail.error}; events come, but `tags replay` "
            "misses them",
            (_deliver(trail),),
        )
    return Fine(f"{trail.name} records calls that change things")


def _basic(selector: Mapping[str, Any]) -> bool:
    return (
        selector.get("IncludeManagementEvents", True)
        and selector.get("ReadWriteType", "All") in facts().trail.writing
    )


def _advanced(selector: Mapping[str, Any]) -> bool | None:
    fields = {each["Field"]: each for each in selector["FieldSelectors"]}
    if "Management" not in fields.get("eventCategory", {}).get("Equals", ()):
        return False
    if "true" in fields.get("readOnly", {}).get("Equals", ()):
        return False
    return True if fields.keys() <= facts().trail.harmless else None


def _select(trail: Trail) -> str:
    """What it records stays: the call replaces all selectors, so that they are handed back."""
    advanced = trail.selectors.get("AdvancedEventSelectors")
    more: Mapping[str, Any]
    if advanced:
        only = [{"Field": "eventCategory", "Equals": ["Management"]}]
        option, more = "--advanced-event-selectors", {"FieldSelectors": only}
    else:
        option, more = (
            "--event-selectors",
            {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True},
        )
    kept: Sequence[Any] = advanced or trail.selectors.get("EventSelectors") or ()
    told = shlex.quote(json.dumps([*kept, more]))
    return (
        f"aws cloudtrail put-event-selectors --trail-name {trail.arn} {option} {told} "
        f"--region {trail.home}"
    )


def _deliver(trail: Trail) -> str:
    if "NoSuchBucket" in trail.error:
        return (
            f"aws cloudtrail update-trail --name {trail.arn} --s3-bucket-name BUCKET "
            f"--region {trail.home}"
        )
    return f"aws s3api put-bucket-policy --bucket {trail.bucket} --policy file://POLICY.json"
