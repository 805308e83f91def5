"""`python -m tools.gen_catalogue` writes the catalogue's data; `--check` only compares.

One file per event source under `tags/catalogue/data/calls/`, beside them what holds for all:
`hosts.json`, `places.json`, `types.json`. The same models give the same bytes.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import botocore
import botocore.session

from tools.gen_catalogue import derive, models, overrides

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "src/awsteward/tags/catalogue/data"
Row = dict[str, Any]


def main() -> int:
    """Derive everything, write it, and complain about overrides that nothing needs."""
    parser = argparse.ArgumentParser(prog="python -m tools.gen_catalogue", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail on a difference")
    check = parser.parse_args().check
    files, complaints = generate(overrides.read(HERE / "overrides.toml"))
    for line in complaints:
        print(f"overrides.toml: {line}", file=sys.stderr)
    if complaints:
        return 1
    changed = differing(files)
    if not check:
        write(files, changed)
    print(f"{len(files)} files, {len(changed)} {'differ' if check else 'written'}")
    return int(check and bool(changed))


def generate(facts: Row) -> tuple[dict[str, str], list[str]]:
    """Every data file by its path below `data/`, and complaints about the overrides."""
    references, schemas = models.references(), models.schemas()
    untaggable = {s: frozenset(n) for s, n in facts["untaggable"]["calls"].items()}
    known = derive.world(references, schemas, untaggable)
    found: dict[str, dict[str, Row]] = {}
    prefixes: dict[str, str] = {}
    operations: dict[str, set[str]] = defaultdict(set)
    for model in models.services():
        prefix = facts["prefixes"]["names"].get(model.service_name)
        prefix = prefix or models.prefix_of(model, references) or model.signing_name
        prefixes[model.service_name] = prefix
        operations[prefix] |= set(model.operation_names)
        found[model.service_name] = derive.rows(model, prefix, known)
    laid, complaints = overrides.lay(found, facts)
    files = sources(laid, prefixes, references, operations, facts)
    shared = {
        "hosts": facts["hosts"]["names"],
        "places": places(),
        "types": [schema.type for schema in schemas if schema.taggable],
        "events": facts["events"]["names"],
    }
    texts = {f"calls/{name}.json": _text(content) for name, content in files.items()}
    texts |= {f"{name}.json": _text(content) for name, content in shared.items()}
    return texts, complaints + overrides.stated(facts)


def sources(
    laid: Mapping[str, Mapping[str, Row]],
    prefixes: Mapping[str, str],
    references: Mapping[str, models.Reference],
    operations: Mapping[str, set[str]],
    facts: Row,
) -> dict[str, Row]:
    """One document per IAM prefix: its namespaces, its calls, and the calls no SDK has."""
    calls: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for service in sorted(laid, key=lambda s: _variant_order(s, prefixes[s])):
        for name, row in laid[service].items():
            _add(calls[prefixes[service]][name], row)
    documents = {}
    for prefix in sorted(calls.keys() | references.keys()):
        reference = references.get(prefix)
        lost = derive.beyond(reference, operations.get(prefix, set())) if reference else []
        lost = [name for name in lost if name not in facts["untaggable"]["calls"].get(prefix, ())]
        if prefix not in calls and not lost:
            continue
        spaces = reference.namespaces() if reference else frozenset({prefix.replace("-", "")})
        spaces |= set(facts["namespaces"]["names"].get(prefix, ()))
        documents[prefix] = {
            "namespaces": sorted(spaces),
            "calls": {name: _ordered(variants) for name, variants in calls[prefix].items()},
            "beyond": lost,
        }
    return documents


def _variant_order(service: str, prefix: str) -> tuple[bool, str]:
    """The service that gave the source its name first, then by name."""
    return (service != prefix, service)


def _add(variants: list[Row], row: Row) -> None:
    """Services that share a call and tell its ARN alike become one variant."""
    for variant in variants:
        same = all(
            variant.get(key) == row.get(key) for key in ("arn", "template", "tags", "handle")
        )
        if same:
            variant.setdefault("also", []).append(row["service"])
            variant["type"] = variant["type"] or row["type"]
            if row["type"] not in (None, variant["type"], *variant.get("also_types", ())):
                variant.setdefault("also_types", []).append(row["type"])
            return
    variants.append(dict(row))


def _ordered(variants: list[Row]) -> list[Row]:
    """Those that find an ARN in the response come before those that build one."""
    return sorted(variants, key=lambda row: ("unresolved" in row, "arn" not in row))


def places() -> Row:
    """Partitions by region, and where a service without regions is at home, from botocore."""
    loader = botocore.session.get_session().get_component("data_loader")
    partitions = loader.load_data("partitions")["partitions"]
    homes: dict[str, dict[str, str]] = defaultdict(dict)
    for partition in loader.load_data("endpoints")["partitions"]:
        for service, entry in partition["services"].items():
            endpoint = entry.get("endpoints", {}).get(entry.get("partitionEndpoint"), {})
            if entry.get("isRegionalized") is False and "credentialScope" in endpoint:
                homes[service][partition["partition"]] = endpoint["credentialScope"]["region"]
    return {
        "source": f"botocore {botocore.__version__}: partitions.json, endpoints.json",
        "partitions": [[p["regionRegex"], p["id"]] for p in partitions],
        "homes": homes,
    }


def _text(content: Any) -> str:  # noqa: ANN401  # whatever JSON can hold
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def differing(files: Mapping[str, str]) -> list[str]:
    """Files whose content is not what stands on disk, and files that should not be there."""
    old = {f"calls/{path.name}" for path in (DATA / "calls").glob("*.json")} - files.keys()
    return sorted(old) + [
        name
        for name, text in files.items()
        if not (DATA / name).exists() or (DATA / name).read_text() != text
    ]


def write(files: Mapping[str, str], changed: list[str]) -> None:
    """Bring the folder to exactly *files*."""
    (DATA / "calls").mkdir(parents=True, exist_ok=True)
    for name in changed:
        if name in files:
            (DATA / name).write_text(files[name])
        else:
            (DATA / name).unlink()


if __name__ == "__main__":
    sys.exit(main())
