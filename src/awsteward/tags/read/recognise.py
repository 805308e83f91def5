"""Tells from one record which resources its call created, or why that cannot be told.

Who made the call is told elsewhere, and so is how the ARN is found.
"""

import re
from dataclasses import dataclass

import msgspec

from awsteward.tags.catalogue import lookup
from awsteward.tags.model.arn import Arn
from awsteward.tags.model.reading import Resource
from awsteward.tags.read import given
from awsteward.tags.read.arns import arns, plain, slot_values
from awsteward.tags.read.facts import Facts, account, decode
from awsteward.tags.read.paths import NOTHING, compile_path, values, whole
from awsteward.tags.read.record import Record
from awsteward.tags.read.ways import Compiled, Way, compile_row, compiled


@dataclass(frozen=True, slots=True)
class Resources:
    """What the call created; never empty."""

    resources: tuple[Resource, ...]


@dataclass(frozen=True, slots=True)
class Nothing:
    """The call created nothing that can be tagged; *why* says so."""

    why: str


@dataclass(frozen=True, slots=True)
class Untold:
    """The call created something (or may have), but not even AWS's models say what."""

    why: str


Recognition = Resources | Nothing | Untold

_ARN = re.compile(rb'"arn:aws[a-z-]*:')
_NO_CREATION = Nothing("creates nothing that can be tagged")


def recognise(record: Record) -> Recognition:
    """What the record's call created."""
    source, name, version = record.event_source, record.event_name, record.event_version
    if version is not None and not version.startswith("1."):
        return Untold(f"eventVersion {version[:20]!r} is not understood; only 1.x is")
    if not source or not name:
        return Untold("the record does not name its event source and event name")
    call = compiled(source, name)
    try:
        if call is None:
            return _strange(record) if name.startswith("Create") else _service_event(record)
        if record.error_code or record.error_message or record.read_only:
            return _refused(record)
        return _told(record, call)
    except (msgspec.DecodeError, RecursionError) as broken:
        return Untold(f"a part of the record cannot be read: {broken}")


def _refused(record: Record) -> Nothing:
    """A call of a name that creates, but which did not."""
    if record.error_code or record.error_message:
        return Nothing(f"the call failed: {record.error_code or record.error_message}")
    return Nothing("the call only reads")


def _strange(record: Record) -> Recognition:
    """A call that creates by its name, of a service newer than our models: not harmless."""
    if record.error_code or record.error_message or record.read_only:
        return _refused(record)
    source = record.event_source or ""
    if lookup.knows(source) or not _ARN.search(bytes(record.response_elements)):
        return _service_event(record)
    return Untold(f"nothing is known of {source[:80]}, and its answer names an ARN")


def _told(record: Record, call: Compiled) -> Recognition:
    if call.call.beyond:
        return Untold(f"AWS's SDKs have no {call.call.operation}: nothing says what it answers")
    facts = decode(record, call.around)
    if facts.request.get("dryRun") is True or facts.request.get("DryRun") is True:
        return Untold("asked for a dry run, yet carries no error that says it was one")
    for way in call.ways:
        if found := _resources(way, facts, call.call.namespaces):
            return Resources(found)
    return Untold(_why(call))


def _why(call: Compiled) -> str:
    reasons = [way.row.unresolved for way in call.ways if way.row.unresolved]
    return reasons[0] if reasons else "neither the ARN nor all of its parts are in the record"


def _resources(way: Way, facts: Facts, namespaces: frozenset[str]) -> tuple[Resource, ...]:
    """The resources told one way; empty where that way does not fit the record."""
    found = arns(way, facts, namespaces)
    named = dict.fromkeys(plain(slot_values(way.handle, facts))) if way.handle else ()
    if not found and not named:
        return ()
    tags = _given(way, facts)
    if not found:
        return tuple([_resource(way, facts, None, handle, tags) for handle in named])
    if len(named) != len(found):
        return tuple([_resource(way, facts, arn, None, tags) for arn in found])
    pairs = zip(found, named, strict=True)
    return tuple([_resource(way, facts, arn, handle, tags) for arn, handle in pairs])


def _given(way: Way, facts: Facts) -> given.Pairs | None:
    """The tags given in the request, and those the response shows beside the new resource."""
    row = way.row
    if row.hidden or (row.tags and facts.unreported):
        return None
    tags = given.tags(_asked(way, facts), row.form, row.only)
    if tags is None or way.echo is None:
        return tags
    shown = given.tags(whole(facts.response, way.echo), row.echo_form, row.only)
    if not shown:
        return None if shown is None else tags
    return {**shown, **tags}


def _asked(way: Way, facts: Facts) -> object:
    """The member of the request that holds its tags."""
    for path in way.tags:
        if (found := whole(facts.request, path)) is not None:
            return found
    return None


def _resource(
    way: Way, facts: Facts, arn: str | None, handle: str | None, tags: given.Pairs | None
) -> Resource:
    record = facts.record
    _, partition, _, region, lies_in, _ = (arn or ":::::").split(":", 5)
    partition = partition or lookup.partition(record.aws_region or "")
    return Resource(
        arn=Arn(arn) if arn else None,
        handle=handle,
        type=way.row.type,
        account=record.recipient_account_id or lies_in or account(record) or "",
        region=region or way.homes.get(partition) or record.aws_region or "",
        partition=partition,
        service=way.row.service,
        tags=tags,
    )


def _service_event(record: Record) -> Recognition:
    """Creations that end after their call, and are told of by the service itself."""
    if record.event_type != "AwsServiceEvent":
        return _NO_CREATION
    told = lookup.events().get(f"{record.event_source}/{record.event_name}")
    if told is None:
        return _NO_CREATION
    details = msgspec.json.decode(record.service_event_details) or NOTHING
    state = plain(values(details, compile_path(told.state)))
    if state and state[0] != "SUCCEEDED":
        return Nothing(f"the creation ended {state[0]}")
    names = plain(values(details, compile_path(told.handle)))
    if not names:
        return Untold("the service event does not name what it created")
    way = compile_row(lookup.Row(service=told.service, type=told.type))
    facts = Facts(record=record, request=NOTHING, response=NOTHING, unreported=False)
    return Resources((_resource(way, facts, None, names[0], None),))
