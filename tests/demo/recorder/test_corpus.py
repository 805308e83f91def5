"""The recorder's spelling held against published records, member by member."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.model import OperationModel, StructureShape

from awsteward.demo.recorder.facts import shapes
from awsteward.demo.recorder.plain import key
from awsteward.demo.recorder.record import event_source
from awsteward.tags.catalogue.lookup import Source, by_name

CORPUS = Path(__file__).parents[4] / "shared" / "data" / "cloudtrail" / "records.jsonl"
DIALECTS = {"ec2", "s3", "s3control"}
"""Spelled by rules of their own."""

needs_corpus = pytest.mark.skipif(
    not CORPUS.exists(),
    reason="no folder of real CloudTrail records (../shared) beside the repository",
)


@cache
def operations() -> dict[tuple[str, str], list[OperationModel]]:
    """Every operation of the services that the corpus names, by event source and plain name."""
    session = botocore.session.get_session()
    sources = {each["eventSource"] for each in records()}
    found: dict[tuple[str, str], list[OperationModel]] = defaultdict(list)
    for service in candidates(sources) & {*session.get_available_services()} - DIALECTS:
        model = session.get_service_model(service)
        if event_source(model) in sources:
            for name in model.operation_names:
                found[event_source(model), name].append(model.operation_model(name))
    return found


def candidates(sources: Iterable[str]) -> set[str]:
    """Which models to read, of the 400: the catalogue may say that much, and no more."""
    names = {each.partition(".")[0] for each in sources}
    known = [by_name().get(name, Source()) for name in names]
    rows = [row for source in known for row in chain.from_iterable(source.calls.values())]
    return names.union(*((row.service, *row.also) for row in rows))


def records() -> Iterator[dict[str, Any]]:
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)["record"]
        if isinstance(record.get("requestParameters"), dict):
            yield record


def spelled(operation: OperationModel) -> set[str]:
    service = operation.service_model.service_name
    shape = operation.input_shape
    members = shape.members if isinstance(shape, StructureShape) else {}
    names = {key(service, name, shapes()) for name in members}
    return names | (
        {f"{operation.name[:1].lower()}{operation.name[1:]}Input"} & {"createStageInput"}
    )


@needs_corpus
def test_members_of_published_records_are_spelled_as_the_recorder_spells_them() -> None:
    right, wrong = 0, []
    for record in records():
        name = re.sub(r"\d{4}_?\d\d_?\d\d(v\d+)?$", "", record["eventName"])
        for operation in operations().get((record["eventSource"], name), [])[:1]:
            expected = spelled(operation)
            for member in record["requestParameters"]:
                if member in expected:
                    right += 1
                elif member.lower() in {each.lower() for each in expected}:
                    wrong.append(f"{record['eventSource']} {name} {member}")

    assert right > 300
    assert len(wrong) <= right * 0.02, wrong
