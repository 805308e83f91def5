"""What the names of AWS operations, members and ARN variables say. Knows words, no services."""

import re

# Read, change or end something; an operation that starts so creates nothing, tags or not.
IDLE = frozenset(
    """Accept Allow Assume Authorize Cancel Change Delete Deregister Describe Disable Disassociate
    Get List Modify Promote Remove Resume Search Set Stop Tag Terminate Test Untag Update Upgrade
    """.split()  # noqa: SIM905  # words read better than thirty quoted strings
)
# Bring something into being by themselves: believed even where a call accepts no tags.
MAKING = frozenset({"Create", "Import", "Register", "Copy", "Restore", "Run", "Allocate"})

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z0-9]+")
_GLUE = frozenset({"for", "from", "to", "with", "by", "in", "as", "of", "async", "offering"})
_TAIL = re.compile(r"(V\d+|\d{4}_?\d\d_?\d\d)$")


def words(name: str) -> list[str]:
    """``CreateDBInstance`` -> create, db, instance."""
    return [word.lower() for word in _WORD.findall(name)]


def norm(name: str) -> str:
    """The name without case and punctuation: what two spellings of one thing share."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def verb(operation: str) -> str:
    """The first word as written."""
    found = re.match(r"[A-Z][a-z0-9]*", operation)
    return found.group() if found else operation


def creates(operation: str) -> bool:
    """Whether the name may stand for a creation at all."""
    spoken = words(operation)
    about_tags = {"tag", "tags", "tagging"} & {spoken[-1], *spoken[1:2]}
    return verb(operation) not in IDLE and not about_tags


def revives(operation: str) -> bool:
    """``RestoreSecret`` brings back what there was; ``RestoreTableFromBackup`` makes a new one."""
    rest = words(operation)[1:]
    return verb(operation) == "Restore" and (rest[-2:] == ["recycle", "bin"] or not _GLUE & {*rest})


def noun(operation: str) -> str:
    """What is created, normalised and singular: ``RunInstances`` -> instance."""
    rest = words(_TAIL.sub("", operation))[1:]
    for place, word in enumerate(rest):
        if word in _GLUE:
            rest = rest[:place]
            break
    return singular("".join(rest))


def singular(name: str) -> str:
    """Good enough for AWS's English: statuses and addresses keep their s."""
    if name.endswith("ies"):
        return name[:-3] + "y"
    if re.search(r"(ss|us|is)$", name):
        return name
    return re.sub(r"(?<=ss)es$|(?<=x)es$|s$", "", name)


def alike(one: str, other: str) -> int:
    """How much two normalised nouns say the same: 3 equal, 2 one ends the other, 1 starts it."""
    if not one or not other:
        return 0
    if one == other:
        return 3
    short, long = sorted((one, other), key=len)
    if len(short) > 2 and long.endswith(short):  # noqa: PLR2004  # two letters prove nothing
        return 2
    return 1 if len(short) > 2 and long.startswith(short) else 0  # noqa: PLR2004
