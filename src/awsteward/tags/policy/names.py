"""Who a creator is by the policy's own lists of names, and which team that makes.

CloudTrail cannot tell a person from a machine by an IAM user's name; whoever wrote the policy can.
"""

import hashlib
import hmac
from functools import lru_cache
from typing import assert_never

from awsteward.tags.model.creator import Creator, Machine, Nobody, Person, Root, Service
from awsteward.tags.policy.model import Policy, Pseudonyms, Team

PSEUDONYM_DIGITS = 16


def recast(creator: Creator, policy: Policy) -> Creator:
    """*creator* as a person or a machine where the policy lists the name; machines win."""
    listed = policy.machines.texts or policy.people.texts
    if not listed or not isinstance(creator, Person | Machine):
        return creator
    kind = type(creator)
    if policy.machines.lists(creator.name):
        kind = Machine
    elif policy.people.lists(creator.name):
        kind = Person
    if isinstance(creator, kind):
        return creator
    return kind(name=creator.name, arn=creator.arn, via=creator.via, role=creator.role)


def names(creator: Creator) -> tuple[str, ...]:
    """Every word that is known of *creator*, as the record spells it."""
    match creator:
        case Person() | Machine() | Service():
            known = (creator.name, creator.arn, creator.via, creator.role)
        case Root(account=account, arn=arn):
            known = (account, arn, None, None)
        case Nobody(why):
            known = (why, None, None, None)
        case _:
            assert_never(creator)
    return tuple(word for word in known if word)


def teams_of(creator: Creator, account: str, policy: Policy) -> tuple[Team, ...]:
    """The teams that *creator* belongs to: by name, else by role, else by the account.

    More than one means that the policy does not say which; nobody should then choose.
    """
    person = creator.name if isinstance(creator, Person) else None
    roles = _roles(creator)
    return (
        tuple(team for team in policy.teams if team.people.lists(person))
        or tuple(team for team in policy.teams if any(map(team.roles.lists, roles)))
        or tuple(team for team in policy.teams if team.accounts.lists(account))
    )


def team_name(creator: Creator, account: str, policy: Policy) -> str | None:
    """The one team that *creator* belongs to, if it is one."""
    teams = teams_of(recast(creator, policy), account, policy)
    return teams[0].name if len(teams) == 1 else None


@lru_cache(maxsize=4096)
def pseudonym(name: str, pseudonyms: Pseudonyms) -> str | None:
    """The stable stand-in for a person's name; None without the secret it is made with."""
    if pseudonyms.secret is None:
        return None
    digest = hmac.new(pseudonyms.secret, name.encode("utf-8", "surrogatepass"), hashlib.sha256)
    return f"p-{digest.hexdigest()[:PSEUDONYM_DIGITS]}"


def _roles(creator: Creator) -> tuple[str, ...]:
    """The ARN and the bare name of the creator's role; never a session's name, which it chooses."""
    if not isinstance(creator, Person | Machine):
        return ()
    arn = creator.role or creator.arn or ""
    if ":role/" in arn:
        return (arn, arn.rpartition("/")[2])
    start, found, session = arn.partition(":assumed-role/")
    role = session.partition("/")[0]
    return (f"{start}{found}{role}", role) if role else ()
