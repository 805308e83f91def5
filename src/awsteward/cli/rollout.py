"""``awsteward rollout``: what runs inside a service's container is given out as text."""

import sys
from importlib.resources import files
from typing import Literal

from awsteward.core.errors import ConfigError

Form = Literal["gate.py", "status.sh"]


def gate(form: Form, *, wanted: bool) -> int:
    """Write the file to stdout as it is, for an image to hold it."""
    if not wanted:
        raise ConfigError(
            "the gate runs inside the service's container: "
            f"`awsteward rollout gate --print > {form}`, and put that file into its image"
        )
    sys.stdout.write(files("awsteward.rollout").joinpath(form).read_text("utf-8"))
    return 0
