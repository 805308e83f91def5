"""Cost allocation tags: whether the required keys are active in billing, and since when.

Costs from before that day are not split by them.
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from awsteward.clients.aws.refusals import Refusal
from awsteward.doctor.facts import facts
from awsteward.doctor.look import Look, parts
from awsteward.doctor.verdict import Fine, Unclear, Verdict, Wrong, unclear


@dataclass(frozen=True, slots=True)
class Billed:
    """A key that billing knows."""

    active: bool
    since: str
    """The day of the last change; empty where it was never changed."""


def read(look: Look, wanted: Sequence[str]) -> Mapping[str, Billed] | Unclear:
    """What billing knows of the keys; only the account that pays may ask."""
    known = facts().cost_tags
    found: dict[str, Billed] = {}
    for some in parts(wanted, known.most_asked):
        asked = {"TagKeys": some, "Type": "UserDefined"}
        answer = look.ask("ce", "ListCostAllocationTags", asked, look.home)
        if isinstance(answer, Refusal):
            if known.not_payer in answer.message:
                return Unclear("only the account that pays the bill sees them: ask there")
            return unclear(answer)
        for each in answer["CostAllocationTags"]:
            since = (each.get("LastUpdatedDate") or "")[:10]
            found[each["TagKey"]] = Billed(each["Status"] == "Active", since)
    return found


def judge(found: Mapping[str, Billed] | Unclear, wanted: Sequence[str]) -> Verdict:
    """A key appears in billing up to a day after the first resource carries it."""
    if isinstance(found, Unclear):
        return found
    off = [key for key in wanted if key in found and not found[key].active]
    unknown = [key for key in wanted if key not in found]
    told = [f"{', '.join(off)} not active"] if off else []
    if unknown:
        told.append(
            f"{', '.join(unknown)} not known to billing (no resource carries it, or for less "
            "than a day)"
        )
    if told:
        changed = parts(off or unknown, facts().cost_tags.most_changed)
        return Wrong("; ".join(told), tuple(map(_activate, changed)))
    return Fine(", ".join(f"{key} {_since(found[key])}" for key in wanted) or "no key is required")


def _since(billed: Billed) -> str:
    return f"active since {billed.since}" if billed.since else "active"


def _activate(keys: Sequence[str]) -> str:
    told = json.dumps([{"TagKey": key, "Status": "Active"} for key in keys])
    return (
        "aws ce update-cost-allocation-tags-status --cost-allocation-tags-status "
        f"{shlex.quote(told)}"
    )
