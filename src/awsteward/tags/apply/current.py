"""The tags a resource has now, asked of its own service, every page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from awsteward.clients.aws.door import Aws
from awsteward.tags.apply.attempt import Clock, Target, attempt
from awsteward.tags.apply.request import Request, next_page, request, tags_in
from awsteward.tags.catalogue.tagcalls import NoWay, Way, way
from awsteward.tags.model.outcome import Failed, Trouble


@dataclass(frozen=True, slots=True)
class Present:
    """Every tag on a resource, AWS's own (``aws:…``) kept apart: they are read, never written."""

    tags: Mapping[str, str]
    system: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The tags on a resource as they were when AWS was asked, which is before it answered."""

    present: Present
    at: datetime


def current(target: Target, door: Aws, clock: Clock) -> Present | Failed:
    """The tags that *target* has now."""
    route = way(target.resource)
    if isinstance(route, NoWay):
        return Failed(trouble=Trouble.REFUSED, why=route.why)
    return present(target, route, door, clock)


def present(target: Target, route: Way, door: Aws, clock: Clock) -> Present | Failed:
    """The same, for whoever knows already how the resource is tagged."""
    call = route.kind.list
    found: dict[str, str] = {}
    asked: Request | None = request(route, call)
    while asked is not None:
        answer = attempt(door, target, asked, clock)
        if isinstance(answer, Failed):
            return answer
        found |= tags_in(call, answer)
        asked = next_page(asked, answer)
    return parted(found)


def parted(found: Mapping[str, str]) -> Present:
    """*found* with AWS's own kept apart."""
    return Present(
        tags={key: value for key, value in found.items() if not key.startswith("aws:")},
        system={key: value for key, value in found.items() if key.startswith("aws:")},
    )
