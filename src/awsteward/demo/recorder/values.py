"""Single values and names as CloudTrail spells them. Knows no service and no structure."""

import re
from datetime import UTC, datetime
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

_BOOLEAN = {"true": True, "false": False}


def lower_first(name: str) -> str:
    """Lower the first letter only: ``DBInstanceArn`` becomes ``dBInstanceArn``."""
    return name[:1].lower() + name[1:]


def singular(name: str) -> str:
    """Give the name of one element of a list of that name."""
    return re.sub(r"ies$", "y", name) if name.endswith("ies") else name.removesuffix("s")


def instant(value: datetime) -> str:
    """Write a time as most services do: ``Jul 11, 2022 7:37:48 PM``."""
    at = value.astimezone(UTC)
    return f"{at:%b} {at.day}, {at.year} {at.hour % 12 or 12}:{at:%M:%S %p}"


def iso(value: datetime) -> str:
    """Write a time as record envelopes and XML bodies do."""
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def milliseconds(value: datetime) -> int:
    """Write a time as the older EC2 dialect does."""
    return int(value.timestamp() * 1000)


def buffer_note(size: int) -> dict[str, Json]:
    """Stand for bytes: records tell of a buffer's size, never of its content."""
    return {
        "offset": 0,
        "isReadOnly": False,
        "bigEndian": True,
        "mark": -1,
        "position": 0,
        "limit": size,
        "capacity": size,
    }


def size_of(value: object) -> int:
    """Give the length of bytes or text handed to a blob member; 0 for an open stream."""
    return len(value) if isinstance(value, bytes | bytearray | str) else 0


def read_xml_text(text: str) -> bool | str:
    """XML turned into JSON loses types: the text ``true`` comes out as a boolean."""
    return _BOOLEAN.get(text, text)
