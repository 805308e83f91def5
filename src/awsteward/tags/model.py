"""The nouns of the tag guard. Nothing here computes, reads or writes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

Arn = NewType("Arn", str)


# --- who -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A human being, as far as AWS can tell; only a person may become an assumed owner."""

    name: str
    arn: str | None
    via: str | None
    """What the person acted through: a role, a permission set, an identity provider; or None."""
    role: Arn | None = None
    """The IAM role or user whose tags may say more (never a session's ARN)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """CI, an instance, a function, a bare SDK session: its name is never an owner."""

    name: str
    arn: str | None
    via: str | None
    role: Arn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """An AWS service that acted by itself or for somebody it does not name."""

    name: str
    arn: str | None
    via: str | None
    role: Arn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """An account's root user: a person, but nobody can say which one."""

    account: str
    arn: str | None


@dataclass(frozen=True, slots=True)
class Nobody:
    """The record does not say who; *why* tells what was missing."""

    why: str


Creator = Person | Machine | Service | Root | Nobody


# --- what ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The API call that a record tells of, as far as every later stage needs it."""

    id: str
    source: str
    """The event source as CloudTrail spells it, for example ``s3.amazonaws.com``."""
    name: str
    at: datetime
    account: str
    """The account the call worked on, which is where the resource lies."""
    region: str
    creator: Creator
    tool: str | None
    """The infrastructure-as-code tool that made the call (``terraform``, …), or None."""
    session: Mapping[str, str] = field(default_factory=dict)
    """What the caller's session says of itself: SourceIdentity, SessionName, federation's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource that an API call brought into being."""

    arn: Arn | None
    """None where the service has no ARN in the event and is tagged by `handle`."""
    handle: str | None
    """What the tag call wants where that cannot be cut out of the ARN (a Lightsail name)."""
    type: str | None
    """The CloudFormation type (``AWS::S3::Bucket``), or None where CloudFormation has none."""
    account: str
    region: str
    """Where the resource is tagged; for a global service its home region."""
    partition: str
    service: str
    """The botocore service whose tag call serves this resource."""
    tags: Mapping[str, str] | None
    """Tags given in the request; None where the event cannot tell (hidden or never shown)."""
    parent: Arn | None = None
    """The resource this one belongs to and may inherit tags from."""

    @property
    def ref(self) -> str:
        """The name people and the ledger know this resource by; no two resources share one."""
        return self.arn or f"{self.service}:{self.region}:{self.account}:{self.handle}"

    @property
    def what(self) -> str:
        """Its kind and name in a few words, as far as its ARN says them: ``instance i-1``."""
        part = self.arn.split(":", 5)[-1] if self.arn else f"{self.service} {self.handle}"
        return part.replace(":", " ", 1) if "/" not in part else part.replace("/", " ", 1)


@dataclass(frozen=True, slots=True)
class Created:
    """The call created these resources (never empty)."""

    event: Event
    resources: tuple[Resource, ...]


@dataclass(frozen=True, slots=True)
class Ignored:
    """The call created nothing that can be tagged, or failed; *why* says which."""

    event: Event
    why: str


@dataclass(frozen=True, slots=True)
class Undetermined:
    """The call created something, but what cannot be told from the record."""

    event: Event
    why: str


Reading = Created | Ignored | Undetermined


# --- how it is tagged ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Compliant:
    """Every required key is there with an allowed value, or excepted; *why* names exceptions."""

    why: str = "has every required tag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invalid:
    """A required key whose present value the policy does not allow."""

    key: str
    value: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """A key that is not the required one but was surely meant (``owner`` for ``Owner``)."""

    key: str
    found: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """At least one required key is missing or has a value that is not allowed."""

    missing: tuple[str, ...]
    invalid: tuple[Invalid, ...] = ()
    near: tuple[NearMiss, ...] = ()
    """Near misses among the missing keys; each key here is in `missing` too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Its maker may still tag it; look again at *until*."""

    until: datetime
    missing: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Unjudged:
    """The present tags cannot be known without asking AWS; *why* says what hides them."""

    why: str


Verdict = Compliant | Lacking | Pending | Unjudged


# --- what to do about it ---------------------------------------------------------------------


class Origin(StrEnum):
    """Where a tag value may come from, in the words of `awsteward.yaml`."""

    CREATOR = "creator"
    SESSION = "session"
    PARENT = "parent"
    STACK = "stack"
    ROLE = "role"
    ACCOUNT = "account"
    TEAM = "team"
    CONSTANT = "constant"
    ANSWER = "answer"
    NEAR_MISS = "near miss"
    """A key on the resource itself that was surely meant (``owner`` for ``Owner``)."""


@dataclass(frozen=True, slots=True)
class Unread:
    """An origin that was not looked at; *why* tells (no ``--read``, no such parent, denied)."""

    why: str
    of: str = ""
    """What could not be read, in a few words; empty where nothing was there to be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """Tags of one or more resources that another belongs to, the nearest first."""

    tags: Mapping[str, str]
    whose: Mapping[str, str]
    """For each of the tags the resource that carries it, in a few words."""
    unread: tuple[Unread, ...] = ()
    """What it belongs to as well, and could not be asked."""


Evidence = Mapping[Origin, Mapping[str, str] | Vouched | Unread]
"""Tags found at each origin outside the record itself: parent, stack, role, account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One tag to be written, and why we believe its value."""

    key: str
    value: str
    origin: Origin
    assumed: bool = False
    """True where the value is the best guess rather than proven (the creator as owner)."""
    raw: str | None = None
    """The value before it was cleaned for the service's character rules, if that changed it."""
    whose: str | None = None
    """The resource that the value was read from, in a few words (``Auto Scaling group web``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One key that only a person can settle."""

    key: str
    why: str
    allowed: tuple[str, ...] = ()
    pattern: str | None = None
    """A regular expression; a value may be one of `allowed` or match it whole."""
    suggestion: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything to be done for one resource; empty when nothing is."""

    writes: tuple[Write, ...] = ()
    asks: tuple[Ask, ...] = ()
    steps: tuple[str, ...] = ()
    """The decision in words, one line per key and origin tried; what `tags explain` prints."""


# --- how it went -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Written:
    """These tags are on the resource now and were not before."""

    writes: tuple[Write, ...]
    left: tuple[Write, ...] = ()
    """Left alone, because somebody had set these keys by the time we looked again."""


class Trouble(StrEnum):
    """Kinds of failure, by what helps against each."""

    NOT_YET = "not there yet"
    THROTTLED = "throttled"
    DENIED = "denied"
    GONE = "gone"
    REFUSED = "refused"
    REMOTE = "remote failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Nothing was written; *why* is for a person and names the missing permission if that is it."""

    trouble: Trouble
    why: str


Outcome = Written | Failed


# --- what belongs elsewhere ------------------------------------------------------------------


class Aim(StrEnum):
    """What a snippet is for."""

    SOURCE = "source"
    """The tags are set where the resource comes from."""
    IGNORE = "ignore"
    """The tool leaves tags alone that are not its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """What a person puts where, filled in."""

    aim: Aim
    place: str
    text: str
    left: tuple[str, ...] = ()
    """Keys that cannot be said in this form."""


class Cause(StrEnum):
    """Why somebody is advised."""

    TOOL = "tool"
    """Infrastructure-as-code made the resource, and its next plan may show our tags."""
    RECONCILER = "reconciler"
    """Software owns the resource and takes foreign tags away."""
    REMOVAL = "removal"
    """Somebody keeps taking our tags away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """How to set tags so that nobody fights over them."""

    cause: Cause
    by: str
    """The tool, the reconciler or whoever removed the tags."""
    held: tuple[Write, ...] = ()
    """What is known and was not written, because the source is to say it."""
    snippets: tuple[Snippet, ...] = ()


class Result(StrEnum):
    """What became of one resource, in the words of ``tags replay --format json``."""

    TAGGED = "tagged"
    WOULD_TAG = "would-tag"
    COMPLIANT = "compliant"
    PENDING = "pending"
    """Waiting: for its maker's own tags, or for a person's answer."""
    UNKNOWN = "unknown"
    FAILED = "failed"


class Brake(StrEnum):
    """What keeps a guard on duty from writing what it would."""

    STOP = "stopped"
    BREAKER = "breaker open"
    FREEZE = "freeze"
    PROMOTION = "not promoted"
    CAP = "hourly cap"
    UNREAD = "policies unread"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Tags that a brake held back."""

    brake: Brake
    writes: tuple[Write, ...]
    why: str
    again: datetime | None = None
    """When it is looked at again; None where a person has to see to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """The end of one resource's way through the guard: the line people and ledgers see."""

    event: Event
    resource: Resource
    result: Result
    missing: tuple[str, ...]
    """Required keys that the resource lacked (or had with a value not allowed) when judged."""
    applied: tuple[Write, ...]
    """Tags written; in a dry run, tags that would be."""
    asks: tuple[Ask, ...]
    """Keys that stay open until a person answers."""
    why: str
    near: tuple[NearMiss, ...] = ()
    """Keys it carries that were surely meant to be among `missing`."""
    invalid: tuple[Invalid, ...] = ()
    """Keys among `missing` that are there with a value not allowed."""
    trouble: Trouble | None = None
    """What kind of failure, where `result` is failed."""
    canary: bool = False
    """Made by the guard itself to see that it sees: nobody's, and told to nobody."""
    held: tuple[Held, ...] = ()
    """Tags that were not written because a brake is on."""
    advice: Advice | None = None
