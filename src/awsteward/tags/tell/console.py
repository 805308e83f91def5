"""Where a person can look at a resource: links into the AWS console. Pure, from a data file."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final
from urllib.parse import quote

_DATA: Final[Mapping[str, Any]] = tomllib.loads(
    (files("awsteward.tags.tell") / "data" / "console.toml").read_text("utf-8")
)
LONGEST = 600
"""No honest address is longer; a hostile name would take the room of the message."""
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


@dataclass(frozen=True, slots=True)
class Page:
    """The page of the resource itself."""

    url: str


@dataclass(frozen=True, slots=True)
class Search:
    """A page where it can be looked for."""

    url: str


def place(
    *, arn: str | None, type_: str | None, region: str, account: str, partition: str
) -> Page | Search | None:
    """The best link there is; None where a partition's console or the region is not known."""
    host = _DATA["hosts"].get(partition)
    if host is None or not _REGION.fullmatch(region):
        return None
    parts = {"host": host, "region": region, "account": _quoted(account)}
    if arn is not None:
        url = _page(type_, partition, parts | _names(arn))
        if url is not None and len(url) <= LONGEST:
            return Page(url)
    return Search(_DATA["fallback"]["search"].format_map(parts))


def _page(type_: str | None, partition: str, parts: Mapping[str, str]) -> str | None:
    template = _DATA["pages"].get(type_)
    if template is not None:
        return f"https://{parts['region']}.{parts['host']}/{template.format_map(parts)}"
    if partition in _DATA["fallback"]["by-arn-partitions"]:
        return str(_DATA["fallback"]["by-arn"].format_map(parts))
    return None


def _names(arn: str) -> dict[str, str]:
    parts = {"arn": arn, "id": re.split(r"[/:]", arn)[-1], "name": name(arn)}
    return {key: _quoted(value) for key, value in parts.items()}


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "replace"), safe="")


def name(arn: str) -> str:
    """What people call it: the ARN's resource without its type (``table/a`` -> ``a``)."""
    resource = arn.split(":", 5)[-1].strip("/:")
    found = re.split(r"[/:]+", resource, maxsplit=1)
    return found[-1] or resource or arn
