"""What each origin says of one key: the policy's sources applied to what is known of a case.

Whether the answer may be written is not decided here; `plan` does that.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from awsteward.tags.model.creator import Creator, Machine, Nobody, Person, Root, Service
from awsteward.tags.model.plan import Evidence, Origin, Unread, Vouched
from awsteward.tags.policy.limits import Limits
from awsteward.tags.policy.model import Demand, Language, Meaning, Policy, Rule, Source
from awsteward.tags.policy.names import pseudonym, teams_of
from awsteward.tags.policy.words import say

SHOWN = 80

_NO_TAGS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that the values for one resource depend on; equal cases get equal answers."""

    policy: Policy
    demand: Demand
    limits: Limits
    creator: Creator
    account: str
    orphan: bool
    """True where the resource belongs to no other."""
    evidence: Evidence = field(compare=False)
    seen: tuple[tuple[Origin, Hashable], ...]
    """The same evidence in a form that can be compared."""


@dataclass(frozen=True, slots=True)
class Found:
    """A value that an origin gave, before anybody checked it."""

    value: str
    assumed: bool = False
    whose: str | None = None


def look(case: Case, rule: Rule, source: Source) -> Found | str:
    """What *source* says of *rule*'s key, or why it says nothing."""
    match source.origin:
        case Origin.CREATOR:
            return _from_creator(case, rule)
        case Origin.TEAM:
            return _from_team(case, rule, source)
        case Origin.CONSTANT:
            return Found(source.value or "")
        case Origin.ACCOUNT:
            tag = source.tag or rule.key
            given = case.policy.account_tags.get(case.account, _NO_TAGS).get(tag)
            return _from_tags(case, source.origin, tag) if given is None else Found(given)
        case Origin.PARENT | Origin.STACK | Origin.ROLE | Origin.SESSION:
            return _from_tags(case, source.origin, source.tag or rule.key)
        case Origin.ANSWER | Origin.NEAR_MISS:
            return "is never looked up"
        case _:
            assert_never(source.origin)


def _from_tags(case: Case, origin: Origin, tag: str) -> Found | str:
    tags = case.evidence.get(origin)
    if tags is None or isinstance(tags, Unread):
        if origin is Origin.PARENT and case.orphan:
            return "it has none"
        return f"not looked at: {_unread(tags)}" if tags else "not looked at"
    if isinstance(tags, Vouched):
        return _from_vouched(tags, tag)
    value = tags.get(tag)
    return f"has no tag {tag}" if value is None else Found(value)


def _from_vouched(vouched: Vouched, tag: str) -> Found | str:
    value = vouched.tags.get(tag)
    if value is not None:
        return Found(value, whose=vouched.whose.get(tag))
    beside = "".join(f"; {_unread(each)}" for each in vouched.unread)
    return f"has no tag {tag}{beside}"


def _unread(unread: Unread) -> str:
    return f"{unread.of} could not be read: {unread.why}" if unread.of else unread.why


def unread(case: Case, rule: Rule) -> Unread | None:
    """What *rule*'s key might have come from, had we been able to ask it."""
    for source in rule.sources:
        found = case.evidence.get(source.origin)
        each = found.unread if isinstance(found, Vouched) else (found,)
        for one in each:
            if isinstance(one, Unread) and one.of:
                return one
    return None


def comparable(found: Mapping[str, str] | Vouched | Unread) -> Hashable:
    """What was found at one origin in a form that can be compared."""
    match found:
        case Unread():
            return found
        case Vouched(tags=tags, whose=whose, unread=beside):
            return frozenset(tags.items()), frozenset(whose.items()), beside
        case _:
            return frozenset(found.items())


def _from_team(case: Case, rule: Rule, source: Source) -> Found | str:
    teams = teams_of(case.creator, case.account, case.policy)
    if len(teams) != 1:
        names = ", ".join(team.name for team in teams)
        return f"cannot choose between {names}" if names else "no team lists its creator"
    (team,) = teams
    value = team.tags.get(source.tag or rule.key)
    if value is None and rule.meaning is Meaning.OWNER and source.tag is None:
        value = team.name
    return f"{team.name} has no tag {source.tag or rule.key}" if value is None else Found(value)


def _from_creator(case: Case, rule: Rule) -> Found | str:
    creator = case.creator
    name = _principal(creator)
    if isinstance(creator, Person):
        pseudonyms = case.policy.pseudonyms
        if pseudonyms is not None and rule.key in pseudonyms.keys:
            name = pseudonym(creator.name, pseudonyms)
        if name is None:
            return "the secret for pseudonyms is not set, so no name is written"
        return Found(name, assumed=rule.meaning is not Meaning.CREATOR)
    if rule.meaning is Meaning.CREATOR:
        return f"nobody is named: {who(creator)}" if name is None else Found(name)
    if isinstance(creator, Nobody):
        return f"nobody is named: {who(creator)}"
    return f"{who(creator)} is not a person"


def _principal(creator: Creator) -> str | None:
    """The name under which *creator* is written as the one who made a resource."""
    match creator:
        case Person(name=name, arn=arn) | Machine(name=name, arn=arn) | Service(name=name, arn=arn):
            return name or arn
        case Root(account=account):
            return f"root/{account}"
        case Nobody():
            return None
        case _:
            assert_never(creator)


def who(creator: Creator, language: Language = Language.ENGLISH) -> str:
    """*creator* in a few words."""
    match creator:
        case Person(name=name):
            return shown(name)
        case Machine(name=name):
            return say(language, "the_machine", name=shown(name))
        case Service(name=name):
            return say(language, "the_service", name=shown(name))
        case Root(account=account):
            return say(language, "the_root", account=shown(account))
        case Nobody(why):
            return shown(why)
        case _:
            assert_never(creator)


def shown(text: str) -> str:
    """*text* fit for one line: no control characters, not endless."""
    line = text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)
    return line if len(line) <= SHOWN else f"{line[:SHOWN]}…"
