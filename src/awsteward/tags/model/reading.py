"""What a record says was done, and to which resources."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from awsteward.tags.model.arn import Arn
from awsteward.tags.model.creator import Creator


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
