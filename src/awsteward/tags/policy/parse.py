"""`awsteward.yaml` text -> `Policy`, with every mistake named in one go by file, line and key.

It does not look for the file; the command line reads it and hands the text over.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import assert_never

from awsteward.core.yaml import Fields, Items, Node, Scalar, read
from awsteward.tags.model.plan import Origin
from awsteward.tags.policy import usual
from awsteward.tags.policy.checker import Checker
from awsteward.tags.policy.daily import daily
from awsteward.tags.policy.enforcement import enforcement
from awsteward.tags.policy.model import (
    Exemption,
    Grace,
    Language,
    Meaning,
    NearMisses,
    Policy,
    Pseudonyms,
    Rule,
    Slack,
    Source,
    Team,
)
from awsteward.tags.policy.people import SETTINGS, telling
from awsteward.tags.policy.tools import reconcilers_of, tools_of

MAX_KEY = 128
MAX_VALUE = 256
MAX_REQUIRED = 50
MAX_WINDOW = timedelta(days=1)

_TAGS = (
    "required",
    "guarded",
    "near_misses",
    "exceptions",
    "teams",
    "accounts",
    "people",
    "machines",
    "grace",
    "tools",
    "reconcilers",
    "pseudonyms",
)
_RULE = ("from", "means", "values", "pattern", "guarded", "types", "accounts")
_EXEMPTION = ("reason", "until", "keys", "types", "accounts", "arns")
_TEAM = ("tags", "people", "roles", "accounts")
_NOT_IN_FILES = {Origin.ANSWER, Origin.NEAR_MISS}


def parse(text: str, file: str) -> Policy:
    """The policy that *text* states; a ConfigError lists all that is wrong with it."""
    check = Checker()
    root = read(text, file)
    _refuse_halves(check, root)
    check.finish()
    policy = _policy(check, root)
    check.finish()
    return policy


def _refuse_halves(check: Checker, root: Fields) -> None:
    """Refuse lone surrogates before anything is said of them: no file or terminal takes them."""
    for scalar in _scalars(root):
        if half := re.search("[\ud800-\udfff]", scalar.text):
            what = f"holds \\u{ord(half[0]):04X}, half a character; write the whole of it"
            check.wrong(scalar.place, "this text", what)


def _scalars(node: Node) -> Iterator[Scalar]:
    match node:
        case Scalar():
            yield node
        case Items(nodes=nodes):
            for each in nodes:
                yield from _scalars(each)
        case Fields(entries=entries):
            for key, value in entries:
                yield key
                yield from _scalars(value)
        case _:
            assert_never(node)


def _policy(check: Checker, root: Fields) -> Policy:
    top = check.fields(root, "", ("version", "tags", "slack", "enforcement"))
    version = top.get("version")
    if version and check.text(version, "version") != "1":
        check.wrong(version.place, "version", "must be 1; a newer file needs a newer awsteward")
    if "tags" not in top:
        check.wrong(root.place, "tags", "is missing; `awsteward tags policy --example` shows one")
    part = check.fields(top.get("tags"), "tags", _TAGS)
    guarded = part.get("guarded")
    names = frozenset(check.words(guarded, "tags.guarded")) if guarded else usual.GUARDED
    rules = _rules(check, part.get("required"), root, names)
    near = check.word(part.get("near_misses"), "tags.near_misses", NearMisses)
    return Policy(
        rules=rules,
        exemptions=_exemptions(check, part.get("exceptions")),
        near_misses=near or NearMisses.SUGGEST,
        teams=_teams(check, part.get("teams")),
        account_tags=_account_tags(check, part.get("accounts")),
        people=check.globs(part.get("people"), "tags.people"),
        machines=check.globs(part.get("machines"), "tags.machines"),
        grace=_grace(check, part.get("grace")),
        tools=tools_of(check, part.get("tools")),
        reconcilers=reconcilers_of(check, part.get("reconcilers")),
        slack=_slack(check, top.get("slack")),
        pseudonyms=_pseudonyms(check, part.get("pseudonyms"), rules),
        enforcement=enforcement(check, top.get("enforcement"), len({rule.key for rule in rules})),
    )


# --- what is required ------------------------------------------------------------------------


def _rules(
    check: Checker, node: Node | None, root: Fields, guarded: frozenset[str]
) -> tuple[Rule, ...]:
    """``required`` is a list of keys, or a mapping from key to settings."""
    where = "tags.required"
    if node is None:
        if root.get("tags"):
            check.wrong(root.place, where, "is missing; list the keys that must be there")
        return ()
    names: list[tuple[Scalar, Node | None]]
    if isinstance(node, Items):
        names = [(each, None) for each in check.scalars(node, where)]
    else:
        names = list(check.entries(node, where))
    if not 0 < len(names) <= MAX_REQUIRED:
        what = f"names {len(names)} keys; between 1 and {MAX_REQUIRED} make sense"
        check.wrong(node.place, where, what)
    rules = (_key_rules(check, key, settings, guarded) for key, settings in names)
    return tuple(rule for each in rules for rule in each)


def _key_rules(
    check: Checker, key: Scalar, node: Node | None, guarded: frozenset[str]
) -> tuple[Rule, ...]:
    """One rule, or several where the key's settings are a list of cases."""
    where = f"tags.required.{key.text}"
    _tag_key(check, key, where)
    cases = node.nodes if isinstance(node, Items) else (node,)
    return tuple(_rule(check, key.text, case, where, guarded) for case in cases)


def _rule(check: Checker, key: str, node: Node | None, where: str, guarded: frozenset[str]) -> Rule:
    part = check.fields(node, where, _RULE)
    meaning = check.word(part.get("means"), f"{where}.means", Meaning) or usual.meaning(key)
    guard = check.truth(part.get("guarded"), f"{where}.guarded")
    rule = Rule(
        key=key,
        sources=_sources(check, part.get("from"), f"{where}.from", meaning),
        meaning=meaning,
        values=check.words(part.get("values"), f"{where}.values"),
        pattern=check.regexp(part.get("pattern"), f"{where}.pattern"),
        guarded=key in guarded if guard is None else guard,
        types=check.globs(part.get("types"), f"{where}.types"),
        accounts=check.globs(part.get("accounts"), f"{where}.accounts"),
    )
    if any(len(value) > MAX_VALUE for value in rule.values):
        what = f"has a value longer than {MAX_VALUE} characters"
        check.wrong(part["values"].place, f"{where}.values", what)
    for source in rule.sources:
        # A constant that its own rule forbids would be a question on every resource.
        if source.value is not None and (why := rule.objection(source.value)):
            what = f"has the constant {source.value!r}, which {why}"
            check.wrong(part["from"].place, f"{where}.from", what)
    return rule


def _sources(check: Checker, node: Node | None, where: str, meaning: Meaning) -> tuple[Source, ...]:
    if node is None:
        return usual.sources(meaning)
    found = (_source(check, each, where) for each in check.items(node, where))
    return tuple(each for each in found if each is not None)


def _source(check: Checker, node: Node, where: str) -> Source | None:
    """``role``, ``{role: Team}`` (the role's tag ``Team``) or ``{constant: value}``."""
    if isinstance(node, Scalar):
        origin = _origin(check, node, where)
        if origin is Origin.CONSTANT:
            check.wrong(node.place, where, "needs the constant's value: `constant: the-value`")
        return Source(origin=origin) if origin else None
    entries = check.entries(node, where)
    if len(entries) != 1:
        check.wrong(node.place, where, "wants one origin per line, such as `- role: Team`")
        return None
    name, value_node = entries[0]
    origin = _origin(check, name, where)
    value = check.text(value_node, f"{where}.{name.text}")
    if origin is Origin.CREATOR:
        check.wrong(node.place, where, "can read no tag from a creator; write just `creator`")
    if origin is Origin.CONSTANT:
        return Source(origin=origin, value=value)
    return Source(origin=origin, tag=value) if origin else None


def _origin(check: Checker, node: Scalar, where: str) -> Origin | None:
    if node.text in _NOT_IN_FILES:
        check.wrong(node.place, where, f"cannot name {node.text!r}; it is never looked up")
        return None
    return check.word(node, where, (each for each in Origin if each not in _NOT_IN_FILES))


def _tag_key(check: Checker, key: Scalar, where: str) -> None:
    if not key.text.strip() or len(key.text) > MAX_KEY:
        check.wrong(key.place, where, f"must be a tag key of 1 to {MAX_KEY} characters")
    if key.text.casefold().startswith("aws:"):
        check.wrong(key.place, where, "begins with aws:, which only AWS may write")


# --- who, where, when ------------------------------------------------------------------------


def _exemptions(check: Checker, node: Node | None) -> tuple[Exemption, ...]:
    where = "tags.exceptions"
    found = (_exemption(check, each, where) for each in check.items(node, where))
    return tuple(each for each in found if each is not None)


def _exemption(check: Checker, node: Node, where: str) -> Exemption | None:
    part = check.fields(node, where, _EXEMPTION)
    for name in ("reason", "until"):
        if name not in part:
            check.wrong(node.place, where, f"needs `{name}:`")
    reason = check.text(part.get("reason"), f"{where}.reason")
    until = check.day(part.get("until"), f"{where}.until")
    if reason is None or until is None:
        return None
    return Exemption(
        reason=reason,
        until=until,
        keys=frozenset(check.words(part.get("keys"), f"{where}.keys")),
        types=check.globs(part.get("types"), f"{where}.types"),
        accounts=check.globs(part.get("accounts"), f"{where}.accounts"),
        arns=check.globs(part.get("arns"), f"{where}.arns"),
    )


def _teams(check: Checker, node: Node | None) -> tuple[Team, ...]:
    return tuple(_team(check, name, value) for name, value in check.entries(node, "tags.teams"))


def _team(check: Checker, name: Scalar, node: Node) -> Team:
    where = f"tags.teams.{name.text}"
    part = check.fields(node, where, _TEAM)
    team = Team(
        name=name.text,
        tags=_tags(check, part.get("tags"), f"{where}.tags"),
        people=check.globs(part.get("people"), f"{where}.people"),
        roles=check.globs(part.get("roles"), f"{where}.roles"),
        accounts=check.globs(part.get("accounts"), f"{where}.accounts"),
    )
    if not (team.people.texts or team.roles.texts or team.accounts.texts):
        check.wrong(name.place, where, "has no members; give `people:`, `roles:` or `accounts:`")
    return team


def _account_tags(check: Checker, node: Node | None) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, Mapping[str, str]] = {}
    for account, value in check.entries(node, "tags.accounts"):
        where = f"tags.accounts.{account.text}"
        if not re.fullmatch(r"[0-9]{12}", account.text):
            check.wrong(account.place, where, "is not an account id of 12 digits")
        part = check.fields(value, where, ("tags",))
        found[account.text] = _tags(check, part.get("tags"), f"{where}.tags")
    return MappingProxyType(found)


def _tags(check: Checker, node: Node | None, where: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for key, value in check.entries(node, where):
        _tag_key(check, key, f"{where}.{key.text}")
        text = check.text(value, f"{where}.{key.text}")
        if text is not None:
            found[key.text] = text
    return MappingProxyType(found)


def _grace(check: Checker, node: Node | None) -> Grace:
    times = {
        tool.text: time
        for tool, value in check.entries(node, "tags.grace")
        if (time := check.duration(value, f"tags.grace.{tool.text}")) is not None
    }
    usual = Grace()
    other = times.pop("other_tools", usual.other_tools)
    by_hand = times.pop("by_hand", usual.by_hand)
    return Grace(tools=MappingProxyType(times), other_tools=other, by_hand=by_hand)


def _slack(check: Checker, node: Node | None) -> Slack:
    part = check.fields(node, "slack", ("window", "language", "links", "summary", *SETTINGS))
    usual = Slack()
    window = check.duration(part.get("window"), "slack.window")
    if window is not None and window > MAX_WINDOW:
        check.wrong(part["window"].place, "slack.window", "is longer than a day (1d)")
    links = check.truth(part.get("links"), "slack.links")
    summary = check.converted(part.get("summary"), "slack.summary", daily)
    return Slack(
        window=usual.window if window is None else window,
        language=check.word(part.get("language"), "slack.language", Language) or usual.language,
        links=usual.links if links is None else links,
        summary=summary if "summary" in part else usual.summary,
        telling=telling(check, part),
    )


def _pseudonyms(check: Checker, node: Node | None, rules: tuple[Rule, ...]) -> Pseudonyms | None:
    if node is None:
        return None
    where = "tags.pseudonyms"
    part = check.fields(node, where, ("keys", "secret_from_env"))
    variable = check.text(part.get("secret_from_env"), f"{where}.secret_from_env")
    if variable is None or not re.fullmatch(r"[A-Z_][A-Z0-9_]*", variable):
        # Never show what stands there: somebody may have pasted the secret itself.
        what = "needs `secret_from_env:` with the NAME of an environment variable (A-Z, 0-9, _)"
        check.wrong(node.place, where, what)
        return None
    keys = check.words(part.get("keys"), f"{where}.keys")
    usual = (rule.key for rule in rules if rule.meaning is Meaning.CREATOR)
    return Pseudonyms(keys=frozenset(keys or usual), variable=variable)
