"""The scenarios that come with awsteward, by name."""

from importlib.resources import files
from pathlib import Path

from awsteward.core.errors import ConfigError

FOLDER = files("awsteward.rollout.rehearse") / "scenarios"


def names() -> tuple[str, ...]:
    """Every name, in order."""
    found = (each.name for each in FOLDER.iterdir())
    return tuple(sorted(each.removesuffix(".yaml") for each in found if each.endswith(".yaml")))


def text(asked: str) -> tuple[str, str]:
    """The text of a file, or of a shipped scenario, and what to call it in errors."""
    path = Path(asked)
    if path.exists() or asked.endswith((".yaml", ".yml")):
        return _read(path), asked
    if asked not in names():
        raise ConfigError(f"{asked} is no file and no scenario of ours: {', '.join(names())}")
    return (FOLDER / f"{asked}.yaml").read_text("utf-8"), f"{asked}.yaml"


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not text in UTF-8; save it as UTF-8") from error
