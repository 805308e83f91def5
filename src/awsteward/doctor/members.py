"""The members of an organisation: the StackSet that serves them, and where it did not get through.

Only what the central account is told of them: nobody but the functions may go into the others.
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from awsteward.clients.aws.refusals import Refusal
from awsteward.doctor.facts import facts
from awsteward.doctor.look import Look
from awsteward.doctor.verdict import Fine, Unclear, Verdict, Wrong, unclear


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """A StackSet as it is."""

    name: str
    call_as: str
    status: str
    units: tuple[str, ...]
    regions: tuple[str, ...]
    failed: tuple[Mapping[str, Any], ...]
    """What CloudFormation says of each stack that it could not bring up to date."""


def read(look: Look, name: str, call_as: str) -> Members | Unclear:
    """What AWS knows of the StackSet *name*."""
    asked = {"StackSetName": name, "CallAs": call_as}
    told = look.ask("cloudformation", "DescribeStackSet", asked)
    if isinstance(told, Refusal):
        return unclear(told)
    failed: list[Mapping[str, Any]] = []
    for status in facts().members.failed:
        wanted = {**asked, "Filters": [{"Name": "DETAILED_STATUS", "Values": status}]}
        found = look.every("cloudformation", "ListStackInstances", "Summaries", wanted)
        if isinstance(found, Refusal):
            return unclear(found)
        failed.extend(found)
    told = told["StackSet"]
    return Members(
        name=name, call_as=call_as, status=told["Status"], failed=tuple(failed),
        units=tuple(told.get("OrganizationalUnitIds", ())), regions=tuple(told.get("Regions", ())),
    )  # fmt: skip


def judge(found: Members | Unclear | None, region: str, again: str) -> Verdict:
    """None: no units are named yet, so there is no StackSet."""
    match found:
        case None:
            return Fine("none yet: no unit is named (parameters Units and MemberTemplate)")
        case Unclear():
            return found
        case Members(status=status) if status != "ACTIVE":
            return Wrong(f"the StackSet {found.name} is {status.lower()}", (again,))
        case Members(failed=failed) if failed:
            return Wrong(_told(failed), (_once_more(found, region),))
        case _:
            return Fine(f"{len(found.units)} units in {len(found.regions)} regions, none failed")


def _told(failed: tuple[Mapping[str, Any], ...]) -> str:
    first = failed[0]
    why = f": {first['StatusReason']}" if first.get("StatusReason") else ""
    where = f"{first['Account']} in {first['Region']}"
    return f"{len(failed)} members' stacks failed, such as that of {where}{why}"


def _once_more(of: Members, region: str) -> str:
    """`deploy up` would see no difference; this lays the same template once more."""
    words = ["aws", "cloudformation", "update-stack-instances", "--stack-set-name", of.name]
    words += ["--call-as", of.call_as, "--deployment-targets"]
    words += [f"OrganizationalUnitIds={','.join(of.units)}", "--regions", *of.regions]
    return shlex.join([*words, "--region", region])
