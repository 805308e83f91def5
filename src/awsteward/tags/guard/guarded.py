"""What a scan of an account's policies forbids the guard: keys, or, where it is no good, all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import lru_cache

import msgspec

from awsteward.clients.ledger import Slate
from awsteward.tags.policy.model import Policy, Rule
from awsteward.tags.policy.patterns import Globs
from awsteward.tags.read.conditions import Guarding

KEPT = timedelta(days=400)
GOOD_FOR = timedelta(days=7)
PLACES = 5
"""Kept of each key: enough to see why it is guarded."""
_KIND = "guarded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One account's policies, as they were."""

    account: str
    at: datetime
    found: tuple[Guarding, ...]
    unread: tuple[str, ...] = ()
    """What could not be read, and why: then no key of the account may be written."""
    beyond: tuple[str, ...] = ()
    """What only the organisation's own accounts may read; it does not count as unread."""

    @property
    def keys(self) -> frozenset[str]:
        """The keys, some with wildcards."""
        return frozenset(each.key for each in self.found)


def keep(scan: Scan, slate: Slate) -> None:
    """Have every guard at this ledger know of it."""
    places: dict[str, list[Guarding]] = {}
    for each in scan.found:
        places.setdefault(each.key, []).append(each)
    few = tuple(each for some in places.values() for each in some[:PLACES])
    body = msgspec.json.encode(replace(scan, found=few)).decode()
    slate.chalk(_KIND, scan.account, body, scan.at + KEPT)


def scans(slate: Slate) -> tuple[Scan, ...]:
    """The last of each account."""
    return tuple(msgspec.json.decode(body, type=Scan) for body in slate.slate(_KIND).values())


def unread(of: Iterable[Scan], now: datetime) -> Mapping[str, str]:
    """Accounts whose policies nobody knows any more, and why; one never scanned is not one."""
    whys = ((scan.account, _why(scan, now)) for scan in of)
    return {account: why for account, why in whys if why}


def _why(scan: Scan, now: datetime) -> str | None:
    if scan.unread:
        return f"the policies of {scan.account} could not be read: {scan.unread[0]}"
    if now - scan.at > GOOD_FOR:
        return f"the policies of {scan.account} were last read on {scan.at:%Y-%m-%d}"
    return None


def shielded(policy: Policy, of: Iterable[Scan]) -> Policy:
    """*policy*, in which the keys that were found are only asked for, each in its account."""
    keys = frozenset((scan.account, scan.keys) for scan in of if scan.keys)
    return _shielded(policy, keys) if keys else policy


@lru_cache(maxsize=8)
def _shielded(policy: Policy, keys: frozenset[tuple[str, frozenset[str]]]) -> Policy:
    """The same object for the same keys: what follows from a policy is remembered by it."""
    return replace(policy, rules=tuple(each for rule in policy.rules for each in _both(rule, keys)))


def _both(rule: Rule, keys: frozenset[tuple[str, frozenset[str]]]) -> tuple[Rule, ...]:
    """*rule*, after a stricter one for the accounts where its key is guarded."""
    accounts = tuple(sorted(
        account for account, found in keys
        if rule.accounts.admit(account) and any(_fits(rule.key, each) for each in found)
    ))  # fmt: skip
    if rule.guarded or not accounts:
        return (rule,)
    return replace(rule, guarded=True, accounts=Globs(accounts)), rule


def _fits(key: str, found: str) -> bool:
    """Without regard to case, as IAM compares tag keys; `[` is no wildcard there."""
    return fnmatchcase(key.casefold(), found.casefold().replace("[", "[[]"))
