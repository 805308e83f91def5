"""From models to catalogue: which calls create what can be tagged, and how each is told.

Pure: models in, rows out. What the rules cannot know is laid over by `overrides`.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.model import OperationModel, ServiceModel

from tools.gen_catalogue.arns import fill, only_arn, response_arn, variables
from tools.gen_catalogue.models import Kind, Reference, Schema
from tools.gen_catalogue.names import (
    MAKING,
    alike,
    creates,
    norm,
    noun,
    revives,
    singular,
    verb,
    words,
)
from tools.gen_catalogue.shapes import echoed, fields, given

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that is known beside the one operation under derivation."""

    references: Mapping[str, Reference]
    makers: Mapping[str, tuple[Schema, ...]]
    """``prefix:Operation`` -> CloudFormation types whose creation needs it."""
    families: Mapping[str, tuple[Schema, ...]]
    """A service's name as CloudFormation spells it, or its IAM prefix -> its types."""
    untaggable: Mapping[str, frozenset[str]]
    """botocore service -> operations that the service reference wrongly says make taggables."""


def world(
    references: Mapping[str, Reference],
    schemas: Iterable[Schema],
    untaggable: Mapping[str, frozenset[str]],
) -> World:
    """Index the schemas by what their creation needs."""
    makers: dict[str, list[Schema]] = defaultdict(list)
    spaces: dict[str, list[Schema]] = defaultdict(list)
    owner: dict[str, Counter[str]] = defaultdict(Counter)
    for schema in schemas:
        space = schema.type.rsplit("::", 1)[0]
        spaces[space].append(schema)
        for permission in schema.permissions:
            makers[permission].append(schema)
            owner[permission.split(":")[0]][space] += 1
    families = {norm(space.split("::")[1]): tuple(found) for space, found in spaces.items()}
    for prefix, count in owner.items():
        families.setdefault(prefix, tuple(spaces[count.most_common(1)[0][0]]))
    return World(
        references=references,
        makers={name: tuple(found) for name, found in makers.items()},
        families=families,
        untaggable=untaggable,
    )


def rows(model: ServiceModel, prefix: str, known: World) -> dict[str, Row]:
    """Every creation of one service, by operation name."""
    found = {}
    for name in model.operation_names:
        if creates(name) and (row := _row(model.operation_model(name), prefix, known)):
            found[name] = row
    return found


def _row(operation: OperationModel, prefix: str, known: World) -> Row | None:
    reference = known.references.get(prefix)
    thing = noun(operation.name)
    kinds = _kinds(operation.name, thing, reference)
    kind = kinds[0] if kinds else None
    schema = cfn_type(operation.name, thing, prefix, _family(operation.service_model), known)
    tags = given(operation)
    if tags is None and not _makes_taggable(operation, thing, kind, schema, known):
        return None
    row: Row = {
        "service": operation.service_model.service_name,
        "type": schema.type if schema else None,
    }
    if tags:
        row |= {"tags": tags.path, "form": tags.form}
    row |= told(operation, thing, kinds)
    if tags and tags.form == "spec" and "template" in row:
        row["only"] = row["template"].split(":", 5)[5].split("/")[0]
    beside = _first_response_path(row.get("template", "")) or row.get("arn")
    if beside and (echo := echoed(operation, beside)):
        row |= {"echo": echo.path, "echo_form": echo.form}
    return row


def _family(model: ServiceModel) -> str:
    """The service as CloudFormation would call it, normalised."""
    return norm(str(model.service_id))


def _makes_taggable(
    operation: OperationModel, thing: str, kind: Kind | None, schema: Schema | None, known: World
) -> bool:
    """Without tags in the request two others must agree on what is made and that it has tags."""
    name = operation.name
    if revives(name) or name in known.untaggable.get(operation.service_model.service_name, ()):
        return False
    if schema and schema.taggable and alike(thing, schema.noun) == 3:  # noqa: PLR2004
        return verb(name) in MAKING | {"Put"}
    same = kind is not None and kind.taggable and alike(thing, norm(kind.name)) >= 2  # noqa: PLR2004
    return same and verb(name) in MAKING


def told(operation: OperationModel, thing: str, kinds: list[Kind]) -> Row:
    """How the ARN is told: a path into the response, a template, both, or why neither."""
    ec2 = operation.service_model.metadata.get("protocol") == "ec2"
    response = fields(operation.output_shape, ec2=ec2)
    request = fields(operation.input_shape, ec2=ec2)
    row: Row = {}
    sure = {kind.name for kind in kinds if likeness(operation.name, thing, kind) > 1}
    filled = (fill(k, thing, response, request, sure=k.name in sure) for k in kinds)
    if template := next((template for template in filled if template), None):
        row["template"] = template
    arn = response_arn(thing, response) or (None if row else only_arn(response, request))
    if arn:
        row["arn"] = arn.path
    if not row:
        row["unresolved"] = (
            f"neither an ARN nor the parts of {kinds[0].template} are in the call"
            if kinds
            else "no ARN in the response, and the service reference has no such resource type"
        )
    return row


def _first_response_path(template: str) -> str:
    for part in template.split("{"):
        if part.startswith(">"):
            return part[1:].split("}")[0]
    return ""


def _kinds(operation: str, thing: str, reference: Reference | None) -> list[Kind]:
    """Resource types of the service reference that the call may make, best first."""
    if reference is None:
        return []
    touched = reference.actions.get(operation, ())
    shaped = [kind for kind in reference.kinds.values() if kind.template.endswith("}")]
    shaped = [kind for kind in shaped if variables(kind.template)]
    like = {kind.name: likeness(operation, thing, kind) for kind in shaped}

    def rank(kind: Kind) -> tuple[int, bool, bool, int, str]:
        touches = kind.name in touched
        return (-like[kind.name], not kind.taggable, not touches, len(kind.template), kind.name)

    ranked = sorted((kind for kind in shaped if like[kind.name]), key=rank)
    if ranked:
        return [kind for kind in ranked if like[kind.name] == like[ranked[0].name]]
    taggable = [kind for kind in shaped if kind.name in touched and kind.taggable]
    return taggable if len(taggable) == 1 else []


def likeness(operation: str, thing: str, kind: Kind) -> int:
    """How surely the kind is what the call makes: 3 its very name, 2 surely, 1 perhaps."""
    literal = kind.template.split(":", 5)[5].split("${")[0]
    last = norm(literal.rstrip("/:").rsplit("/", 1)[-1].rsplit(":", 1)[-1])
    own = re.sub(r"(id|identifier|name)$", "", norm(variables(kind.template)[-1]))
    by_name = max(alike(thing, singular(word)) for word in (norm(kind.name), last, own))
    return max(by_name, 2 * _spoken_in(kind.name, operation))


def _spoken_in(name: str, operation: str) -> bool:
    """``transit-gateway-attachment`` in ``CreateTransitGatewayVpcAttachment``."""
    said, own = words(operation)[1:], words(name)
    return len(own) > 1 and set(own) <= set(said) and own[-1] == said[-1]


def cfn_type(operation: str, thing: str, prefix: str, service: str, known: World) -> Schema | None:
    """The CloudFormation type the call makes: named alike, or the only one that needs the call."""
    family = known.families.get(service) or known.families.get(prefix, ())
    makers = known.makers.get(f"{prefix}:{operation}", ())

    def rank(schema: Schema) -> tuple[bool, int, bool, int, str]:
        like = alike(thing, schema.noun)
        named = (len(schema.type), schema.type)
        return (schema not in family, -like, not schema.taggable, *named)

    alikes = [schema for schema in makers if alike(thing, schema.noun)]
    if alikes:
        return min(alikes, key=rank)
    same = [schema for schema in family if schema.noun == thing]
    if same:
        return same[0]
    only = [
        s
        for s in makers
        if s in family and s.taggable and not _made_otherwise(s, prefix, operation)
    ]
    return only[0] if len(only) == 1 else None


def _made_otherwise(schema: Schema, prefix: str, operation: str) -> bool:
    """Whether another of the schema's permissions names what it makes better."""
    names = [p.split(":")[1] for p in schema.permissions if p.startswith(f"{prefix}:")]
    return any(
        name != operation and alike(noun(name), schema.noun) for name in names if creates(name)
    )


def beyond(reference: Reference, known_names: set[str]) -> list[str]:
    """Calls the service reference has on taggable types that no SDK has: console-only, retired."""
    return [
        name
        for name, level in sorted(reference.levels.items())
        if name not in known_names
        and level in ("Write", "Permissions management")
        and creates(name)
        and verb(name) in MAKING
        and (name in reference.tagging or _named_after_taggable(name, reference))
    ]


def _named_after_taggable(name: str, reference: Reference) -> bool:
    kinds = (kind for kind in reference.kinds.values() if kind.taggable)
    return any(alike(noun(name), singular(norm(kind.name))) == 3 for kind in kinds)  # noqa: PLR2004
