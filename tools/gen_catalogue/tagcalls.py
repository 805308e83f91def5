"""Derives from botocore's models how each service's resources are tagged, listed and untagged.

Writes `src/awsteward/tags/catalogue/data/tagcalls.json`; `--check` only compares. What the models
do not say stands in `tagcalls.toml` beside this file, each entry with a reason and a source.
Not a list of what can be created: that is the other generator.
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import botocore
import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape

HERE = Path(__file__).parent
OUT = HERE.parents[1] / "src/awsteward/tags/catalogue/data/tagcalls.json"

# In order of preference: a service with several has the generic one beside older, narrower ones.
WRITES = (
    *("TagResource", "AddTagsToResource", "AddTags", "CreateTags", "SetTagsForResource"),
    *("UpdateTagsForResource", "Tag"),
)
LISTS = (
    *("ListTagsForResource", "ListTagsForResources", "ListTags", "ListTagsOfResource"),
    *("ListResourceTags", "DescribeTags", "GetTags", "GetResourceTags", "GetTagsForResource"),
)
UNTAGS = (
    *("UntagResource", "RemoveTagsFromResource", "RemoveTags", "DeleteTags", "Untag"),
    *("UntagResources",),
)
# Looked for when none of the above is there: a service's one call named after its one resource.
WRITE_LIKE = re.compile(r"^(Tag|AddTagsTo)[A-Z]\w*$")
LIST_LIKE = re.compile(r"^(List|Get|Describe)TagsFor[A-Z]\w*$")
UNTAG_LIKE = re.compile(r"^(Untag|RemoveTagsFrom)[A-Z]\w*$")

DEEPEST = 2  # levels of structures to look into for tags
KEYS, VALUES = ("key", "tagkey"), ("value", "tagvalue")
TOKENS = ("nexttoken", "marker", "nextmarker")
Row = dict[str, Any]


class UnderivableError(Exception):
    """The model does not say enough; the text tells what is missing."""


def main() -> int:
    """Derive, lay the overrides on top, write; complain about overrides that nothing needs."""
    facts = tomllib.loads((HERE / "tagcalls.toml").read_text())
    derived, residue = derive_all(facts["prefixes"]["names"])
    overrides = facts["services"]
    complaints = [why for name, o in overrides.items() for why in stale(name, o, derived)]
    laid = derived | {name: laid_over(derived.get(name, {}), o) for name, o in overrides.items()}
    rows = {name: _service(row) for name, row in laid.items()}
    elsewhere = {*facts["siblings"]["names"], *facts["untagged"]["services"]}
    for line in complaints:
        print(f"tagcalls.toml: {line}", file=sys.stderr)
    for name in sorted(residue.keys() - rows.keys() - elsewhere):
        print(f"not derived: {name}: {residue[name]}", file=sys.stderr)
    text = _text(rows, facts)
    same = OUT.exists() and OUT.read_text() == text
    if "--check" not in sys.argv and not complaints:
        OUT.write_text(text)
    print(f"{len(rows)} services, {len(overrides)} of them by override")
    return 1 if complaints or ("--check" in sys.argv and not same) else 0


def derive_all(prefixes: Mapping[str, str]) -> tuple[dict[str, Row], dict[str, str]]:
    """Every service's row by rule, and why the others with something like a tag call have none."""
    loader = botocore.session.get_session().get_component("data_loader")
    rows: dict[str, Row] = {}
    residue: dict[str, str] = {}
    for name in loader.list_available_services("service-2"):
        model = ServiceModel(loader.load_service_model(name, "service-2"), name)
        try:
            rows[name] = derive(model, prefixes.get(name, model.signing_name))
        except UnderivableError as why:
            if any("Tag" in operation for operation in model.operation_names):
                residue[name] = str(why)
    return rows, residue


def derive(model: ServiceModel, prefix: str) -> Row:
    """One service's row from names and shapes alone."""
    operation = _pick(model, WRITES, WRITE_LIKE)
    path, form = _only(_tags(operation.input_shape), operation.name)
    member, template = _target(operation, path)
    row = {"write": _call(operation, prefix, {member: template}, path, form)}
    operation = _pick(model, UNTAGS, UNTAG_LIKE)
    path, form = _only(_keys(operation.input_shape), operation.name)
    same, template = _target(operation, path, member)
    row["untag"] = _call(operation, prefix, {same: template}, path, form)
    try:
        return row | {"list": _list(_pick(model, LISTS, LIST_LIKE), prefix, member)}
    except UnderivableError:
        return row  # an override says how to list; a test holds that every row can


def laid_over(row: Row, override: Row) -> Row:
    """*override*'s members in place of *row*'s, one level deep, without the reasons."""
    facts = {k: v for k, v in override.items() if k not in ("reason", "source")}
    return row | {
        k: row.get(k, {}) | v if isinstance(v, dict) and "operation" not in v else v
        for k, v in facts.items()
    }


def stale(name: str, override: Row, derived: Mapping[str, Row]) -> Iterator[str]:
    """What is wrong with an override: unfounded, without effect, or about what is gone."""
    if not override.get("reason") or not override.get("source"):
        yield f"{name}: needs a reason and a source"
    if name in derived and derived[name] == laid_over(derived[name], override):
        yield f"{name}: the rules give the same; remove it"
    loader = botocore.session.get_session().get_component("data_loader")
    known = loader.list_available_services("service-2")
    for call in _calls(override):
        service = call.get("service", name)
        model = loader.load_service_model(service, "service-2") if service in known else {}
        if call["operation"] not in model.get("operations", {}):
            yield f"{name}: botocore's {service} has no {call['operation']} any more"


def _calls(override: Row) -> Iterator[Row]:
    for row in (override, *override.get("kinds", ())):
        for holder in (row, row.get("whole", {})):
            roles = ("write", "list", "untag", "replace", "clear")
            yield from (holder[role] for role in roles if "operation" in holder.get(role, {}))


def _service(row: Row) -> Row:
    """The row as it is looked up: kinds made whole by what holds for all, which comes last."""
    base = {k: v for k, v in row.items() if k != "kinds"}
    kinds = [base | kind for kind in row.get("kinds", ())]
    return {"kinds": kinds, **({"base": base} if {"write", "list"} <= base.keys() else {})}


def _text(rows: Mapping[str, Row], facts: Row) -> str:
    """One line a service, so that a difference shows what changed."""
    head = {
        "source": f"botocore {botocore.__version__} and tools/gen_catalogue/tagcalls.toml",
        "suffixes": facts["suffixes"]["names"],
        "through": dict.fromkeys(facts["untagged"]["services"], facts["untagged"]["by"])
        | facts["siblings"]["names"],
    }
    lines = [f"{json.dumps(k)}: {json.dumps(v, sort_keys=True)}" for k, v in head.items()]
    services = [f"{json.dumps(n)}: {json.dumps(rows[n], sort_keys=True)}" for n in sorted(rows)]
    return "{\n" + ",\n".join(lines) + ',\n"services": {\n' + ",\n".join(services) + "\n}}\n"


def _pick(model: ServiceModel, names: tuple[str, ...], like: re.Pattern[str]) -> OperationModel:
    for name in names:
        if name in model.operation_names:
            return model.operation_model(name)
    alike = [name for name in model.operation_names if like.match(name)]
    if len(alike) == 1:
        return model.operation_model(alike[0])
    raise UnderivableError(f"operations that look like it: {', '.join(alike) or 'none'}")


def _list(operation: OperationModel, prefix: str, member: str) -> Row:
    found = sorted(_tags(operation.output_shape), key=lambda place: place[0].count("."))
    if not found:
        raise UnderivableError(f"{operation.name} answers with no tags")
    name, template = _target(operation, "", member)
    row = _call(operation, prefix, {name: template}, *found[0])
    return row | _paging(operation)


def _call(operation: OperationModel, prefix: str, params: Row, path: str, form: str) -> Row:
    return {
        "operation": operation.name,
        "params": params,
        "actions": [f"{prefix}:{operation.name}"],
        "tags": path,
        "form": form,
    }


def _target(operation: OperationModel, tags: str, like: str | None = None) -> tuple[str, Any]:
    """The one parameter that names the resource, and what it takes; *like* settles a doubt."""
    shape = operation.input_shape
    top = tags.partition(".")[0]
    required = [name for name in shape.required_members if name != top]
    names = required or [n for n in shape.members if n != top and _says_arn(n, shape.members[n])]
    names = [like] if like in names else names
    if len(names) != 1:
        raise UnderivableError(
            f"{operation.name} takes {', '.join(names) or 'nothing it requires'}"
        )
    name, member = names[0], shape.members[names[0]]
    if not _says_arn(name, member):
        raise UnderivableError(f"{operation.name} takes {name}, which may not be an ARN")
    match member:
        case ListShape():
            return name, ["{arn}"]
        case _ if member.type_name == "string":
            return name, "{arn}"
    raise UnderivableError(f"{operation.name} takes {name} as a {member.type_name}")


def _says_arn(name: str, shape: Shape) -> bool:
    named = re.search(r"arns?$|^arn", name, re.IGNORECASE) or shape.name.lower().endswith("arn")
    return bool(named or re.search(r"\bARNs?\b|Amazon Resource Name", shape.documentation))


def _tags(
    shape: StructureShape | None, path: str = "", depth: int = 0
) -> Iterator[tuple[str, str]]:
    """Every place in *shape* that holds tags, as (dotted path, form); `[]` marks a list."""
    if shape is None or depth > DEEPEST:
        return
    for name, member in shape.members.items():
        here = f"{path}{name}"
        match member:
            case MapShape() if "tag" in name.lower():
                yield here, "map"
            case ListShape(member=StructureShape() as item):
                if form := _pair(item):
                    yield here, form
                else:
                    yield from _tags(item, f"{here}[].", depth + 1)
            case StructureShape():
                if "tag" in name.lower() and (form := _pair(member)):
                    yield here, form
                else:
                    yield from _tags(member, f"{here}.", depth + 1)


def _pair(shape: StructureShape) -> str | None:
    key = [name for name in shape.members if name.lower() in KEYS]
    value = [name for name in shape.members if name.lower() in VALUES]
    return f"{key[0]}/{value[0]}" if key and value else None


def _keys(shape: StructureShape, path: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Every place that takes tags to remove: keys, structures with one, or whole tags.

    A service that takes whole tags removes them only where the value is still the same.
    """
    if depth >= DEEPEST:
        return
    for name, member in shape.members.items():
        here = f"{path}{name}"
        match member:
            case ListShape(member=StructureShape() as item):
                forms = [_pair(item), *(key for key in item.members if key.lower() in KEYS)]
                yield from ((here, form) for form in list(filter(None, forms))[:1])
            case ListShape() if re.search(r"tag|^keys$|items", here, re.IGNORECASE):
                yield here, "keys"
            case StructureShape():
                yield from _keys(member, f"{here}.", depth + 1)


def _only(found: Iterator[tuple[str, str]], operation: str) -> tuple[str, str]:
    places = list(found)
    if len(places) != 1:
        raise UnderivableError(f"{operation} has {len(places)} places for tags: {places}")
    return places[0]


def _paging(operation: OperationModel) -> Row:
    given = {n.lower(): n for n in operation.input_shape.members}
    told = {n.lower(): n for n in operation.output_shape.members}
    for token in TOKENS:
        if token in told and (send := given.get(token) or given.get(token.removeprefix("next"))):
            return {"send": send, "token": told[token]}
    return {}


if __name__ == "__main__":
    sys.exit(main())
