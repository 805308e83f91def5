"""One CloudTrail record as it lies in a file. A wire format: it ends in this package.

The parts that most records never need stay undecoded (`Raw`), so that an archive of mostly
read-only calls costs little more than finding the ends of its records. The members stand in the
order in which CloudTrail writes them, for the decoder looks for each key behind the one before.
"""

import msgspec

NULL = msgspec.Raw(b"null")


class Record(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """A record's members that the guard may look at; every one may be absent."""

    event_version: str | None = None
    user_identity: msgspec.Raw = NULL
    event_time: str | None = None
    event_source: str | None = None
    event_name: str | None = None
    aws_region: str | None = None
    user_agent: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    request_parameters: msgspec.Raw = NULL
    response_elements: msgspec.Raw = NULL
    event_id: str | None = msgspec.field(name="eventID", default=None)
    read_only: bool | None = None
    event_type: str | None = None
    recipient_account_id: str | None = None
    service_event_details: msgspec.Raw = NULL
