"""`tools:` and `reconcilers:`: whether tags are written on what these made.

Which tool or reconciler that was is told by `tags/read`; how each is told is the catalogue's.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from awsteward.core.yaml import Node
from awsteward.tags.catalogue.sources import reconcilers, tools
from awsteward.tags.policy.checker import Checker

OTHERS = "others"


class Treatment(StrEnum):
    """What becomes of a missing tag whose value is known."""

    WRITE = "write"
    NOTIFY = "notify"
    """It is told, with what sets it at its source, and not written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Makers:
    """The treatment of what each of several makers made."""

    named: Mapping[str, Treatment] = field(default_factory=dict)
    others: Treatment

    def of(self, name: str) -> Treatment:
        """The treatment of what *name* made."""
        return self.named.get(name, self.others)


TOOLS = Makers(others=Treatment.WRITE)
"""A plan that shows our tags as a difference is a nuisance; the message says how to end it."""
RECONCILERS = Makers(others=Treatment.NOTIFY)
"""They take away again what is not in their own configuration."""


def tools_of(check: Checker, node: Node | None) -> Makers:
    """What stands under ``tags.tools``."""
    return _makers(check, node, "tags.tools", tools, TOOLS)


def reconcilers_of(check: Checker, node: Node | None) -> Makers:
    """What stands under ``tags.reconcilers``."""
    return _makers(check, node, "tags.reconcilers", reconcilers, RECONCILERS)


def _makers(
    check: Checker, node: Node | None, where: str, known: Callable[[], Iterable[str]], usual: Makers
) -> Makers:
    if node is None:
        return usual
    part = check.fields(node, where, (*known(), OTHERS))
    named = {
        name: treatment
        for name, value in part.items()
        if (treatment := check.word(value, f"{where}.{name}", Treatment)) is not None
    }
    others = named.pop(OTHERS, usual.others)
    return Makers(named=MappingProxyType(named), others=others)
