"""What AWS Organizations already demands, as `awsteward.yaml` text: tag policies and required tags.

Sources: the syntax of tag policies and of the operators that set values,
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_example-tag-policies.html
and …/policy-operators.html; the answer of ListRequiredTags in botocore 1.44.5
(``resourcegroupstaggingapi``). Both ask for keys; neither says where a value may come from, so the
usual origins hold until somebody edits the text.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from awsteward.core.errors import ConfigError
from awsteward.tags.catalogue.lookup import find, names
from awsteward.tags.policy.parse import parse

_ALL = {"*", "all_supported"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """One key that an organisation asks for."""

    key: str
    values: tuple[str, ...] = ()
    """Allowed values, at most one ``*`` in each; empty: any."""
    types: frozenset[str] = frozenset()
    """CloudFormation types with wildcards; empty: all."""


def from_tag_policy(text: str, file: str) -> str:
    """A tag policy, its effective form or an API answer that holds one, as `awsteward.yaml`."""
    content = _unwrapped(_json(text, file), file)
    tags = content.get("tags")
    if not isinstance(tags, dict) or not tags:
        raise ConfigError(f"{file}: no `tags` in it; is this an AWS Organizations tag policy?")
    wanted = [_wanted(name, body, file) for name, body in tags.items() if name[:2] != "@@"]
    return _yaml(wanted, "an AWS Organizations tag policy")


def from_required_tags(text: str, file: str) -> str:
    """The answer of `aws resourcegroupstaggingapi list-required-tags` as `awsteward.yaml`."""
    rows = _json(text, file).get("RequiredTags")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ConfigError(f"{file}: no `RequiredTags` list in it; is this from ListRequiredTags?")
    types: dict[str, set[str]] = {}
    for row in rows:
        named = _texts(row.get("CloudFormationResourceTypes") or [], file, "RequiredTags")
        found = named or _types(str(row.get("ResourceType") or "*"))
        for key in _texts(row.get("ReportingTagKeys") or [], file, "RequiredTags"):
            types.setdefault(key, set()).update(found or {"*"})
    if not types:
        raise ConfigError(f"{file}: RequiredTags is empty; no tag policy asks for keys here")
    wanted = [_Wanted(key=key, types=frozenset(found - {"*"})) for key, found in types.items()]
    return _yaml(wanted, "ListRequiredTags")


# --- reading ---------------------------------------------------------------------------------


def _json(text: str, file: str) -> Mapping[str, Any]:
    try:
        content = json.loads(text)
        json.dumps(content, ensure_ascii=False).encode()  # no half characters (lone surrogates)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{file}: not JSON: {error}; pass the policy as AWS shows it") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{file}: must be a JSON object; pass the policy as AWS shows it")
    return content


def _unwrapped(content: Mapping[str, Any], file: str) -> Mapping[str, Any]:
    """The policy inside an answer of DescribeEffectivePolicy or DescribePolicy."""
    for outer, inner in (("EffectivePolicy", "PolicyContent"), ("Policy", "Content")):
        part = content.get(outer)
        if isinstance(part, dict) and isinstance(part.get(inner), str):
            return _json(part[inner], f"{file}: {outer}.{inner}")
    return content


def _wanted(name: str, body: object, file: str) -> _Wanted:
    if not isinstance(body, dict):
        raise ConfigError(f"{file}: tags.{name} must be an object with tag_key, tag_value, …")
    where = f"tags.{name}"
    # Without tag_key the key is required in lower case.
    keys = _set(body.get("tag_key"), file, f"{where}.tag_key") or [name.casefold()]
    asked = _set(body.get("report_required_tag_for"), file, f"{where}.report_required_tag_for")
    enforced = _set(body.get("enforced_for"), file, f"{where}.enforced_for")
    kinds = [_types(kind) for kind in asked or enforced]
    return _Wanted(
        key=keys[0],
        values=tuple(_set(body.get("tag_value"), file, f"{where}.tag_value")),
        types=frozenset().union(*kinds) if all(kinds) else frozenset(),
    )


def _set(setting: object, file: str, where: str) -> list[str]:
    """What a setting sets: plainly in an effective policy, else by @@assign and @@append."""
    if isinstance(setting, dict):
        return [
            text
            for operator in ("@@assign", "@@append")
            for text in _texts(setting.get(operator, []), file, f"{where}.{operator}")
        ]
    return _texts([] if setting is None else setting, file, where)


def _texts(value: object, file: str, where: str) -> list[str]:
    found = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str | int) and not isinstance(each, bool) for each in found):
        raise ConfigError(f"{file}: {where} must be a text or a list of texts")
    return [str(each) for each in found]


# --- resource types --------------------------------------------------------------------------


def _types(kind: str) -> set[str]:
    """CloudFormation types for ``ec2:instance`` or ``ec2:ALL_SUPPORTED``; empty for all types."""
    service, _, name = kind.partition(":")
    if service in _ALL or not name:
        return set()
    known = _known_types(service)
    if name.casefold() in _ALL:
        return {f"{type_.rpartition('::')[0]}::*" for type_, _ in known} or {
            f"AWS::{_squashed(service)}::*"
        }
    wanted = _squashed(name)
    by_name = {type_ for type_, _ in known if _squashed(type_.rpartition("::")[2]) == wanted}
    by_arn = {type_ for type_, segment in known if _squashed(segment) == wanted}
    return by_name or by_arn or {f"AWS::{_squashed(service)}*::*{wanted}*"}


def _known_types(service: str) -> set[tuple[str, str]]:
    """Each CloudFormation type of an event source, with the first word of its ARN's last part."""
    source = f"{service}.amazonaws.com"
    calls = (find(source, name) for name in names(source))
    rows = [row for call in calls if call for row in call.rows]
    return {(row.type, _segment(row.template or "")) for row in rows if row.type}


def _segment(template: str) -> str:
    parts = template.split(":", 5)
    return re.split("[:/{]", parts[5])[0] if len(parts) > 5 else ""  # noqa: PLR2004 - an ARN has 6


def _squashed(text: str) -> str:
    return re.sub("[^a-z0-9*]", "", text.casefold())


# --- writing ---------------------------------------------------------------------------------


def _yaml(wanted: Iterable[_Wanted], origin: str) -> str:
    """JSON strings are YAML too, so that no key or value can be misread."""
    lines = [f"# Imported from {origin}.", "version: 1", "tags:", "  required:"]
    for each in sorted(wanted, key=lambda one: one.key):
        lines += _rule(each)
    text = "\n".join(lines) + "\n"
    parse(text, f"imported from {origin}")
    return text


def _rule(wanted: _Wanted) -> list[str]:
    plain = [value for value in wanted.values if "*" not in value]
    wild = [value for value in wanted.values if "*" in value]
    lines = []
    if plain and "*" not in wild:
        lines.append(f"      values: {_quoted(plain)}")
    if wild and "*" not in wild:
        pattern = "|".join(".*".join(map(re.escape, value.split("*"))) for value in wild)
        lines.append(f"      pattern: {_quoted(pattern)}")
    if wanted.types:
        lines.append(f"      types: {_quoted(sorted(wanted.types))}")
    return [f"    {_quoted(wanted.key)}:{'' if lines else ' {}'}", *lines]


def _quoted(value: str | list[str]) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in text)
