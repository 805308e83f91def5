"""``awsteward tags policy``: check, show or import what every resource must carry."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from awsteward.cli.place import nearest, place, text_of
from awsteward.core.errors import ConfigError
from awsteward.tags.policy.default import example as commented
from awsteward.tags.policy.model import Rule
from awsteward.tags.policy.organizations import from_required_tags, from_tag_policy


def run(file: Path | None, *, example: bool, tag_policy: Path | None, required: Path | None) -> int:
    """Print what was asked for; 1 when an exception of the policy has expired."""
    if sum(map(bool, (file, example, tag_policy, required))) > 1:
        raise ConfigError("give one of: a file, --example, --tag-policy, --required-tags")
    if example:
        print(commented(), end="")
    elif tag_policy:
        print(from_tag_policy(text_of(tag_policy), str(tag_policy)), end="")
    elif required:
        print(from_required_tags(text_of(required), str(required)), end="")
    else:
        return _checked(file)
    return 0


def _checked(file: Path | None) -> int:
    found = file or nearest(Path.cwd())
    policy = place(found).policy
    print(f"{found or 'no awsteward.yaml from here upward; the built-in policy'}: valid")
    for rule in policy.rules:
        print(f"  {_said(rule)}")
    expired = policy.expired(datetime.now(UTC))
    for each in expired:
        print(f"expired on {each.until}: {each.reason}; renew or remove it", file=sys.stderr)
    return 1 if expired else 0


def _said(rule: Rule) -> str:
    """One required key in one line."""
    allowed = [*rule.values, *([f"/{rule.pattern.text}/"] if rule.pattern else [])]
    origins = ", ".join(source.origin for source in rule.sources)
    filled = "only asked for" if rule.guarded or not origins else f"from {origins}, else asked for"
    return f"{rule.key}: {' or '.join(allowed) or 'any value'}; {filled}"
