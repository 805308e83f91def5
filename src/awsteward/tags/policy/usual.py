"""What a required key means and where its value comes from, where nobody says otherwise.

The names that teams give these tags differ only in case and separators; anything else is `OTHER`.
"""

from awsteward.tags.model.plan import Origin
from awsteward.tags.policy.model import Meaning, Rule, Source

GUARDED = frozenset({"Environment"})
"""Keys that other systems act on: asked for, never written."""

_SEPARATORS = str.maketrans("", "", "-_ .:")
_MEANINGS = {"owner": Meaning.OWNER, "createdby": Meaning.CREATOR, "creator": Meaning.CREATOR}
_ORIGINS = {
    Meaning.OWNER: (Origin.TEAM, Origin.ROLE, Origin.PARENT, Origin.STACK, Origin.CREATOR),
    Meaning.CREATOR: (Origin.CREATOR,),
    Meaning.OTHER: (Origin.PARENT, Origin.STACK, Origin.ROLE, Origin.TEAM, Origin.ACCOUNT),
}


def rule(key: str) -> Rule:
    """The rule of a key that is only named."""
    meant = meaning(key)
    return Rule(key=key, sources=sources(meant), meaning=meant, guarded=key in GUARDED)


def meaning(key: str) -> Meaning:
    """What a key of this name means."""
    return _MEANINGS.get(key.translate(_SEPARATORS).casefold(), Meaning.OTHER)


def sources(meaning: Meaning) -> tuple[Source, ...]:
    """Where a value of this meaning is looked for, best first."""
    return tuple(Source(origin=origin) for origin in _ORIGINS[meaning])
