"""Rights: whether who tags may call each service's own action, beside `tag:TagResources`.

IAM is asked to simulate: what it allows in general, the policy of one resource may still deny.
Actions that are granted on some resources only (`scoped.toml`) are left out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from awsteward.clients.aws.refusals import Cause, Refusal
from awsteward.deploy.facts import actions, scopes
from awsteward.deploy.rights import keys, needs
from awsteward.doctor.facts import facts
from awsteward.doctor.look import Look, parts
from awsteward.doctor.verdict import Fine, Unclear, Verdict, Wrong, unclear
from awsteward.tags.policy.model import Policy

TOGETHER = "tag:TagResources"
_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """What IAM says of some actions of one principal."""

    tried: int
    denied: tuple[str, ...]
    above: bool
    """The organisation or a permissions boundary denies something, whatever the role's policies."""


def looks(sources: frozenset[str] | None, policy: Policy) -> frozenset[str]:
    """The actions that looking takes."""
    return _asked(needs(sources, policy).read)


def writes(sources: frozenset[str] | None, policy: Policy) -> frozenset[str]:
    """The actions that tagging takes."""
    return _asked(needs(sources, policy).add)


def read(
    look: Look,
    principal: str,
    wanted: Iterable[str],
    policy: Policy | None = None,
    resource: str | None = None,
) -> Simulated | Unclear | None:
    """What IAM says; None where the principal is gone. *policy*: its keys are to be written."""
    asked: dict[str, Any] = {"PolicySourceArn": principal}
    if policy is not None:
        asked["ContextEntries"] = [_tag_keys(policy)]
    if resource is not None:
        asked["ResourceArns"] = [resource]
    results: list[Mapping[str, Any]] = []
    for some in parts(sorted(wanted), facts().rights.at_once):
        found = look.every(
            "iam", "SimulatePrincipalPolicy", "EvaluationResults",
            {**asked, "ActionNames": some},
        )  # fmt: skip
        if isinstance(found, Refusal):
            return None if found.cause is Cause.ABSENT else unclear(found)
        results.extend(found)
    denied = [each for each in results if each["EvalDecision"] != "allowed"]
    return Simulated(
        tried=len(results),
        denied=tuple(each["EvalActionName"] for each in denied),
        above=any(map(_above, denied)),
    )


def judge(found: Simulated | Unclear | None, who: str, mend: tuple[str, ...]) -> Verdict:
    """*who* is whose rights were simulated, as people call them."""
    if found is None:
        return Wrong(f"{who} is gone", mend)
    if isinstance(found, Unclear):
        return found
    if not found.denied:
        return Fine(f"{who} may call all of {found.tried} actions")
    shown = ", ".join(found.denied[:_SHOWN])
    more = len(found.denied) - _SHOWN
    told = f"{who} may not call {shown}{f' and {more} more' if more > 0 else ''}"
    if TOGETHER not in found.denied and all(_tags(each) for each in found.denied):
        told += f"; {TOGETHER} alone does not do: each service asks for its own action, too"
    if found.above:
        return Unclear(
            f"{told}: the organisation or a permissions boundary denies it; ask who keeps them"
        )
    return Wrong(told, mend)


def _asked(wanted: frozenset[str]) -> frozenset[str]:
    return (wanted - actions().unlisted).difference(*(scope.actions for scope in scopes()))


def _tag_keys(policy: Policy) -> Mapping[str, Any]:
    return {
        "ContextKeyName": "aws:TagKeys",
        "ContextKeyType": "stringList",
        "ContextKeyValues": list(keys(policy)),
    }


def _above(result: Mapping[str, Any]) -> bool:
    organization = result.get("OrganizationsDecisionDetail", {})
    boundary = result.get("PermissionsBoundaryDecisionDetail", {})
    return not (
        organization.get("AllowedByOrganizations", True)
        and boundary.get("AllowedByPermissionsBoundary", True)
    )


def _tags(action: str) -> bool:
    return "Tag" in action
