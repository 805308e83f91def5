"""One CloudTrail record as it lies in a file. A wire format: it ends in this package.

The parts that most records never need stay undecoded (`Raw`), so that an archive of mostly
read-only calls costs little more than finding the ends of its records.
"""

import msgspec

NULL = msgspec.Raw(b"null")


class Record(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """A record's members that the guard may look at; every one may be absent."""

    event_source: str | None = None
    event_name: str | None = None
    event_version: str | None = None
    event_id: str | None = msgspec.field(name="eventID", default=None)
    event_time: str | None = None
    event_type: str | None = None
    aws_region: str | None = None
    recipient_account_id: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    read_only: bool | None = None
    user_agent: str | None = None
    source_ip_address: str | None = msgspec.field(name="sourceIPAddress", default=None)
    user_identity: msgspec.Raw = NULL
    request_parameters: msgspec.Raw = NULL
    response_elements: msgspec.Raw = NULL
    service_event_details: msgspec.Raw = NULL
