"""How the doctor looks: single questions to AWS, none of which changes anything."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from awsteward.clients.aws.door import Aws
from awsteward.clients.aws.refusals import Answer, Cause, Refusal
from awsteward.deploy.facts import worldwide


@dataclass(frozen=True, slots=True)
class Naming:
    """A door of which every denial names the action that is missing, as AWS does not always."""

    door: Aws

    def call(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        """See `Aws.call`."""
        answer = self.door.call(account, region, service, operation, params)
        if isinstance(answer, Refusal) and answer.cause is Cause.DENIED and not answer.action:
            named = f"not authorized to perform: {service}:{operation}: {answer.message}"
            return replace(answer, message=named)
        return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One account and region."""

    door: Aws
    region: str

    @classmethod
    def through(cls, door: Aws, region: str) -> Self:
        """Through *door*, with every denial named."""
        return cls(door=Naming(door), region=region)

    @property
    def home(self) -> str:
        """Where services without a region are asked."""
        return worldwide().home(self.region)

    def ask(
        self, service: str, operation: str, params: Mapping[str, Any], region: str | None = None
    ) -> Answer:
        """One answer."""
        return self.door.call("", region or self.region, service, operation, params)

    def every(
        self, service: str, operation: str, member: str, params: Mapping[str, Any]
    ) -> tuple[Any, ...] | Refusal:
        """What lies under *member* on all pages of the answer."""
        found: list[Any] = []
        more: Mapping[str, Any] = {}
        while True:
            page = self.ask(service, operation, {**params, **more})
            if isinstance(page, Refusal):
                return page
            found.extend(page.get(member, ()))
            token, name = _next(page)
            if not token:
                return tuple(found)
            more = {name: token}


def parts(names: Sequence[str], most: int) -> Iterator[list[str]]:
    """*names* in lists that one question holds."""
    for at in range(0, len(names), most):
        yield list(names[at : at + most])


def _next(page: Mapping[str, Any]) -> tuple[str, str]:
    """The next page's token, and what the request calls it."""
    if page.get("IsTruncated") and page.get("Marker"):
        return page["Marker"], "Marker"
    if page.get("NextMarker"):
        return page["NextMarker"], "Marker"
    return page.get("NextToken") or "", "NextToken"
