"""``awsteward deploy template``: what runs the guard in an account, for CloudFormation to make."""

import re
from pathlib import Path
from typing import Literal

from awsteward.cli.place import place
from awsteward.core.errors import ConfigError
from awsteward.deploy.choice import chosen
from awsteward.deploy.template import Choice, Form, template, text

_RUNTIME = re.compile(r"python3\.\d+")


def run(
    services: str | None,
    policy: Path | None,
    *,
    form: Form,
    runtime: str,
    architecture: Literal["arm64", "x86_64"],
) -> int:
    """Print the template; the policy says which keys it may write and where it may look."""
    if not _RUNTIME.fullmatch(runtime):
        raise ConfigError(f"--runtime: {runtime!r} is not one of Python's, such as python3.13")
    choice = Choice(
        policy=place(policy).policy,
        sources=None if services is None else chosen(filter(str.strip, services.split(","))),
        runtime=runtime,
        architecture=architecture,
    )
    print(text(template(choice), form), end="")
    return 0
