"""Is this resource tagged as the policy asks? Pure: time and tags are handed in.

It says what is wrong, never what to do about it; that is `plan`.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache

from awsteward.tags.model.reading import Event, Resource
from awsteward.tags.model.verdict import (
    Compliant,
    Invalid,
    Lacking,
    NearMiss,
    Pending,
    Unjudged,
    Verdict,
)
from awsteward.tags.policy.model import Demand, Exemption, Language, Policy, Rule, demand

LONGEST_KEY = 128
LONGEST_VALUE = 256
MOST_KEYS = 200
"""AWS takes no longer keys and values and not more of them; a record that shows some is hostile."""
SHORTEST_FOR_TYPOS = 5
"""Below this length one letter more often makes another word than a slip (Name, Game)."""

_SEPARATORS = str.maketrans("", "", "-_ .:/")
_WELL_TAGGED = Compliant()


def judge(
    event: Event,
    resource: Resource,
    policy: Policy,
    now: datetime,
    current: Mapping[str, str] | None = None,
) -> Verdict:
    """Compare what the resource carries (*current*, else what the event shows) with the policy."""
    asked = demand(policy, resource.type, resource.account)
    if not asked.rules:
        return Compliant("nothing is required of it")
    tags = resource.tags if current is None else current
    if tags is None:
        return Unjudged("the record hides its tags; --read asks AWS")
    missing = tuple(rule.key for rule in asked.rules if rule.key not in tags)
    invalid = tuple(_invalid(asked.rules, tags, policy.slack.language, live=current is not None))
    if not missing and not invalid:
        return _WELL_TAGGED
    lacking = (*missing, *(bad.key for bad in invalid))
    excused = _excused(asked.exemptions, lacking, resource, now)
    if excused:
        missing = tuple(key for key in missing if not _covered(key, excused))
        invalid = tuple(bad for bad in invalid if not _covered(bad.key, excused))
    if not missing and not invalid:
        return Compliant("; ".join(f"excepted until {e.until}: {e.reason}" for e in excused))
    until = policy.grace.until(event.at, event.tool)
    if now < until:
        maker = event.tool or "its maker"
        return Pending(until=until, missing=missing, why=f"{maker} may still tag it")
    return Lacking(missing=missing, invalid=invalid, near=_near(missing, tags, asked))


def _invalid(
    rules: Iterable[Rule], tags: Mapping[str, str], language: Language, *, live: bool
) -> Iterable[Invalid]:
    for rule in rules:
        value = tags.get(rule.key)
        if value is None:
            continue
        why = rule.objection(value, language)
        if why is None or (not live and _lost_its_case(value, rule)):
            continue
        yield Invalid(key=rule.key, value=value[:LONGEST_VALUE], why=why)


def _lost_its_case(value: str, rule: Rule) -> bool:
    """CloudTrail turns some values ``True`` into the boolean true; a record cannot prove case."""
    if value not in {"true", "false"}:
        return False
    return any(rule.objection(spelled) is None for spelled in (value.capitalize(), value.upper()))


def _excused(
    exemptions: Iterable[Exemption], keys: Iterable[str], resource: Resource, now: datetime
) -> tuple[Exemption, ...]:
    """The exceptions that hold for this resource and excuse the lack of some of *keys*."""
    return tuple(
        each
        for each in exemptions
        if each.holds(now) and each.arns.admit(resource.arn) and any(map(each.covers, keys))
    )


def _covered(key: str, exemptions: Iterable[Exemption]) -> bool:
    return any(exemption.covers(key) for exemption in exemptions)


def _near(missing: tuple[str, ...], tags: Mapping[str, str], asked: Demand) -> tuple[NearMiss, ...]:
    """For each missing key the present one that comes nearest, if any does."""
    strays = tuple(
        key
        for key, value in tags.items()
        if key not in asked.by_key and len(key) <= LONGEST_KEY and len(value) <= LONGEST_VALUE
    )
    if not strays:
        return ()
    pairs = _pairs(missing, strays[:MOST_KEYS])
    return tuple(NearMiss(key=key, found=found, value=tags[found]) for key, found in pairs)


@lru_cache(maxsize=1024)
def _pairs(missing: tuple[str, ...], strays: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Who is near to whom; remembered, as most resources of an estate carry the same keys."""
    found = []
    for key in missing:
        ranked = sorted((rank, stray) for stray in strays if (rank := likeness(key, stray)))
        found += [(key, stray) for _, stray in ranked[:1]]
    return tuple(found)


def likeness(key: str, other: str) -> int:
    """How near *other* comes to *key*: 1 case and separators, 2 plural, 3 one slip; 0 not at all.

    >>> likeness("CostCenter", "cost-center"), likeness("Owner", "Name")
    (1, 0)
    """
    if other.casefold().startswith("aws:"):
        return 0
    ours, theirs = key.casefold().translate(_SEPARATORS), other.casefold().translate(_SEPARATORS)
    if ours == theirs:
        return 1
    if ours.removesuffix("s") == theirs.removesuffix("s"):
        return 2
    return 3 if len(ours) >= SHORTEST_FOR_TYPOS and _one_slip(ours, theirs) else 0


def _one_slip(one: str, two: str) -> bool:
    """One letter too many, too few, wrong, or two neighbours swapped (after the first letter)."""
    if abs(len(one) - len(two)) > 1 or one[:1] != two[:1]:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), None)
    if start is None:
        return True
    a, b = one[start:], two[start:]
    swapped = a[:2] == b[1::-1] and a[2:] == b[2:]
    return swapped or a[1:] == b[1:] or a == b[1:] or a[1:] == b
