"""Tells from one record which resources its call created, or why that cannot be told.

Never another resource's ARN: an ARN in the response must lie in the service's own namespace, and
one that is built from parts must have every part. Who made the call is told elsewhere.
"""

import functools
from dataclasses import dataclass

import msgspec

from awsteward.tags.catalogue import lookup
from awsteward.tags.model import Arn, Resource
from awsteward.tags.read import given
from awsteward.tags.read.paths import (
    NOTHING,
    Json,
    Path,
    compile_path,
    unwrap,
    values,
    whole,
    wrappers,
)
from awsteward.tags.read.record import Record

_ARN_PARTS = 6
_ACCOUNT_DIGITS = 12
_OLD = frozenset({"1.0", "1.00", "1.01", "1.02"})  # written before 2015


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

_NO_CREATION = Nothing("creates nothing that can be tagged")


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of an ARN that a record fills: a path into one side, and its name on the other."""

    path: Path
    in_response: bool
    last: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A row of the catalogue, compiled for reading."""

    row: lookup.Row
    arn: Path | None
    alias: Path | None
    """The ARN's other common name: ``applicationArn`` for ``arn`` in ``application``."""
    parts: tuple[str | Slot, ...]
    handle: Slot | None
    tags: tuple[Path, ...]
    echo: Path | None
    prefix: str
    """What the resource part of an ARN made from the template begins with."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A creating call, ready to be asked about records."""

    call: lookup.Call
    ways: tuple[Way, ...]
    around: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a record says, decoded."""

    record: Record
    request: Json
    response: Json
    unreported: bool
    """The request is missing as a whole, so nothing says which tags it gave."""


class _Identity(msgspec.Struct, frozen=True, rename="camel"):
    account_id: str | None = None


def recognise(record: Record) -> Recognition:
    """What the record's call created."""
    source, name, version = record.event_source, record.event_name, record.event_version
    if version is not None and not version.startswith("1."):
        return Untold(f"eventVersion {version[:20]!r} is not understood; only 1.x is")
    if not source or not name:
        return Untold("the record does not name its event source and event name")
    compiled = _compiled(source, name)
    if compiled is None:
        return _service_event(record) if record.event_type == "AwsServiceEvent" else _NO_CREATION
    if record.error_code:
        return Nothing(f"the call failed: {record.error_code}")
    if record.read_only:
        return Nothing("the call only reads")
    if compiled.call.beyond:
        return Untold(f"AWS's SDKs have no {name}: nothing says what its record holds")
    return _told(record, compiled)


def _told(record: Record, compiled: Compiled) -> Recognition:
    try:
        facts = _facts(record, compiled.around)
    except (msgspec.DecodeError, RecursionError) as broken:
        return Untold(f"request or response cannot be read: {broken}")
    if facts.request.get("dryRun") is True or facts.request.get("DryRun") is True:
        return Untold("asked for a dry run, yet carries no error that says it was one")
    for way in compiled.ways:
        if found := _resources(way, facts, compiled.call.namespaces):
            return Resources(found)
    return Untold(_why(compiled))


def _why(compiled: Compiled) -> str:
    reasons = [way.row.unresolved for way in compiled.ways if way.row.unresolved]
    return reasons[0] if reasons else "neither the ARN nor all of its parts are in the record"


@functools.lru_cache(maxsize=65_536)  # bounded: names in a hostile archive are not
def _compiled(source: str, name: str) -> Compiled | None:
    call = lookup.find(source, name)
    if call is None:
        return None
    return Compiled(call, tuple(_way(row) for row in call.rows), wrappers(call.operation))


def _way(row: lookup.Row) -> Way:
    parts = _parts(row.template) if row.template else ()
    return Way(
        row=row,
        arn=compile_path(row.arn) if row.arn else None,
        alias=_alias(row.arn) if row.arn else None,
        parts=parts,
        handle=_slot(row.handle) if row.handle else None,
        tags=_tag_paths(row),
        echo=compile_path(row.echo) if row.echo else None,
        prefix=(row.template or "").split(":", 5)[-1].split("{")[0],
    )


def _alias(arn: str) -> Path | None:
    holder, _, name = arn.rpartition(".")
    if name.lower() != "arn" or not holder:
        return None
    last = holder.rpartition(".")[2].removesuffix("[]")
    return compile_path(f"{holder}.{last}Arn")


def _tag_paths(row: lookup.Row) -> tuple[Path, ...]:
    """Where tags may lie; EC2's first dialect calls a list of specifications a set."""
    if row.tags is None:
        return ()
    if row.form == "spec":
        stem = row.tags.removesuffix("s")
        return tuple(compile_path(stem + end) for end in ("Set", "", "s"))
    return (compile_path(row.tags),)


def _parts(template: str) -> tuple[str | Slot, ...]:
    """``arn:{partition}:x:{>A.Id}`` -> texts (places among them) and slots, in order."""
    pieces: list[str | Slot] = []
    for piece in template.replace("}", "{").split("{"):
        if piece[:1] in ("<", ">"):
            pieces.append(_slot(piece))
        elif piece:
            pieces.append(piece)
    return tuple(pieces)


def _slot(text: str) -> Slot:
    path = compile_path(text[1:])
    return Slot(path, text[0] == ">", path[-1:])


def _facts(record: Record, around: frozenset[str]) -> Facts:
    request = msgspec.json.decode(record.request_parameters)
    return Facts(
        record=record,
        request=unwrap(request, around),
        response=unwrap(msgspec.json.decode(record.response_elements), around),
        unreported=request is None or (isinstance(request, dict) and "omitted" in request),
    )


def _resources(way: Way, facts: Facts, namespaces: frozenset[str]) -> tuple[Resource, ...]:
    """The resources told one way; empty where that way does not fit the record."""
    if arns := _arns(way, facts, namespaces):
        given_tags = _given(way, facts)
        return tuple(_resource(way.row, facts, arn, None, given_tags) for arn in arns)
    if way.handle and (names := _plain(_slot_values(way.handle, facts))):
        given_tags = _given(way, facts)
        handles = dict.fromkeys(names)
        return tuple(_resource(way.row, facts, None, name, given_tags) for name in handles)
    return ()


def _arns(way: Way, facts: Facts, namespaces: frozenset[str]) -> list[str]:
    """The ARN in the response; else, where that is safe, one made from its parts."""
    if way.arn is None:
        return _filled(way, facts)
    if way.row.ids and (made := _filled(way, facts)):
        return made
    present = values(facts.response, way.arn)
    if not present and way.alias:
        present = values(facts.response, way.alias)
    if present:
        if all(_is_own(arn, namespaces, facts) for arn in present):
            return [str(arn) for arn in present]
        blank = not any(isinstance(arn, str) and arn.startswith("arn:") for arn in present)
        return _filled(way, facts) if blank and _all_from_response(way) else []
    if len(way.arn) > 1:
        bare = values(facts.response, way.arn[1:])
        if bare and all(_is_own(arn, namespaces, facts) and _fits(arn, way) for arn in bare):
            return [str(arn) for arn in bare]
    return _filled(way, facts) if _twice_told(way, facts) else []


def _is_own(arn: object, namespaces: frozenset[str], facts: Facts) -> bool:
    """An ARN of the service itself, and not one that the caller named."""
    if not isinstance(arn, str) or not arn.startswith("arn:"):
        return False
    parts = arn.split(":", 5)
    if len(parts) != _ARN_PARTS or parts[2].replace("-", "") not in namespaces:
        return False
    return arn not in facts.request.values()


def _fits(arn: object, way: Way) -> bool:
    """Whether the ARN is of the kind the template makes (or there is no template to say)."""
    return str(arn).split(":", 5)[5].startswith(way.prefix)


def _all_from_response(way: Way) -> bool:
    return all(part.in_response for part in way.parts if isinstance(part, Slot))


def _twice_told(way: Way, facts: Facts) -> bool:
    """An absent ARN is made up only for an old record, where request and response agree on it.

    APIs learned to answer with ARNs over the years. In a newer record the absence says that
    something is amiss, the name asked for need not be the one given, and ids are not always
    the ARN's.
    """
    slots = [part for part in way.parts if isinstance(part, Slot)]
    if facts.record.event_version not in _OLD or not slots:
        return False
    return _certain_account(facts.record) and all(_agree(slot, facts) for slot in slots)


def _agree(slot: Slot, facts: Facts) -> bool:
    told = _slot_values(slot, facts)
    other = facts.request if slot.in_response else facts.response
    return bool(told) and told == values(other, slot.last)


def _certain_account(record: Record) -> bool:
    """The record names one account only, and it looks like one."""
    account = record.recipient_account_id or _identity_account(record)
    if account is None or len(account) != _ACCOUNT_DIGITS or not account.isdigit():
        return False
    return _identity_account(record) in (account, None)


def _identity_account(record: Record) -> str | None:
    identity: _Identity | None = msgspec.json.decode(record.user_identity, type=_Identity | None)
    return identity.account_id if identity else None


def _side(slot: Slot, facts: Facts) -> Json:
    return facts.response if slot.in_response else facts.request


def _slot_values(slot: Slot, facts: Facts) -> list[object]:
    body = _side(slot, facts)
    found = values(body, slot.path)
    if not found and len(slot.path) > 1:
        return values(body, slot.path[1:])
    return found


def _texts(body: Json, path: Path) -> list[str]:
    return _plain(values(body, path))


def _plain(found: list[object]) -> list[str]:
    """The values as texts; none at all where one of them cannot be part of a name."""
    texts = [str(v) for v in found if isinstance(v, str | int) and not isinstance(v, bool)]
    if len(texts) != len(found) or any(not t or given.is_hidden(t) for t in texts):
        return []
    return texts


def _filled(way: Way, facts: Facts) -> list[str]:
    """The template with every part from the record; one ARN per value of a part that has many."""
    made = [""]
    for part in way.parts:
        options = _place(part, facts) if isinstance(part, str) else _ids(part, made[0], facts)
        if not options or (len(options) > 1 and len(made) > 1):
            return []
        made = [head + option for head in made for option in options]
    return made if way.parts else []


def _ids(slot: Slot, head: str, facts: Facts) -> list[str]:
    """A slot's values, without what the ARN says already (``/hostedzone/Z1`` for ``Z1``)."""
    texts = _plain(_slot_values(slot, facts))
    if any(text.startswith("arn:") for text in texts):
        return []
    if head.endswith("/"):
        kind = "/" + head.rsplit(":", 1)[-1]
        texts = [t.removeprefix(kind) if slot.in_response else t for t in texts]
        texts = [t.removeprefix("/") for t in texts]
    return texts


def _place(text: str, facts: Facts) -> list[str]:
    record = facts.record
    match text:
        case "partition":
            return [lookup.partition(record.aws_region or "")]
        case "region":
            return [record.aws_region] if record.aws_region else []
        case "account":
            account = record.recipient_account_id or _identity_account(record)
            return [account] if account else []
        case _:
            return [text]


def _given(way: Way, facts: Facts) -> given.Pairs | None:
    """The tags given in the request, and those the response shows beside the new resource."""
    row = way.row
    if row.hidden or (row.tags and facts.unreported):
        return None
    asked = next((v for path in way.tags if (v := whole(facts.request, path)) is not None), None)
    tags = given.tags(asked, row.form, row.only)
    if tags is None or way.echo is None:
        return tags
    shown = given.tags(whole(facts.response, way.echo), row.echo_form, row.only)
    return None if shown is None else {**shown, **tags}


def _resource(
    row: lookup.Row, facts: Facts, arn: str | None, handle: str | None, tags: given.Pairs | None
) -> Resource:
    record = facts.record
    _, partition, _, region, account, _ = arn.split(":", 5) if arn else ("",) * _ARN_PARTS
    partition = partition or lookup.partition(record.aws_region or "")
    home = lookup.home(row.service, partition)
    return Resource(
        arn=Arn(arn) if arn else None,
        handle=handle,
        type=row.type,
        account=record.recipient_account_id or account or _identity_account(record) or "",
        region=region or home or record.aws_region or "",
        partition=partition,
        service=row.service,
        tags=tags,
    )


def _service_event(record: Record) -> Recognition:
    """Creations that end after their call, and are told of by the service itself."""
    told = lookup.events().get(f"{record.event_source}/{record.event_name}")
    if told is None:
        return _NO_CREATION
    details = unwrap(msgspec.json.decode(record.service_event_details), frozenset())
    state = _texts(details, compile_path(told.state))
    if state and state[0] != "SUCCEEDED":
        return Nothing(f"the creation ended {state[0]}")
    names = _texts(details, compile_path(told.handle))
    if not names:
        return Untold("the service event does not name what it created")
    row = lookup.Row(service=told.service, type=told.type)
    facts = Facts(record=record, request=NOTHING, response=NOTHING, unreported=False)
    return Resources((_resource(row, facts, None, names[0], None),))
