"""`awsteward.yaml` as values: what must be on a resource, and where a value may come from.

Nothing here reads a file; `parse` makes these values, `judge` and `plan` use them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from awsteward.tags.model.plan import Origin
from awsteward.tags.policy.daily import NINE, Daily
from awsteward.tags.policy.enforcement import USUAL, Enforcement
from awsteward.tags.policy.patterns import Globs, Regexp
from awsteward.tags.policy.people import Telling
from awsteward.tags.policy.tools import RECONCILERS, TOOLS, Makers
from awsteward.tags.policy.words import say

ANYTHING = Globs()
ACCOUNT_DIGITS = 12
"""What is longer is no account id but a hostile record's, and not worth remembering."""


class Meaning(StrEnum):
    """What a tag says about people, which decides whose name may fill it."""

    OWNER = "owner"
    """A team or a person who answers for the resource; never a machine."""
    CREATOR = "creator"
    """Whoever made it, machines included."""
    OTHER = "other"


class Language(StrEnum):
    """The languages that messages are written in."""

    ENGLISH = "en"
    KOREAN = "ko"


class NearMisses(StrEnum):
    """What becomes of the value under a key that was surely meant (``owner`` for ``Owner``)."""

    SUGGEST = "suggest"
    COPY = "copy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One place to look for a value."""

    origin: Origin
    tag: str | None = None
    """The tag to read there, where it is called otherwise than the key to be filled."""
    value: str | None = None
    """The value itself; of a constant only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One required key, for the resources it is required on."""

    key: str
    sources: tuple[Source, ...]
    meaning: Meaning = Meaning.OTHER
    values: tuple[str, ...] = ()
    """Allowed values, spelled exactly; with `pattern`, either is enough. Empty: any value."""
    pattern: Regexp | None = None
    guarded: bool = False
    """Never written automatically, only asked for: other systems act on this tag."""
    types: Globs = ANYTHING
    accounts: Globs = ANYTHING

    def objection(self, value: str, language: Language = Language.ENGLISH) -> str | None:
        """Why *value* is not allowed for this key, or None where it is."""
        if not value.strip():
            return say(language, "empty")
        if value in self.values or (self.pattern is not None and self.pattern.matches(value)):
            return None
        if self.pattern is not None:
            return say(language, "pattern", allowed=self.pattern.text)
        if self.values:
            return say(language, "values", allowed=", ".join(self.values))
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """Resources that need not carry some keys for now, and why."""

    reason: str
    until: date
    """The last day (UTC) on which it holds."""
    keys: frozenset[str] = frozenset()
    """Empty: every key."""
    types: Globs = ANYTHING
    accounts: Globs = ANYTHING
    arns: Globs = ANYTHING

    def holds(self, now: datetime) -> bool:
        """True until the end of its last day."""
        return now.astimezone(UTC).date() <= self.until

    def covers(self, key: str) -> bool:
        """True where it excuses the lack of *key*."""
        return not self.keys or key in self.keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Who belongs to a team, and the tags that what it makes should carry."""

    name: str
    tags: Mapping[str, str] = field(default_factory=dict)
    people: Globs = ANYTHING
    roles: Globs = ANYTHING
    accounts: Globs = ANYTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Grace:
    """How long the maker of a resource may take to tag it."""

    tools: Mapping[str, timedelta] = field(default_factory=dict)
    other_tools: timedelta = timedelta(minutes=10)
    by_hand: timedelta = timedelta(0)

    def after(self, tool: str | None) -> timedelta:
        """The time that whoever made the call with *tool* (None: no known tool) has."""
        return self.by_hand if tool is None else self.tools.get(tool, self.other_tools)

    def until(self, at: datetime, tool: str | None) -> datetime:
        """When that time is over for a call made *at*; at the latest, when all time is."""
        try:
            return at + self.after(tool)
        except OverflowError:
            return datetime.max.replace(tzinfo=at.tzinfo)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """How messages are put together."""

    window: timedelta = timedelta(hours=1)
    """One message per creator and window."""
    language: Language = Language.ENGLISH
    links: bool = True
    summary: Daily | None = NINE
    """When the last day is summed up in one message; None: never."""
    telling: Telling = field(default_factory=Telling)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pseudonyms:
    """People's names replaced by a keyed hash, in tags only."""

    keys: frozenset[str]
    variable: str
    """The environment variable that holds the secret; the file never does."""
    secret: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """What a resource must carry; resources of which the same is asked share one object."""

    by_key: Mapping[str, Rule]
    rules: tuple[Rule, ...]
    exemptions: tuple[Exemption, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Policy:
    """Everything that `awsteward.yaml` says about tags.

    One policy equals only itself: caches of what follows from it are keyed by it.
    """

    rules: tuple[Rule, ...]
    """In the order of the file; for each key the first that fits a resource counts."""
    exemptions: tuple[Exemption, ...] = ()
    near_misses: NearMisses = NearMisses.SUGGEST
    teams: tuple[Team, ...] = ()
    account_tags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    people: Globs = ANYTHING
    machines: Globs = ANYTHING
    grace: Grace = Grace()
    tools: Makers = TOOLS
    reconcilers: Makers = RECONCILERS
    slack: Slack = Slack()
    pseudonyms: Pseudonyms | None = None
    enforcement: Enforcement = USUAL

    def expired(self, now: datetime) -> tuple[Exemption, ...]:
        """Exceptions that no longer hold and should be renewed or removed."""
        return tuple(each for each in self.exemptions if not each.holds(now))


def demand(policy: Policy, kind: str | None, account: str) -> Demand:
    """What a resource of CloudFormation type *kind* in *account* must carry; remembered."""
    return _demand(policy, kind, account if len(account) <= ACCOUNT_DIGITS else "?")


@lru_cache(maxsize=4096)
def _demand(policy: Policy, kind: str | None, account: str) -> Demand:
    def fits(each: Rule | Exemption) -> bool:
        return each.types.admit(kind) and each.accounts.admit(account)

    rules = tuple(index for index, rule in enumerate(policy.rules) if fits(rule))
    exemptions = tuple(index for index, each in enumerate(policy.exemptions) if fits(each))
    return _shared(policy, rules, exemptions)


@lru_cache(maxsize=1024)
def _shared(policy: Policy, rules: tuple[int, ...], exemptions: tuple[int, ...]) -> Demand:
    by_key: dict[str, Rule] = {}
    for index in rules:
        by_key.setdefault(policy.rules[index].key, policy.rules[index])
    exempt = tuple(policy.exemptions[index] for index in exemptions)
    return Demand(by_key, tuple(by_key.values()), exempt)


def with_secret(policy: Policy, secret: bytes | None) -> Policy:
    """*policy* with the secret that its pseudonyms are made with; without any, none are made."""
    if policy.pseudonyms is None:
        return policy
    return replace(policy, pseudonyms=replace(policy.pseudonyms, secret=secret or None))


def with_environment(policy: Policy, environment: Mapping[str, str]) -> Policy:
    """*policy* with the secret from the variable that it names, if it names one."""
    if policy.pseudonyms is None:
        return policy
    return with_secret(policy, environment.get(policy.pseudonyms.variable, "").encode())
