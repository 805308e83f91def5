"""The chain, link by link: with a stack, from trail to bill; without, what a replay needs."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from awsteward.clients.aws.refusals import Refusal
from awsteward.clients.slacks import VARIABLE
from awsteward.core.errors import ConfigError, StewardError
from awsteward.deploy.bundle import fingerprint
from awsteward.deploy.functions import TAKE
from awsteward.doctor import (
    brakes,
    clock,
    cost_tags,
    deployed,
    functions,
    identity,
    members,
    queues,
    rights,
    rulebook,
    rules,
    slack,
    table,
    tag_policy,
    trail,
)
from awsteward.doctor.deployed import Deployed
from awsteward.doctor.facts import facts
from awsteward.doctor.identity import Identity
from awsteward.doctor.look import Look
from awsteward.doctor.rulebook import Book
from awsteward.doctor.slack import Dial
from awsteward.doctor.verdict import Check, Fine, Unclear, Verdict, failed, unclear
from awsteward.tags.duty.settings import Mode
from awsteward.tags.policy.default import default
from awsteward.tags.policy.model import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person wants looked at, and with what."""

    look: Look
    stack: str | None
    """None: the usual one, if it is there."""
    policy: Callable[[], Book | StewardError]
    """The policy of this machine."""
    policy_file: str
    slack: str
    """A reference to a Slack URL of this machine, beside that of the stack; or empty."""
    hello: bool
    dial: Dial
    now: Callable[[], datetime]
    environment: Mapping[str, str]


def walk(asked: Asked) -> Iterator[Check]:
    """Every link, each said as soon as it is known; without credentials there is only one."""
    look, name = asked.look, asked.stack or deployed.NAME
    who = identity.read(look)
    yield Check("credentials", identity.judge(who, look.region))
    if not isinstance(who, Identity):
        return
    yield Check("clock", clock.judge(who.at, asked.now()))
    found = deployed.read(look, name, asked.policy_file)
    named = asked.stack is not None
    yield Check("stack", deployed.judge(found, name, look.region, named=named))
    yield Check("trail", trail.judge(trail.read(look), look.region))
    if isinstance(found, Deployed):
        yield from _guard(asked, found, who)
    else:
        yield from _replay(asked, who)


# --- with a stack ----------------------------------------------------------------------------


def _guard(asked: Asked, of: Deployed, who: Identity) -> Iterator[Check]:
    yield Check("package", deployed.judge_package(of, fingerprint()))
    yield from _way(asked.look, of, who)
    yield from _functions(asked, of)
    location = of.stack.parameters.get("PolicyLocation", "")
    book = rulebook.read(asked.look, location, asked.environment)
    place = location or rulebook.BUILT_IN
    yield Check("policy", rulebook.judge(book, place, asked.look.region, asked.now()))
    yield from _rights(asked.look, of, who, book)
    yield from _memory(asked, of)
    reference = of.stack.parameters.get("SlackReference", "")
    needed = of.stack.parameters.get("Mode") == Mode.NOTIFY
    yield _slack(asked, "slack", reference, needed=needed)
    if asked.slack not in ("", reference):
        yield _slack(asked, "slack here", asked.slack, needed=False)
    yield from _routes(asked, of.stack.parameters.get("Slacks", ""), book, of.again)
    if of.has_members:
        yield Check("members", _members(asked.look, of))
    yield from _billing(asked.look, who, book)


def _way(look: Look, of: Deployed, who: Identity) -> Iterator[Check]:
    """From the rules to the dead letters."""
    queue = queues.read(look, of.stack.outputs["QueueUrl"])
    dead = queues.read(look, of.stack.outputs["DeadLettersUrl"])
    queue_arn = queue.arn if isinstance(queue, queues.Line) else ""
    dead_arn = dead.arn if isinstance(dead, queues.Line) else ""
    patterns = dict(of.patterns())
    senders = [_arn(of.rules[name], who, look.region) for name in patterns if name in of.rules]
    live: list[Mapping[str, Any]] = []
    dark: Unclear | None = None
    for logical, physical in sorted(of.rules.items()):
        found = rules.read(look, physical)
        made = _made(of, who, look.region, logical, (queue_arn, dead_arn), patterns)
        yield Check(f"rule {logical}", rules.judge(found, made, look.region, of.again))
        if isinstance(found, Unclear):
            dark = found
        elif found and found.pattern is not None and found.on and not found.bus:
            live.append(found.pattern)
    events = list(rules.samples(of, who, look.region))
    left = dark or rules.unmatched(look, live, events)
    yield Check("creations", rules.judge_samples(left, len(events), of.again))
    yield Check("queue", queues.judge_senders(queue, senders, look.region, of.again))
    if isinstance(queue, queues.Line):
        yield Check("redrive", queues.judge_redrive(queue, dead, look.region, of.again))
    if isinstance(dead, queues.Line):
        verdict = queues.judge_senders(dead, senders, look.region, of.again)
        yield Check("queue of the dead", verdict)
        yield Check("dead letters", queues.judge_dead(dead, of.stack.name))
    function = of.stack.outputs["TakeFunction"]
    mapped = functions.read_mapping(look, function)
    verdict = functions.judge_mapping(mapped, queue_arn, function, look.region)
    yield Check("queue to take", verdict)


def _arn(physical: str, who: Identity, region: str) -> str:
    """A rule's ARN, which a rule on a bus of its own shares with that."""
    name = physical.rpartition("/")[2].replace("|", "/")
    return f"arn:{who.partition}:events:{region}:{who.account}:rule/{name}"


def _made(
    of: Deployed, who: Identity, region: str, logical: str,
    line: tuple[str, str], patterns: Mapping[str, Mapping[str, Any]],
) -> rules.Made:  # fmt: skip
    """A rule that is not for creations runs a function; the template says which."""
    if logical in patterns:
        queue, dead = line
        return rules.Made(
            pattern=patterns[logical], target=queue, target_id="queue", dead_letters=dead
        )
    id_ = of.target_id(logical)
    function = of.functions.get(id_.capitalize(), "")
    arn = f"arn:{who.partition}:lambda:{region}:{who.account}:function:{function}"
    return rules.Made(pattern=None, target=arn if function else "", target_id=id_, dead_letters="")


def _functions(asked: Asked, of: Deployed) -> Iterator[Check]:
    for logical, physical in sorted(of.functions.items()):
        found = functions.read(asked.look, physical)
        yield Check(f"function {logical}", functions.judge(found, of.again))
        if isinstance(found, functions.Function):
            made, region = of.environment(logical), asked.look.region
            verdict = functions.judge_settings(found, made, region, of.again)
            yield Check(f"settings {logical}", verdict)


def _rights(look: Look, of: Deployed, who: Identity, book: Book | StewardError) -> Iterator[Check]:
    role, mend = of.stack.outputs["TakeRoleArn"], (of.again,)
    policy = _policy(book)
    seen = rights.read(look, role, rights.looks(of.sources, policy))
    yield Check("rights to look", rights.judge(seen, TAKE, mend))
    mode = of.stack.parameters.get("Mode", "")
    if mode == Mode.ENFORCE:
        wrote = rights.read(look, role, rights.writes(of.sources, policy), policy)
        yield Check("rights to tag", rights.judge(wrote, TAKE, mend))
    else:
        yield Check("rights to tag", Fine(f"none, in mode {mode}"))
    member = of.stack.parameters.get("MemberRole")
    if member:
        there = f"arn:{who.partition}:iam::{who.account}:role/{member}"
        may = rights.read(look, role, ["sts:AssumeRole"], resource=there)
        yield Check("other accounts", rights.judge(may, TAKE, mend))


def _members(look: Look, of: Deployed) -> Verdict:
    as_ = of.stack.parameters.get("CallAs", "SELF")
    found = members.read(look, of.members, as_) if of.members else None
    return members.judge(found, look.region, of.again)


def _memory(asked: Asked, of: Deployed) -> Iterator[Check]:
    name = of.stack.outputs["TableName"]
    kept = table.read(asked.look, name)
    yield Check("table", table.judge(kept, asked.look.region, of.again))
    if isinstance(kept, table.Kept):
        pulled = brakes.read(asked.look, name, asked.now)
        yield Check("brakes", brakes.judge(pulled, name))


# --- without ---------------------------------------------------------------------------------


def _replay(asked: Asked, who: Identity) -> Iterator[Check]:
    """What a person needs who goes through records by hand."""
    history = asked.look.ask("cloudtrail", "LookupEvents", {"MaxResults": 1})
    told = unclear(history) if isinstance(history, Refusal) else Fine("can be looked up")
    yield Check("event history", told)
    book = asked.policy()
    place = book.place if isinstance(book, Book) else asked.policy_file
    yield Check("policy", rulebook.judge(book, place, asked.look.region, asked.now()))
    yield from _own_rights(asked.look, who, book)
    yield _slack(asked, "slack", asked.slack, needed=False)
    yield from _routes(asked, asked.environment.get(VARIABLE, ""), book, None)
    yield from _billing(asked.look, who, book)


def _own_rights(look: Look, who: Identity, book: Book | StewardError) -> Iterator[Check]:
    policy = _policy(book)
    principal = identity.simulated(look, who)
    if principal is None:
        why = Unclear("IAM simulates users and roles alone, and the caller is neither")
        root = Fine("the account's root may do everything")
        said = root if who.arn.endswith(":root") else why
        yield Check("rights to look", said)
        yield Check("rights to tag", said)
        return
    known = facts().rights
    seen = rights.read(look, principal, rights.looks(None, policy))
    mend = _attach(principal, known.to_look)
    yield Check("rights to look", rights.judge(seen, "the caller", mend))
    wrote = rights.read(look, principal, rights.writes(None, policy), policy)
    mend = _attach(principal, known.to_tag)
    yield Check("rights to tag", rights.judge(wrote, "the caller", mend))


def _attach(principal: str, policy: str) -> tuple[str, ...]:
    partition, resource = principal.split(":")[1], principal.split(":", 5)[5]
    kind, name = resource.partition("/")[0], resource.rpartition("/")[2]
    attach = f"aws iam attach-{kind}-policy --{kind}-name {name}"
    return (f"{attach} --policy-arn arn:{partition}:iam::aws:policy/{policy}",)


# --- in both ---------------------------------------------------------------------------------


def _slack(asked: Asked, link: str, reference: str, *, needed: bool) -> Check:
    found = slack.read(asked.look, reference, asked.dial, hello=asked.hello)
    return Check(link, slack.judge(found, reference, asked.look.region, needed=needed))


def _routes(
    asked: Asked, text: str, book: Book | StewardError, again: str | None
) -> Iterator[Check]:
    """The further channels, and those that the policy's routes name and nobody else."""
    found = slack.routes(text)
    if isinstance(found, ConfigError):
        yield Check("slack routes", failed(found, (again,) if again else ()))
        return
    for name, reference in found.items():
        yield _slack(asked, f"slack to {name}", reference, needed=False)
    named = {route.to for route in _policy(book).slack.telling.routes}
    for name in sorted(named - found.keys()):
        yield Check(f"slack to {name}", slack.missing(name, text, again))


def _billing(look: Look, who: Identity, book: Book | StewardError) -> Iterator[Check]:
    keys = tuple(dict.fromkeys(rule.key for rule in _policy(book).rules))
    yield Check("tag policy", tag_policy.judge(tag_policy.read(look), keys, who.account))
    yield Check("cost tags", cost_tags.judge(cost_tags.read(look, keys), keys))


def _policy(book: Book | StewardError) -> Policy:
    """The policy; where it cannot be read, the built-in one stands in for it."""
    return book.policy if isinstance(book, Book) else default()
