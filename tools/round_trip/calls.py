"""Which calls make the trip: those of the catalogue that moto has a backend and a method for."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
from botocore import xform_name
from moto.backends import get_backend

from awsteward.tags.catalogue.lookup import DATA


def served(session: boto3.Session) -> Mapping[str, tuple[str, ...]]:
    """Give the operations to try, by botocore service, both in order."""
    found: dict[str, set[str]] = defaultdict(set)
    backends = {service: methods(service) for service in session.get_available_services()}
    for service, operation in catalogued():
        if xform_name(operation) in backends.get(service, frozenset()):
            found[service].add(operation)
    return {service: tuple(sorted(found[service])) for service in sorted(found)}


def catalogued() -> Iterator[tuple[str, str]]:
    """Give every creating call of the catalogue as (botocore service, operation)."""
    for file in (DATA / "calls").iterdir():
        for operation, rows in json.loads(file.read_text())["calls"].items():
            for row in rows:
                yield from ((each, operation) for each in (row["service"], *row.get("also", ())))


def methods(service: str) -> frozenset[str]:
    """Give the names of what moto's backend for *service* can do; none without a backend."""
    try:
        find: Any = get_backend  # the stubs want a literal name
        return frozenset(dir(find(service).backend))
    except (ImportError, KeyError):
        return frozenset()
