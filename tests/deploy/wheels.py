"""Wheels without a network: what is installed here of msgspec and PyYAML, packed again."""

import zipfile
from collections.abc import Sequence
from importlib.metadata import distribution
from pathlib import Path

from awsteward.deploy.bundle import Target


def installed(_: Target, folder: Path) -> Sequence[Path]:
    return [_packed(name, folder / f"{name}.whl") for name in ("msgspec", "pyyaml")]


def _packed(name: str, wheel: Path) -> Path:
    found = distribution(name)
    with zipfile.ZipFile(wheel, "w") as packed:
        for file in found.files or ():
            if "__pycache__" not in file.parts and ".." not in file.parts:
                packed.write(str(found.locate_file(file)), str(file))
    return wheel
