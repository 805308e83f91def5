"""The brakes: whether somebody, or the guard itself, has stopped all writing."""

from collections.abc import Callable
from datetime import datetime

from awsteward.clients.aws.dynamo.reins import DynamoReins
from awsteward.clients.reins import Pulled
from awsteward.core.errors import StewardError
from awsteward.doctor.look import Look
from awsteward.doctor.verdict import Fine, Verdict, Wrong, failed
from awsteward.tags.guard.hold import stopped, tripped


def read(look: Look, table: str, now: Callable[[], datetime]) -> Pulled | StewardError:
    """What is pulled."""
    try:
        return DynamoReins.of(look.door, table, look.region, now).pulled()
    except StewardError as error:
        return error


def judge(found: Pulled | StewardError, table: str) -> Verdict:
    """A brake is on for a reason: it is said before the command that lets go."""
    mend = f"awsteward tags resume --ledger dynamodb:{table}"
    if isinstance(found, StewardError):
        return failed(found, ())
    was_on = [*([stopped(found.stop)] if found.stop else []), *map(tripped, found.trips)]
    return Wrong("; ".join(was_on), (mend,)) if was_on else Fine("none is on")
