"""The command: every trip, the table, and the catalogue's `round_trip.json`."""

import argparse
import json
import os
import sys
import warnings
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import boto3

from tools.round_trip.calls import served
from tools.round_trip.oracle import Proof
from tools.round_trip.trip import Arrived, Stopped, Trip, trips

RESULT = Path("src/awsteward/tags/catalogue/data/round_trip.json")


def main() -> int:
    """Make all trips; exit 1 when one that `round_trip.json` promises no longer arrives."""
    parser = argparse.ArgumentParser(prog="python -m tools.round_trip", description=__doc__)
    parser.add_argument("service", nargs="*", help="only these services; writes nothing")
    parser.add_argument("--check", action="store_true", help="write nothing; fail on a loss")
    asked = parser.parse_args()
    _be_alone()
    calls = served(boto3.Session())
    chosen = {name: calls[name] for name in calls if not asked.service or name in asked.service}
    made: list[Trip] = []
    for service, operations in chosen.items():
        here = tuple(trips(service, operations))
        made += here
        print(*_rows(service, here), sep="\n", flush=True)
    print(_total(made))
    lost = _promised(chosen) - _arrived(made)
    for call in sorted(lost):
        print(f"no longer arrives: {call}", file=sys.stderr)
    if not (asked.check or asked.service):
        RESULT.write_text(_document(made), encoding="utf-8")
    return 1 if lost and (asked.check or asked.service) else 0


def _be_alone() -> None:
    """Leave the user's AWS settings out of it, and moto's own warnings."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    warnings.simplefilter("ignore")


def _rows(service: str, here: tuple[Trip, ...]) -> Iterable[str]:
    arrived = [trip for trip in here if isinstance(trip.end, Arrived)]
    yield f"{service:32} {len(arrived):3} of {len(here):3}"
    for trip in here:
        if isinstance(trip.end, Stopped):
            yield f"    {trip.operation:40} {trip.end.where:9} {trip.end.why[:150]}"


def _total(made: list[Trip]) -> str:
    ends = Counter(
        trip.end.proof.value if isinstance(trip.end, Arrived) else trip.end.where.value
        for trip in made
    )
    arrived = _arrived(made)
    services = {call.partition(":")[0] for call in arrived}
    by_proof = f"{ends[Proof.ARN]} by moto's own ARN, {ends[Proof.ID]} by its id"
    stops = ", ".join(
        f"{count} at {where}" for where, count in sorted(ends.items()) if where not in {*Proof}
    )
    return (
        f"\n{len(arrived)} of {len(made)} create calls make the round trip ({by_proof}), "
        f"in {len(services)} services; stopped: {stops or 'none'}"
    )


def _arrived(made: Iterable[Trip]) -> frozenset[str]:
    return frozenset(
        f"{trip.service}:{trip.operation}" for trip in made if isinstance(trip.end, Arrived)
    )


def _promised(chosen: Iterable[str]) -> frozenset[str]:
    if not RESULT.exists():
        return frozenset()
    calls = json.loads(RESULT.read_text(encoding="utf-8"))["calls"]
    return frozenset(call for call in calls if call.partition(":")[0] in chosen)


def _document(made: Iterable[Trip]) -> str:
    calls = sorted(_arrived(made))
    services = sorted({call.partition(":")[0] for call in calls})
    return json.dumps({"calls": calls, "services": services}, indent=1) + "\n"


if __name__ == "__main__":
    sys.exit(main())
