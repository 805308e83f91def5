"""Where a notice goes and whom it asks by name: pure, by the policy alone."""

from dataclasses import dataclass

from awsteward.clients.channels import DIRECT
from awsteward.tags.policy.people import Ids, Route, Telling
from awsteward.tags.tell.notice import Kind, Notice, Who


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a letter goes, and whom it asks."""

    route: str = ""
    """A channel's name; empty for the usual one. Never its URL."""
    whom: Ids = ()
    """Slack ids of persons and groups; none where the policy knows nobody to ask by name."""


NOWHERE = Address()


def address(told: Notice, manner: Telling) -> Address:
    """The address of one notice."""
    asked = whom(told, manner)
    if manner.bot and manner.bot.direct and told.asks and len(asked) == 1 and _is_person(asked[0]):
        return Address(route=f"{DIRECT}{asked[0]}", whom=asked)
    route = next((each.to for each in manner.routes if _fits(each, told)), "")
    return Address(route=route, whom=asked)


def _is_person(id_: str) -> bool:
    """Groups have ids that begin with S."""
    return id_[0] in "UW"


def whom(told: Notice, manner: Telling) -> Ids:
    """Its creator, else the creator's team, else the owner of the account."""
    known = manner.mentions
    return (
        _creator(told.who, manner)
        or known.teams.get((told.team or "").casefold(), ())
        or known.owners.get(told.account, ())
    )


def persons(who: Who, ids: Ids) -> tuple[str, ...]:
    """The names under which letters to a person are counted."""
    return ids or (f"{who.kind}:{who.name}:{who.account or ''}",)


def _creator(who: Who, manner: Telling) -> Ids:
    """By the user name, session name or e-mail address in the record; only people are asked."""
    if who.kind is not Kind.PERSON:
        return ()
    return manner.mentions.people.get(who.name.casefold(), ())


def _fits(route: Route, told: Notice) -> bool:
    return (
        route.accounts.admit(told.account)
        and route.teams.admit(told.team)
        and route.types.admit(told.type)
    )
