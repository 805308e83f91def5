"""Canaries: log groups that the guard makes to see that it sees. Marked here, told to nobody.

A creation is a canary's when its name has our prefix *and* stands on the slate, so that nobody
hides a log group of their own behind the prefix.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from awsteward.clients.ledger import Slate
from awsteward.tags.guard.live import Guard, guard
from awsteward.tags.model.handled import Handled, Result
from awsteward.tags.model.plan import Origin
from awsteward.tags.model.reading import Created
from awsteward.tags.policy.model import Grace, Policy, Rule, Source

KEY, VALUE = "awsteward-canary", "seen"
KEPT = timedelta(days=2)
_KIND = "canary"
_TYPE = "AWS::Logs::LogGroup"
_NAME = ":log-group:"
_PROOF = {Result.TAGGED, Result.WOULD_TAG, Result.COMPLIANT}
POLICY = Policy(
    rules=(Rule(key=KEY, sources=(Source(origin=Origin.CONSTANT, value=VALUE),)),),
    grace=Grace(other_tools=timedelta(0)),
)
"""Of its own, so that no rule of people's is about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """One log group, and what the guard said of it."""

    name: str
    born: datetime
    seen: datetime | None = None
    arn: str | None = None
    """As the guard read it."""
    result: Result | None = None


@dataclass(frozen=True, slots=True)
class Aviary:
    """Where canaries are remembered; each begins with *prefix*."""

    prefix: str
    slate: Slate

    def living(self) -> tuple[Canary, ...]:
        """All that were made and not deleted yet, oldest first."""
        found = (
            msgspec.json.decode(body, type=Canary) for body in self.slate.slate(_KIND).values()
        )
        return tuple(sorted(found, key=lambda canary: canary.born))

    def keep(self, canary: Canary) -> None:
        """Remember it as it is now."""
        body = msgspec.json.encode(canary).decode()
        self.slate.chalk(_KIND, canary.name, body, canary.born + KEPT)

    def forget(self, canary: Canary) -> None:
        """It is gone."""
        self.slate.wipe(_KIND, canary.name)

    def among(self, creations: Iterable[Created]) -> dict[str, Canary]:
        """The canaries of which *creations* tell, by ARN."""
        named = {arn: name for each in creations for arn, name in self._named(each)}
        living = {canary.name: canary for canary in self.living()} if named else {}
        return {arn: living[name] for arn, name in named.items() if name in living}

    def saw(self, canary: Canary, end: Handled, at: datetime) -> None:
        """Record that the guard came to an end with it; the first time counts."""
        if end.result in _PROOF and canary.seen is None:
            self.keep(replace(canary, seen=at, arn=end.resource.arn, result=end.result))

    def _named(self, created: Created) -> Iterator[tuple[str, str]]:
        for resource in created.resources:
            name = (resource.arn or "").partition(_NAME)[2]
            if resource.arn and resource.type == _TYPE and name.startswith(self.prefix):
                yield resource.arn, name


def guarded(creations: Iterable[Created], with_: Guard, aviary: Aviary | None) -> Iterator[Handled]:
    """As `guard`, but canaries go their whole way with a policy of their own and no notice."""
    every = tuple(creations)
    ours = aviary.among(every) if aviary else {}
    yield from guard((each for each in every if not _arns(each) & ours.keys()), with_)
    hold = with_.hold.for_ours() if with_.hold else None
    own = replace(with_, policy=POLICY, ledger=None, believing=False, hold=hold)
    for end in guard((each for each in every if _arns(each) & ours.keys()), own):
        if aviary and end.resource.arn in ours:
            aviary.saw(ours[end.resource.arn], end, with_.now())
        yield replace(end, canary=True)


def _arns(created: Created) -> set[str]:
    return {resource.arn for resource in created.resources if resource.arn}
