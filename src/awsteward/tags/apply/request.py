"""From how a resource is tagged to one request, and from an answer to tags. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from awsteward.tags.catalogue.tagcalls import Call, Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One operation with everything filled in."""

    service: str
    call: Call
    params: Mapping[str, Any]


def request(way: Way, call: Call) -> Request:
    """*call* on the resource, without any tags in it."""
    params = fill(call.params, way.blanks)
    return Request(service=call.service or way.service, call=call, params=params)


def writing(way: Way, call: Call, tags: Mapping[str, str]) -> Request:
    """*call* with these tags, or with what it takes of them, in the form the service wants."""
    each = fill(call.each, way.blanks)
    match call.form.split("/"):
        case ["map"]:
            return _with_tags(way, call, dict(tags))
        case ["keys"]:
            return _with_tags(way, call, list(tags))
        case [key]:
            return _with_tags(way, call, [{key: k, **each} for k in tags])
        case [key, value]:
            return _with_tags(way, call, [{key: k, value: v, **each} for k, v in tags.items()])
        case _:
            raise AssertionError(f"{call.operation} has an unknown form {call.form}")


def tags_in(call: Call, answer: Mapping[str, Any]) -> dict[str, str]:
    """The tags in a list call's answer."""
    found: dict[str, str] = {}
    for holder in walk(answer, call.tags.replace("[]", "").split(".")):
        if call.form == "map":
            found.update(holder)
        else:
            key, value = call.form.split("/")
            found[holder[key]] = holder.get(value) or ""
    return found


def next_page(asked: Request, answer: Mapping[str, Any]) -> Request | None:
    """The request for what follows *answer*, if anything does."""
    call = asked.call
    token = answer.get(call.token) if call.token else None
    if call.more and answer.get(call.more):
        token = list(tags_in(call, answer))[-1]
    if not call.send or not token:
        return None
    return replace(asked, params={**asked.params, call.send: token})


def fill(template: Any, blanks: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON of any shape
    """*template* with every `{blank}` in it filled in."""
    match template:
        case str():
            return template.format_map(blanks)
        case Mapping():
            return {name: fill(part, blanks) for name, part in template.items()}
        case list() | tuple():
            return [fill(part, blanks) for part in template]
        case _:
            return template


def walk(value: Any, path: Sequence[str]) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 - as above
    """Every structure at the end of *path*, through lists and past what is not there."""
    match value:
        case list():
            for part in value:
                yield from walk(part, path)
        case Mapping() if path:
            yield from walk(value.get(path[0]), path[1:])
        case Mapping():
            yield value
        case _:
            return


def _with_tags(way: Way, call: Call, tags: object) -> Request:
    bare = request(way, call)
    for name in reversed(call.tags.split(".")):
        tags = {name: tags}
    return replace(bare, params={**bare.params, **tags})  # type: ignore[dict-item]  # a path has at least one name
