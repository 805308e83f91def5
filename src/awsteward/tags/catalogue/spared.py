"""What the guard must not tag although it could, and why; how to tag is told by `tagcalls`."""

import functools
import tomllib
from collections.abc import Mapping
from importlib import resources


def spared(service: str) -> str | None:
    """Why resources of this botocore service are never tagged, if that is so."""
    return _services().get(service)


@functools.cache
def _services() -> Mapping[str, str]:
    text = (resources.files(__package__) / "data" / "spared.toml").read_text("utf-8")
    services: Mapping[str, str] = tomllib.loads(text)["services"]
    return services
