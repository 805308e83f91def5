"""`python tools/score_corpus.py records.jsonl` scores recognition on records with expectations.

A line is `{"expected": {"outcome", "arns", "hard"}, "record"}`. Right is the expected outcome
with exactly the expected ARNs; for a `hard` record the true ARN or an honest "cannot be told".
"""

import json
import sys
from collections import Counter
from pathlib import Path

import msgspec

from awsteward.tags.read.recognise import Nothing, Recognition, Resources, Untold, recognise
from awsteward.tags.read.record import Record


def main(path: str) -> int:
    """Print every wrong record and the score; exit 1 unless all are right."""
    score: Counter[str] = Counter()
    for line in Path(path).read_text().splitlines():
        row = json.loads(line)
        record = msgspec.json.decode(json.dumps(row["record"]), type=Record)
        got = answer(recognise(record))
        right = is_right(got, row["expected"])
        score["right" if right else "wrong"] += 1
        if not right:
            print(f"{record.event_source} {record.event_name}: {got}, expected {row['expected']}")
    print(f"{score['right']} of {score.total()} right")
    return 1 if score["wrong"] else 0


def answer(found: Recognition) -> tuple[str, list[str]]:
    """The outcome in the corpus's words, and the ARNs (or the reason)."""
    match found:
        case Resources(resources):
            return "created", [resource.ref for resource in resources]
        case Nothing(why):
            return "ignored", [why]
        case Untold(why):
            return "unknown", [why]


def is_right(got: tuple[str, list[str]], expected: dict[str, object]) -> bool:
    """Whether the answer is the expected one, or as good for a hard record."""
    outcome, arns = got
    if outcome != "created":
        return outcome == expected["outcome"]
    return arns == expected.get("arns")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
