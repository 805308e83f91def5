"""``awsteward tags guarded``: which tag keys the policies of an account make access depend on."""

import json
import sys
from collections import Counter
from pathlib import Path

from awsteward.cli.clock import CLOCK
from awsteward.cli.ledgers import opened, region
from awsteward.cli.place import place
from awsteward.clients.aws.door import Boto
from awsteward.clients.aws.refusals import given
from awsteward.core.printable import fit
from awsteward.tags.guard.guarded import Scan, keep
from awsteward.tags.guard.scan import Reader


def run(
    accounts: tuple[str, ...], *, policy: Path | None, ledger: str | None,
    role: str | None, form: str,
) -> int:  # fmt: skip
    """Scan each account and keep the outcome; 1 where something could not be read."""
    door, here, now = Boto(role=role), region(), CLOCK.now()
    if not accounts:
        accounts = (given(door.call("", here, "sts", "GetCallerIdentity", {}))["Account"],)
    found = [Reader(door=door, account=each, region=here).scan(now) for each in accounts]
    with opened(place(policy, ledger).ledger, door) as books:
        for scan in found:
            keep(scan, books)
    for scan in found:
        print(json.dumps(_shape(scan), ensure_ascii=False) if form == "json" else _text(scan))
    unread = sum(bool(scan.unread) for scan in found)
    if unread:
        print(f"{unread} accounts unread: nothing is written there", file=sys.stderr)
    return int(unread > 0)


def _shape(scan: Scan) -> dict[str, object]:
    return {
        "account": scan.account,
        "at": scan.at.isoformat(),
        "keys": [
            {"key": each.key, "where": each.where, "sid": each.sid, "condition": each.condition}
            for each in scan.found
        ],
        "unread": list(scan.unread),
        "beyond": list(scan.beyond),
    }


def _text(scan: Scan) -> str:
    places = Counter(each.key for each in scan.found)
    first = {each.key: each for each in reversed(scan.found)}
    lines = [f"{scan.account}: {len(places)} guarded keys"]
    for key in sorted(places):
        one = first[key]
        more = f" and {places[key] - 1} more" if places[key] > 1 else ""
        lines.append(fit(f"  {key}  {one.condition} in {one.where}, statement {one.sid}{more}"))
    lines += [fit(f"  unread: {why}") for why in scan.unread]
    lines += [fit(f"  not ours to read: {why}") for why in scan.beyond]
    return "\n".join(lines)
