"""The second way to hear of a resource: AWS Config tells of what CloudTrail may have told before.

CloudTrail knows who made it, so Config waits for it, and says nothing of what it was first with.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil
from typing import TypeGuard

from awsteward.clients.aws.queue import LONGEST_DELAY_S
from awsteward.clients.ledger import Seen
from awsteward.tags.guard.dry import End
from awsteward.tags.model.handled import Handled, Result
from awsteward.tags.model.reading import Created, Event
from awsteward.tags.policy.model import Policy
from awsteward.tags.read.discoveries import SOURCE

LAG = timedelta(minutes=15)
"""Three times as long as CloudTrail takes on average.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html"""


def head_start_s(event: Event, policy: Policy, now: datetime) -> int:
    """Seconds that an item still has to wait; 0 for CloudTrail's own events.

    Nobody knows which tool made the resource, so it gets the time of the slowest one.
    """
    if event.source != SOURCE:
        return 0
    grace = policy.grace
    longest = max(grace.by_hand, grace.other_tools, *grace.tools.values(), LAG)
    left = longest + LAG - (now - event.at)
    return min(LONGEST_DELAY_S, max(0, ceil(left.total_seconds())))


def meet(ends: Iterable[End], seen: Seen) -> None:
    """Mark what CloudTrail told of and is not simply well: people hear of it that way."""
    for end in ends:
        if _is_first(end):
            seen.see(end.resource.account, _mark(end.resource.ref))


def met(created: Created, seen: Seen) -> bool:
    """True of an item whose resources CloudTrail has told of."""
    if created.event.source != SOURCE:
        return False
    return all(seen.seen(each.account, _mark(each.ref)) for each in created.resources)


def _is_first(end: End) -> TypeGuard[Handled]:
    return (
        isinstance(end, Handled)
        and end.event.source != SOURCE
        and end.result is not Result.COMPLIANT
    )


def _mark(ref: str) -> str:
    """Beside the ids of events, which have no colon."""
    return f"ref:{ref}"
