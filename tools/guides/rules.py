"""The table of rule ids, from ``rules.toml``: ``python -m tools.guides.rules``."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FOLDER = Path("docs/zero-downtime")
_PLACES = {"en": ("rules.md", "title"), "ko": ("ko/rules.md", "title_ko")}
"""Each language's page, and the key of a rule's words in it."""


def main() -> None:
    """Write both pages."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
        print(path)


def pages(folder: Path = FOLDER) -> Mapping[Path, str]:
    """Give the table in each language, by its path."""
    known = tomllib.loads((folder / "rules.toml").read_text("utf-8"))
    return {
        folder / name: _page(known["page"][language], known["rule"], key)
        for language, (name, key) in _PLACES.items()
    }


def _page(page: Mapping[str, Any], rules: Sequence[Mapping[str, str]], key: str) -> str:
    lines = [f"# {page['title']}", "", page["about"], ""]
    lines += [f"| {' | '.join(page['heads'])} |", "|---|---|---|"]
    for rule in rules:
        source = page["words"].get(rule["source"]) or _link(rule["source"])
        lines.append(f"| `{rule['id']}` | {rule[key]} | {source} |")
    return "\n".join(lines) + "\n"


def _link(address: str) -> str:
    _, _, host, *path = address.split("/")
    said = f"GitHub: {path[0]}/{path[1]}" if host == "github.com" else host.removeprefix("www.")
    return f"[{said}]({address})"


if __name__ == "__main__":
    main()
