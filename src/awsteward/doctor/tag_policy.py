"""AWS Organizations' tag policy: whether one holds for this account, and spells keys as we do."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from awsteward.clients.aws.refusals import Refusal
from awsteward.doctor.facts import facts
from awsteward.doctor.look import Look
from awsteward.doctor.verdict import Fine, Unclear, Verdict, Wrong, unclear


@dataclass(frozen=True, slots=True)
class Effective:
    """Each key that it speaks of, as it spells it, by the key in small letters."""

    keys: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Absent:
    """None holds here; *alone*: the account is in no organisation."""

    alone: bool


def read(look: Look) -> Effective | Absent | Unclear:
    """What holds for the account that asks."""
    answer = look.ask(
        "organizations", "DescribeEffectivePolicy", {"PolicyType": "TAG_POLICY"}, look.home
    )
    if isinstance(answer, Refusal):
        known = facts().tag_policy
        if answer.code in known.alone | known.none:
            return Absent(alone=answer.code in known.alone)
        return unclear(answer)
    content: Mapping[str, Any] = json.loads(answer["EffectivePolicy"]["PolicyContent"])
    tags = content.get("tags", {})
    return Effective({name.lower(): tag.get("tag_key", name) for name, tag in tags.items()})


def judge(found: Effective | Absent | Unclear, wanted: Sequence[str], account: str) -> Verdict:
    """A key that it spells otherwise makes every tag of ours one that it objects to."""
    if isinstance(found, Unclear):
        return found
    if isinstance(found, Absent):
        if found.alone:
            return Fine("the account is in no organisation, which alone could have one")
        return Wrong("no tag policy is attached to this account or above it", _attach(account))
    spelled = [(key, found.keys.get(key.lower())) for key in wanted]
    other = [
        f"{key} is spelled {theirs} there" for key, theirs in spelled if theirs not in (None, key)
    ]
    if other:
        return Wrong("; ".join(other), ("awsteward tags policy --tag-policy TAG_POLICY.json",))
    missing = [key for key, theirs in spelled if theirs is None]
    if len(missing) == len(wanted):
        told = f"the tag policy speaks of none of {', '.join(wanted)}"
        change = (
            "aws organizations update-policy --policy-id POLICY_ID --content file://TAG_POLICY.json"
        )
        return Wrong(told, (change,))
    but = f"; it does not speak of {', '.join(missing)}" if missing else ""
    return Fine(f"in force{but}")


def _attach(account: str) -> tuple[str, ...]:
    target = shlex.quote(account)
    return (
        "aws organizations enable-policy-type --root-id ROOT_ID --policy-type TAG_POLICY",
        f"aws organizations attach-policy --policy-id POLICY_ID --target-id {target}",
    )
