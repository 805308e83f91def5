"""Derives how a new resource's ARN can be told from the record of the call that made it.

In order: an ARN in the response; the service reference's template filled with ids from the
response; the same filled with names from the request. Two safety rules hold: an id is never made
from a name that the service replaces by an id, and no two variables come from one member.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tools.gen_catalogue.models import Kind
from tools.gen_catalogue.names import alike, norm, singular
from tools.gen_catalogue.shapes import Field

VARIABLE = re.compile(r"\$\{(\w+)\}")
PLACES = {"Partition": "{partition}", "Region": "{region}", "Account": "{account}"}
IDS = ("id", "identifier", "uuid", "uid", "guid")
ENDING = re.compile(r"(id|identifier|arn|name)$")
ABOUT = ("metadata", "summary", "detail", "properties")
FOREIGN = ("role", "key", "topic", "bucket", "policy", "certificate", "user", "secret", "acl")
SAYS_ARN = re.compile(r"^(<p>)?\W*(The|An?|Returns the)?[\w\s]{0,40}(Amazon Resource Name|\bARN\b)")


@dataclass(frozen=True, slots=True)
class Side:
    """The strings of one side of a call, and the sign that marks them in a template."""

    sign: str
    fields: list[Field]


def response_arn(noun: str, fields: list[Field]) -> Field | None:
    """The member of the response that by its name is the new resource's ARN, or None."""
    spoken = [field for field in fields if _is_arn(field) and _once(noun, field)]
    for rank in (_own, _ending, _inside, _bare, _of_its_holder):
        found = [field for field in spoken if rank(noun, field)]
        if found:
            return found[0]
    return None


def only_arn(fields: list[Field], request: list[Field]) -> Field | None:
    """The one ARN that the response holds and the request did not, unless plainly another's."""
    asked = {re.sub(ENDING, "", field.name) for field in request}
    spoken = [field for field in fields if field.name.endswith("arn") and not field.many]
    fresh = [field for field in spoken if _stem(field) not in asked and field.depth <= 1]
    top = [field for field in fresh if field.depth == 0]
    only = top if len(top) == 1 else fresh
    return only[0] if len(only) == 1 and not _stem(only[0]).endswith(FOREIGN) else None


def _is_arn(field: Field) -> bool:
    if field.name.endswith("arn"):
        return True
    known = field.name.endswith(IDS) and field.name not in ("resourceid", *IDS)
    return known and bool(SAYS_ARN.search(field.doc))


def _once(noun: str, field: Field) -> bool:
    """A list's ARNs are new resources only where the list is named after what is made."""
    return not field.many or any(alike(noun, name) > 1 for name in (field.inside, _stem(field)))


def _stem(field: Field) -> str:
    return re.sub(r"(v\d+)?(arn|id|identifier)$", "", field.name)


def _own(noun: str, field: Field) -> bool:
    """``dBInstanceArn``, ``arn`` in ``dBInstance`` or in ``mesh.metadata``."""
    holders = [holder for holder in field.holders if not holder.endswith(ABOUT)]
    return _stem(field) == noun or (not _stem(field) and holders[-1:] == [noun])


def _ending(noun: str, field: Field) -> bool:
    """``jobArn`` of a model customisation job."""
    stem = _stem(field)
    near = field.depth == 0 or any(alike(holder, noun) for holder in field.holders)
    return len(stem) > 2 and noun.endswith(stem) and near  # noqa: PLR2004  # two letters prove nothing


def _inside(noun: str, field: Field) -> bool:
    """``arn`` in ``repositoryMetadata``."""
    return not _stem(field) and field.depth == 1 and alike(field.inside, noun) > 0


def _bare(_noun: str, field: Field) -> bool:
    """``arn`` or ``resourceArn`` at the top, or in the thing that the response holds."""
    return _stem(field) in ("", "resource") and field.depth <= 1


def _of_its_holder(noun: str, field: Field) -> bool:
    """``dBInstance.dBInstanceArn`` of a read replica, which is a database instance."""
    same = singular(_stem(field)) == field.inside
    return same and field.depth == 1 and alike(field.inside, noun) > 0


def variables(template: str) -> list[str]:
    """What a record has to fill in, in order."""
    return [name for name in VARIABLE.findall(template) if name not in PLACES]


def fill(
    kind: Kind, noun: str, response: list[Field], request: list[Field], *, sure: bool
) -> str | None:
    """The template with a member's path for every variable, or None where one finds none.

    Where the kind is not *sure* to be the new resource's (a link of a gateway looks like a
    gateway), only what the request did not name can be the new resource's own id.
    """
    sides = Side(">", response), Side("<", request)
    asked = {field.name for field in request}
    fresh = Side(">", [field for field in response if field.name not in asked])
    found: dict[str, str] = {}
    for place, variable in enumerate(reversed(variables(kind.template))):
        exact = norm(variable)
        if place:
            options = _parent_options(exact, noun, *sides)
        elif sure:
            options = _own_options(exact, noun, *sides)
        else:
            options = _named((exact, *_ids_of(norm(kind.name))), noun, fresh)
        path = next((path for path in options if path not in found.values()), None)
        if path is None:
            return None
        found[variable] = path
    return VARIABLE.sub(lambda m: PLACES.get(m[1]) or "{" + found[m[1]] + "}", kind.template)


def _parent_options(exact: str, noun: str, response: Side, request: Side) -> Iterator[str]:
    """Where the id of what the new resource lies in may be, best first."""
    for names in ((exact,), _parent_names(exact)):
        for side in (response, request):
            yield from _named(names, noun, side)


def _own_options(exact: str, noun: str, response: Side, request: Side) -> Iterator[str]:
    """Where the new resource's own id may be, best first."""
    yield from _named((exact,), noun, response)
    yield from _named((exact,), noun, request)
    ids = (*_ids_of(noun), *IDS)
    named = exact.endswith("name")
    yield from _named((noun + "name", "name") if named else ids, noun, response)
    yield from _tails(exact, noun, response)
    if exact.endswith(IDS):
        yield from _named((noun + "identifier", noun + "id"), noun, request)
        return
    yield from _named((noun + "identifier", noun + "id"), noun, response)
    if exact.startswith("resource"):
        yield from _named(ids, noun, response)
    yield from _named((noun + "name", noun + "identifier", noun, "name"), noun, request)
    yield from _tails(exact, noun, request)
    yield from _named((*ids, "name"), noun, response)


def _ids_of(name: str) -> tuple[str, ...]:
    return tuple(name + ending for ending in IDS)


def _parent_names(exact: str) -> tuple[str, ...]:
    stem = re.sub(ENDING, "", exact)
    return (stem + "id", stem + "identifier", stem + "name", stem) if stem else ()


def _named(names: Iterable[str], noun: str, side: Side) -> Iterator[str]:
    for name in names:
        for field in side.fields:
            if field.name == name and _near(name, noun, field):
                yield side.sign + field.path


def _near(name: str, noun: str, field: Field) -> bool:
    """General names (`id`, `name`) count only where they cannot be another thing's."""
    holder = field.inside or re.sub(ENDING, "", field.name)
    if field.many and alike(holder, noun) < 2:  # noqa: PLR2004
        return False
    if field.depth == 0:
        return True
    if alike(field.inside, noun) or field.inside.endswith(("input", "request", "config")):
        return field.depth == 1 or field.many or alike(field.inside, noun) == 3  # noqa: PLR2004
    return name not in (*IDS, "name") and field.depth == 1 and noun in name


def _tails(exact: str, noun: str, side: Side) -> Iterator[str]:
    """``groupId`` for a security group: the noun's last word with the variable's ending."""
    ending = next((e for e in (*IDS, "name") if exact.endswith(e)), None)
    for field in side.fields:
        if ending and field.name.endswith(ending) and field.depth <= 1:
            stem = field.name.removesuffix(ending)
            if len(stem) > 2 and noun.endswith(stem) and _near(field.name, noun, field):  # noqa: PLR2004
                yield side.sign + field.path
