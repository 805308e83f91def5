"""From an item to what AWS Config's console shows of it: judged by the policy. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from awsteward.core.printable import fit
from awsteward.tags.catalogue import kinds, lookup
from awsteward.tags.judge import judge
from awsteward.tags.model.reading import Resource
from awsteward.tags.model.verdict import Compliant, Lacking, Pending, Unjudged
from awsteward.tags.policy.model import Policy, demand
from awsteward.tags.read.discoveries import discovery, own
from awsteward.tags.read.items import GONE, UNRECORDED, Item

LONGEST = 256
"""Characters. https://docs.aws.amazon.com/config/latest/APIReference/API_Evaluation.html"""


class Compliance(StrEnum):
    """Config's words; it takes no others from a rule."""

    COMPLIANT = "COMPLIANT"
    NON_COMPLIANT = "NON_COMPLIANT"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    """Config forgets what it knew of the resource, as it should of one that is deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What is said of one resource."""

    type: str
    id: str
    compliance: Compliance
    annotation: str
    at: datetime
    """When that was so; Config keeps what is said of the latest moment, however late it comes."""


def evaluation(item: Item, policy: Policy, now: datetime, at: datetime | None = None) -> Evaluation:
    """What is to be said of *item*, as of *at* (or when it was recorded)."""
    compliance, why = _said(item, policy, now)
    return _evaluation(item, compliance, why, at)


def out_of_scope(item: Item) -> Evaluation:
    """What is said of a resource that the rule no longer asks about."""
    return _evaluation(item, Compliance.NOT_APPLICABLE, "the rule no longer asks about it", None)


def _evaluation(
    item: Item, compliance: Compliance, why: str, at: datetime | None
) -> Evaluation:  # fmt: skip
    return Evaluation(
        type=item.type, id=item.id, compliance=compliance, annotation=_short(fit(why)),
        at=at or item.captured,
    )  # fmt: skip


def _said(item: Item, policy: Policy, now: datetime) -> tuple[Compliance, str]:
    if item.status in GONE:
        return Compliance.NOT_APPLICABLE, "it was deleted"
    if item.status == UNRECORDED:
        return Compliance.NOT_APPLICABLE, "AWS Config does not record it"
    kind = kinds.named(item.type)
    if not kinds.taggable(kind) and not item.tags:
        return Compliance.NOT_APPLICABLE, f"nothing is known of tags on {item.type}"
    if not demand(policy, kind, item.account).rules:
        return Compliance.NOT_APPLICABLE, "the policy requires nothing of it"
    return _judged(item, kind, policy, now)


def _judged(item: Item, kind: str, policy: Policy, now: datetime) -> tuple[Compliance, str]:
    resource = _resource(item, kind)
    match judge(discovery(item).event, resource, policy, now, resource.tags):
        case Compliant(why):
            return Compliance.COMPLIANT, why
        case Lacking() as lacking:
            return Compliance.NON_COMPLIANT, "; ".join(_lacks(lacking))
        case Pending(missing=missing, why=why):
            return Compliance.NON_COMPLIANT, f"missing: {', '.join(missing)}; {why}"
        case Unjudged(why):
            return Compliance.NOT_APPLICABLE, why
        case other:
            assert_never(other)


def _lacks(lacking: Lacking) -> Iterator[str]:
    """Keys only: the values are strangers' words, and nobody needs them to mend a tag."""
    if lacking.missing:
        yield f"missing: {', '.join(lacking.missing)}"
    for bad in lacking.invalid:
        yield f"not allowed: {bad.key}, which {bad.why}"
    for near in lacking.near:
        yield f"{near.found} was surely meant as {near.key}"


def _resource(item: Item, kind: str) -> Resource:
    """Enough of it to be judged; what is to be tagged is told in `discoveries`."""
    return Resource(
        arn=item.arn, handle=item.id, type=kind, account=item.account, region=item.region,
        partition=lookup.partition(item.region), service="", tags=own(item),
    )  # fmt: skip


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
