"""Reads the policies of an account, for the tag keys in their conditions. It changes nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from awsteward.clients.aws.door import Aws
from awsteward.clients.aws.refusals import Refusal
from awsteward.tags.guard.guarded import Scan
from awsteward.tags.read.conditions import Guarding, guarding

OUR_PATH = "/awsteward/"
"""Of the policies of our own stacks: that we may write a key alone is no reason not to."""
_AWS_OWN = ":iam::aws:"
_CONTROLS = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
_NO_POLICY = "NoSuchBucketPolicy"
_MOST_REASONS = 20


class UnreadError(Exception):
    """AWS did not show what it was asked for."""


@dataclass(slots=True)
class Reader:
    """One account, seen through the door."""

    door: Aws
    account: str
    region: str
    unread: list[str] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)

    def scan(self, at: datetime) -> Scan:
        """Everything that can be read; what cannot is named."""
        found = [
            each for where, document in self._documents() for each in self._in(document, where)
        ]
        return Scan(
            account=self.account, at=at, found=tuple(dict.fromkeys(found)),
            unread=tuple(self.unread[:_MOST_REASONS]), beyond=tuple(self.beyond),
        )  # fmt: skip

    def _in(self, document: object, where: str) -> tuple[Guarding, ...]:
        try:
            return guarding(document, where)
        except ValueError as error:
            self.unread.append(str(error))
            return ()

    def _documents(self) -> Iterator[tuple[str, object]]:
        for read in (self._iam, self._buckets):
            try:
                yield from read()
            except UnreadError as error:
                self.unread.append(str(error))
        for kind in _CONTROLS:
            try:
                yield from self._controls(kind)
            except UnreadError as error:
                self.beyond.append(str(error))

    def _iam(self) -> Iterator[tuple[str, object]]:
        more: dict[str, object] = {}
        while True:
            page = self._call("iam", "GetAccountAuthorizationDetails", more)
            for kind in ("User", "Group", "Role"):
                for one in page.get(f"{kind}DetailList", ()):
                    yield from _held(one, f"{kind}PolicyList")
            for one in filter(_counts, page.get("Policies", ())):
                yield from ((one["Arn"], v["Document"]) for v in _default(one))
            if not page.get("IsTruncated"):
                return
            more = {"Marker": page["Marker"]}

    def _buckets(self) -> Iterator[tuple[str, object]]:
        for name in [
            each["Name"]
            for each in self._pages("s3", "ListBuckets", "Buckets", "ContinuationToken")
        ]:
            answer = self.door.call(
                self.account, self.region, "s3", "GetBucketPolicy", {"Bucket": name}
            )
            if not isinstance(answer, Refusal):
                yield f"arn:aws:s3:::{name}", answer["Policy"]
            elif answer.code != _NO_POLICY:
                self.unread.append(f"s3:GetBucketPolicy on {name}: {answer.code}")

    def _controls(self, kind: str) -> Iterator[tuple[str, object]]:
        listed = self._pages("organizations", "ListPolicies", "Policies", "NextToken", Filter=kind)
        for one in list(listed):
            whole = self._call("organizations", "DescribePolicy", {"PolicyId": one["Id"]})
            yield one["Arn"], whole["Policy"]["Content"]

    def _pages(
        self, service: str, operation: str, member: str, token: str, **params: str
    ) -> Iterator[Mapping[str, Any]]:
        more: dict[str, object] = {}
        while True:
            page = self._call(service, operation, {**params, **more})
            yield from page.get(member, ())
            if not page.get(token):
                return
            more = {token: page[token]}

    def _call(
        self, service: str, operation: str, params: Mapping[str, object]
    ) -> Mapping[str, Any]:
        answer = self.door.call(self.account, self.region, service, operation, params)
        if isinstance(answer, Refusal):
            raise UnreadError(f"{service}:{operation}: {answer.code}: {answer.message}"[:300])
        return answer


def _held(one: Mapping[str, Any], member: str) -> Iterator[tuple[str, object]]:
    """What a user, group or role holds itself, with who may assume it."""
    for inline in one.get(member, ()):
        yield f"{one['Arn']} ({inline['PolicyName']})", inline["PolicyDocument"]
    if "AssumeRolePolicyDocument" in one:
        yield f"{one['Arn']} (trust)", one["AssumeRolePolicyDocument"]


def _counts(policy: Mapping[str, Any]) -> bool:
    """Not our own; of AWS's own those that are in use here."""
    if policy.get("Path") == OUR_PATH:
        return False
    used = policy.get("AttachmentCount", 0) + policy.get("PermissionsBoundaryUsageCount", 0)
    return _AWS_OWN not in policy["Arn"] or used > 0


def _default(policy: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Only the default version of a policy holds."""
    return [v for v in policy.get("PolicyVersionList", ()) if v.get("IsDefaultVersion")]
