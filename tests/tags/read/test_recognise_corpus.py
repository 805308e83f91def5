"""Real records with what they must yield; they lie outside the project and may be absent."""

import json
from pathlib import Path

import msgspec
import pytest

from awsteward.tags.read.recognise import recognise
from awsteward.tags.read.record import Record
from tools.score_corpus import answer, is_right

CORPUS = Path(__file__).parents[4] / "shared/data/cloudtrail/records.jsonl"

# A stage of a REST API lies under /restapis (API Gateway developer guide, ARN formats); the
# corpus expects /apis, which is a stage of an HTTP API.
DISPUTED = {("apigateway.amazonaws.com", "CreateStage")}


def test_every_real_record_comes_out_as_expected() -> None:
    if not CORPUS.exists():
        pytest.skip("no folder of real CloudTrail records (../shared) beside the repository")
    wrong = []
    for line in CORPUS.read_text().splitlines():
        row = json.loads(line)
        record = msgspec.json.decode(json.dumps(row["record"]), type=Record)
        got = answer(recognise(record))
        if not is_right(got, row["expected"]):
            wrong.append(((record.event_source, record.event_name), got))

    assert {call for call, _ in wrong} <= DISPUTED, wrong
