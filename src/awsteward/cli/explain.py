"""``awsteward tags explain``: what each record tells, and how each tag would be decided."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import msgspec
from rich.text import Text

from awsteward.cli.place import archive, place
from awsteward.cli.progress import complain
from awsteward.cli.text import console
from awsteward.core.damage import Damage
from awsteward.core.printable import fit
from awsteward.tags.guard.decide import decided, handled
from awsteward.tags.guard.explained import Who, explained
from awsteward.tags.guard.source import advised, at_source
from awsteward.tags.model.advice import Aim
from awsteward.tags.model.reading import Created, Event, Reading, Resource, Undetermined
from awsteward.tags.policy.model import Policy
from awsteward.tags.read.discoveries import discovery
from awsteward.tags.read.item_files import LONGEST, is_configs, item_in
from awsteward.tags.read.items import Unreadable
from awsteward.tags.read.reading import reading
from awsteward.tags.read.records import Broken, records

_COLOURS = {"created": "green", "ignored": "dim", "unknown": "magenta"}
_INDENT = " " * 9
_AIMS = {Aim.SOURCE: "set it where it comes from", Aim.IGNORE: "have the tool leave it alone"}


def run(path: str, form: str, policy: Path | None) -> int:
    """Explain every record; 1 when one of them could not be told or read."""
    unclear = list[Reading | Broken]()
    told, rules = _readings(path, unclear), place(policy).policy
    if form == "json":
        _print_array(told, rules)
    else:
        _print_lines(told, rules, datetime.now(UTC))
    return 1 if unclear else 0


def _readings(path: str, unclear: list[Reading | Broken]) -> Iterator[Reading]:
    door = archive()
    for source in door.sources([path]):
        chunks = iter(door.chunks(source))
        first = next(chunks, b"")
        if isinstance(first, bytes) and is_configs(first):
            yield from _item(source, chain((first,), chunks), unclear)
            continue
        for batch in records(source, chain((first,) if first else (), chunks)):
            if isinstance(batch, Broken):
                complain(batch)
                unclear[:] = [batch]
                continue
            for told in map(reading, batch):
                if isinstance(told, Undetermined):
                    unclear[:] = [told]
                yield told


def _item(
    source: str, chunks: Iterator[bytes | Damage], unclear: list[Reading | Broken]
) -> Iterator[Reading]:
    """What a call of AWS Config's rule, or an event of its, tells of."""
    text = b""
    while len(text) <= LONGEST and isinstance(chunk := next(chunks, None), bytes):
        text += chunk
    told = item_in(text)
    if isinstance(told, Unreadable):
        broken = Broken(file=source, index=None, why=told.why)
        complain(broken)
        unclear[:] = [broken]
        return
    found = discovery(told)
    if isinstance(found, Undetermined):
        unclear[:] = [found]
    yield found


def _print_array(told: Iterable[Reading], policy: Policy) -> None:
    before = "["
    for each in told:
        print(before, msgspec.json.encode(explained(each, policy)).decode(), sep="", end="")
        before = ",\n "
    print("[]" if before == "[" else "]")


def _print_lines(told: Iterable[Reading], policy: Policy, now: datetime) -> None:
    out = console()
    for each in told:
        for text in _lines(each, policy, now):
            out.print(text)


def _lines(each: Reading, policy: Policy, now: datetime) -> Iterator[Text]:
    shape, event = explained(each, policy), each.event
    head = Text(f"{shape.outcome:<{len(_INDENT)}}", _COLOURS[shape.outcome])
    yield head.append(fit(f"{event.source} {event.name}  {event.at:%Y-%m-%d %H:%M:%S} UTC"), "bold")
    yield Text(f"{_INDENT}by {fit(_by(shape.creator))}; event {fit(event.id)}")
    if isinstance(each, Created):
        for resource in each.resources:
            yield from _resource_lines(event, resource, policy, now)
    else:
        yield Text(_INDENT + fit(shape.why))


def _resource_lines(
    event: Event, resource: Resource, policy: Policy, now: datetime
) -> Iterator[Text]:
    verdict, planned = decided(event, resource, policy, now)
    draft = at_source(handled(event, resource, verdict, planned), resource.tags, policy)
    end = advised(draft, resource.tags)
    yield Text(f"{_INDENT}{fit(resource.ref)}  {resource.type or ''}")
    yield Text(f"{_INDENT}  tags in the record: {fit(_tags(resource.tags))}", "dim")
    for miss in end.near:
        yield Text(f"{_INDENT}  {fit(f'{miss.found}={miss.value} was surely meant as {miss.key}')}")
    for step in planned.steps:
        yield Text(f"{_INDENT}  {fit(step)}", "dim")
    yield Text(f"{_INDENT}  => {end.result}: {fit(end.why)}")
    for snippet in end.advice.snippets if end.advice else ():
        yield Text(f"{_INDENT}     {_AIMS[snippet.aim]}: {fit(snippet.place)}")
        for line in snippet.text.split("\n"):
            yield Text(f"{_INDENT}       {fit(line)}", "dim")


def _by(creator: Who) -> str:
    via = f", via {creator.via}" if creator.via else ""
    return f"{creator.name or 'nobody who is named'} ({creator.kind}{via})"


def _tags(tags: Mapping[str, str] | None) -> str:
    if tags is None:
        return "cannot be told"
    return ", ".join(f"{key}={value}" for key, value in tags.items()) or "none"
