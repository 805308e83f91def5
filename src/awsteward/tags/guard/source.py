"""What its maker is to be told of a resource, and what is left to the maker. Pure.

Tags that a reconciler takes away again, or that somebody's plan shows as a difference, are set
best where the resource comes from.
"""

from collections.abc import Mapping
from dataclasses import replace

from awsteward.tags.catalogue.sources import Template, reconcilers, tools
from awsteward.tags.guard.snippets import snippets
from awsteward.tags.model.advice import Advice, Cause
from awsteward.tags.model.handled import Handled, Result
from awsteward.tags.model.plan import Write
from awsteward.tags.policy.model import Policy
from awsteward.tags.policy.tools import Treatment
from awsteward.tags.read.reconcilers import reconciler

_NOTHING: Mapping[str, str] = {}


def at_source(draft: Handled, carried: Mapping[str, str] | None, policy: Policy) -> Handled:
    """The draft, with nothing to write where the policy leaves that to who made the resource."""
    if not draft.applied:
        return draft
    carried = carried or _NOTHING
    if owner := reconciler(draft.event, carried):
        if policy.reconcilers.of(owner) is Treatment.WRITE:
            return draft
        return _left(draft, Cause.RECONCILER, owner, reconcilers()[owner].snippet, carried)
    tool = draft.event.tool or ""
    if tool in tools() and policy.tools.of(tool) is Treatment.NOTIFY:
        return _left(draft, Cause.TOOL, tool, tools()[tool].snippet, carried)
    return draft


def _left(
    draft: Handled, cause: Cause, by: str, templates: tuple[Template, ...],
    carried: Mapping[str, str],
) -> Handled:  # fmt: skip
    """Waiting for its maker's own tags, as what is within its grace does."""
    advice = Advice(
        cause=cause, by=by, held=draft.applied,
        snippets=snippets(templates, _pairs(draft.applied), carried),
    )  # fmt: skip
    keys = ", ".join(write.key for write in draft.applied)
    why = f"left to {by}, which made it: set {keys} there; {draft.why}"
    return replace(draft, result=Result.PENDING, applied=(), advice=advice, why=why)


def advised(end: Handled, carried: Mapping[str, str] | None = None) -> Handled:
    """The end, with how the tool that made the resource is kept from undoing what was written."""
    tool = end.event.tool or ""
    written = end.result in (Result.TAGGED, Result.WOULD_TAG) and end.applied
    if not written or end.advice or tool not in tools():
        return end
    found = snippets(tools()[tool].snippet, _pairs(end.applied), carried or _NOTHING)
    return replace(end, advice=Advice(cause=Cause.TOOL, by=tool, snippets=found))


def left_to_source(draft: Handled) -> tuple[Write, ...]:
    """What the resource is to carry without being written by us."""
    return draft.advice.held if draft.advice else ()


def _pairs(writes: tuple[Write, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((write.key, write.value) for write in writes)
