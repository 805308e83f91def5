"""Walks botocore shapes: where an ARN, an id or tags lie in a request or a response.

A path is spelled as CloudTrail spells it, as far as the model can tell: `[]` for each element of
a list, `.` between members. The reader matches without regard to case.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from tools.gen_catalogue.names import norm, singular, words

DEPTH = 3
KEYS = frozenset({"key", "tagkey"})
VALUES = frozenset({"value", "tagvalue"})
TAG_TAILS = frozenset({"tag", "tags", "list", "set", "map", "specification", "specifications"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A string somewhere in a request or response."""

    path: str
    name: str
    """Its own name, normalised."""
    holders: tuple[str, ...]
    """The names of what holds it, outermost first, normalised and singular."""
    many: bool
    doc: str

    @property
    def depth(self) -> int:
        """How many structures lie around it."""
        return len(self.holders)

    @property
    def inside(self) -> str:
        """The name of what holds it; empty at the top."""
        return self.holders[-1] if self.holders else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """Where an operation takes or returns tags, and in which form."""

    path: str
    form: str
    """`list` of pairs, `map`, or `spec` (lists of pairs, each for one type of resource)."""


def fields(shape: StructureShape | None, *, ec2: bool) -> list[Field]:
    """Every string in *shape*, shallow ones first."""
    found = _fields(shape, ec2=ec2, path="", holders=(), many=False, seen=())
    return sorted(found, key=lambda field: field.depth)


def _fields(
    shape: StructureShape | None,
    *,
    ec2: bool,
    path: str,
    holders: tuple[str, ...],
    many: bool,
    seen: tuple[str, ...],
) -> Iterator[Field]:
    if shape is None or len(holders) > DEPTH or shape.name in seen:
        return
    for name, member in shape.members.items():
        here = f"{path}{_label(name, member, ec2=ec2)}"
        inner, where, more = _within(member, here, many=many)
        if inner:
            yield from _fields(
                inner,
                ec2=ec2,
                path=f"{where}.",
                holders=(*holders, singular(norm(name))),
                many=more,
                seen=(*seen, shape.name),
            )
        elif _holds_text(member):
            single = singular(norm(name)) if isinstance(member, ListShape) else norm(name)
            yield Field(
                path=where,
                name=single,
                holders=holders,
                many=more,
                doc=member.documentation,
            )


def _within(member: Shape, here: str, *, many: bool) -> tuple[StructureShape | None, str, bool]:
    """The structure a member holds (once or many times), its path, and whether many times."""
    match member:
        case StructureShape():
            return member, here, many
        case ListShape(member=StructureShape() as item):
            return item, f"{here}[]", True
        case ListShape():
            return None, f"{here}[]", True
        case _:
            return None, here, many


def _holds_text(member: Shape) -> bool:
    inner = member.member if isinstance(member, ListShape) else member
    return bool(inner.type_name == "string")


def _label(name: str, member: Shape, *, ec2: bool) -> str:
    """EC2's records follow the names on the wire; all others follow the model's."""
    return str(member.serialization.get("name", name)) if ec2 else name


def given(operation: OperationModel) -> Tags | None:
    """Where the request takes the new resource's tags: the plainest name at the least depth."""
    return _best(_tags(operation.input_shape, ec2=_ec2(operation), lists=False))


def echoed(operation: OperationModel, beside: str) -> Tags | None:
    """Where the response repeats them: only next to the resource's own ARN or id."""
    parent = beside.rpartition(".")[0]
    found = _tags(operation.output_shape, ec2=_ec2(operation), lists=True)
    return _best(tags for tags in found if tags.path.rpartition(".")[0] == parent)


def _ec2(operation: OperationModel) -> bool:
    return bool(operation.service_model.metadata.get("protocol") == "ec2")


def _best(found: Iterator[Tags]) -> Tags | None:
    def rank(tags: Tags) -> tuple[int, bool, int, str]:
        last = tags.path.rpartition(".")[2]
        return tags.path.count("."), tags.form == "spec", len(last), last

    return min(found, key=rank, default=None)


def _tags(
    shape: StructureShape | None, *, ec2: bool, lists: bool, path: str = "", depth: int = 0
) -> Iterator[Tags]:
    if shape is None or depth > 1:
        return
    for name, member in shape.members.items():
        here = f"{path}{_label(name, member, ec2=ec2)}"
        if says_tags(name) and (form := form_of(member)):
            yield Tags(path=here, form=form)
            continue
        inner, where, many = _within(member, here, many=False)
        if inner and (lists or not many):
            yield from _tags(inner, ec2=ec2, lists=lists, path=f"{where}.", depth=depth + 1)


def says_tags(name: str) -> bool:
    """``Tags``, ``TagList``, ``RecoveryPointTags``; neither ``tagFilters`` nor ``Stage``."""
    spoken = words(name)
    place = next((n for n, word in enumerate(spoken) if word in ("tag", "tags")), None)
    return place is not None and all(word in TAG_TAILS for word in spoken[place:])


def form_of(member: Shape) -> str | None:
    """How tags lie in this member, or None where it holds none."""
    match member:
        case MapShape():
            return "map" if member.value.type_name == "string" else None
        case ListShape(member=StructureShape() as item):
            if _pair(item):
                return "list"
            inner = [form_of(m) for n, m in item.members.items() if says_tags(n)]
            return "spec" if "list" in inner else None
        case StructureShape():
            inner = [form_of(m) for m in member.members.values()]
            return "list" if "list" in inner else None
        case _:
            return None


def _pair(shape: StructureShape) -> bool:
    names = {name.lower() for name in shape.members}
    return bool(names & KEYS) and bool(names & VALUES)
