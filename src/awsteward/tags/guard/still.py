"""Whether a question still needs an answer, by the tags on its resources now."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import assert_never

from awsteward.clients.aws.door import Aws
from awsteward.tags.apply.attempt import Clock, Target
from awsteward.tags.apply.current import Present, current
from awsteward.tags.guard.entries import resource_of
from awsteward.tags.model.outcome import Failed, Trouble
from awsteward.tags.tell.question import OpenKey, OpenQuestion, Ref, objection

_LONG_AGO = datetime.fromtimestamp(0, UTC)


def still_open(question: OpenQuestion, door: Aws, clock: Clock) -> bool:
    """True where one resource at least lacks what is asked for; looks no further than that one.

    What cannot be looked at may lack it.
    """
    return any(_lacks(ref, question, door, clock) for ref in question.refs)


def _lacks(ref: Ref, question: OpenQuestion, door: Aws, clock: Clock) -> bool:
    target = Target(resource=resource_of(ref), born=_LONG_AGO)
    match current(target, door, clock):
        case Failed(trouble=trouble):
            return trouble is not Trouble.GONE
        case Present(tags=tags):
            return any(_open(key, tags) for key in question.keys)
        case other:
            assert_never(other)


def _open(key: OpenKey, tags: Mapping[str, str]) -> bool:
    return key.key not in tags or objection(key, tags[key.key]) is not None
