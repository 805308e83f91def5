"""Counts what the catalogue covers, from the generated data alone.

A call is one botocore operation that brings something taggable into being: one that takes tags in
its request, or that the service reference or CloudFormation say makes a taggable resource.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from awsteward.tags.catalogue import lookup, tagcalls


@dataclass(frozen=True, slots=True)
class Gap:
    """A creating call that the guard cannot follow to the end, and what is missing."""

    call: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of AWS the catalogue follows from the record to the tag."""

    create_calls: int
    """Creating calls, counted once per botocore service."""
    tagging_create_calls: int
    """Those that accept tags in the request."""
    resolved: int
    """Of the latter: the record tells the ARN (or id), and the service's tag call is known."""
    tag_call_known: int
    """Of the latter: the service's tag call is known, whether the ARN can be told or not."""
    cfn_types: int
    """CloudFormation types that can be tagged."""
    cfn_types_resolved: int
    """Those that some call creates whose record tells the ARN, and whose tag call is known."""
    round_trip_calls: int
    """Calls proven on an emulator: created, recognised, tagged, and the tag read back."""
    round_trip_services: int
    residue: tuple[Gap, ...]
    """Every creating call that is not resolved, with or without tags in its request."""


class _Proven(msgspec.Struct, frozen=True):
    calls: tuple[str, ...] = ()
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Counted:
    """One service's call; `also` services share the row, and its tag call with it."""

    service: str
    name: str
    row: lookup.Row

    @property
    def known(self) -> bool:
        """Whether some service has a call that tags what this call makes."""
        table = tagcalls.table()
        return table.through.get(self.row.service, self.row.service) in table.services

    @property
    def resolved(self) -> bool:
        """Whether the guard can follow the call from the record to the tag."""
        return self.known and self.row.unresolved is None

    @property
    def gap(self) -> Gap:
        """Why it cannot."""
        why = self.row.unresolved or "no call of the service that tags it is known"
        return Gap(f"{self.service}:{self.name}", why)


def coverage() -> Coverage:
    """Count everything; reads every file of the catalogue."""
    calls = list(_calls())
    tagging = [call for call in calls if call.row.tags is not None]
    types = lookup.types()
    made = {type_ for call in calls if call.resolved for type_ in lookup.types_of(call.row)}
    proven = _proven()
    return Coverage(
        create_calls=len(calls),
        tagging_create_calls=len(tagging),
        resolved=sum(call.resolved for call in tagging),
        tag_call_known=sum(call.known for call in tagging),
        cfn_types=len(types),
        cfn_types_resolved=len(types & made),
        round_trip_calls=len(proven.calls),
        round_trip_services=len(proven.services),
        residue=tuple(call.gap for call in calls if not call.resolved),
    )


def _calls() -> Iterator[_Counted]:
    for source in lookup.sources():
        for name, rows in sorted(source.calls.items()):
            for row in rows:
                for service in (row.service, *row.also):
                    yield _Counted(service, name, row)


def _proven() -> _Proven:
    path = lookup.DATA / "round_trip.json"
    return msgspec.json.decode(path.read_bytes(), type=_Proven) if path.is_file() else _Proven()
