"""``awsteward deploy template``: what runs the guard in an account, for CloudFormation to make."""

import re
from pathlib import Path
from typing import Literal

from awsteward.cli.place import place
from awsteward.core.errors import ConfigError
from awsteward.deploy.choice import chosen
from awsteward.deploy.template import Choice, Form, template, text

_RUNTIME = re.compile(r"python3\.\d+")


def run(choice: Choice, form: Form) -> int:
    """Print the template."""
    print(text(template(choice), form), end="")
    return 0


def choose(
    services: str | None,
    policy: Path | None,
    runtime: str,
    architecture: Literal["arm64", "x86_64"],
) -> Choice:
    """What a template is made for; the policy says which keys it may write and where to look."""
    if not _RUNTIME.fullmatch(runtime):
        raise ConfigError(f"--runtime: {runtime!r} is not one of Python's, such as python3.13")
    return Choice(
        policy=place(policy).policy,
        sources=None if services is None else chosen(filter(str.strip, services.split(","))),
        runtime=runtime,
        architecture=architecture,
    )
