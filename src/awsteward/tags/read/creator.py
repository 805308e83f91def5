"""Who made a call, from a record's `userIdentity`: a person, a machine, a service, root, nobody.

What tells software from people by name is data (`data/creators.toml`). Which team somebody
belongs to, and what the policy says of a name, is not asked here.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import msgspec

from awsteward.tags.model.arn import Arn
from awsteward.tags.model.creator import Creator, Machine, Nobody, Person, Root, Service
from awsteward.tags.read.record import Record

_LONGEST_NAME = 256
_REMEMBERED = 20_000
LONGEST_REMEMBERED = 2048
"""Bytes of a `userIdentity`; a longer one is read anew each time, so that no cache fills memory."""
_SSO_ROLE = re.compile(r"AWSReservedSSO_(?P<permissions>.+)_[0-9a-f]{16}")
_SERVICE_ROLE_PATH = re.compile(r":role/aws-service-role/(?P<service>[^/]+)/")
_ONLY_THE_CONSOLE = frozenset({"signin.amazonaws.com", "AWS Internal"})
"""Values of `invokedBy` that name no service acting for the caller."""


class _Issuer(msgspec.Struct, frozen=True, rename="camel"):
    arn: str | None = None
    user_name: str | None = None


class _Federation(msgspec.Struct, frozen=True, rename="camel"):
    federated_provider: str | None = None


class _Context(msgspec.Struct, frozen=True, rename="camel"):
    session_issuer: _Issuer | None = None
    web_id_federation_data: _Federation | None = None
    source_identity: str | None = None


class _Behalf(msgspec.Struct, frozen=True, rename="camel"):
    user_id: str | None = None


class Identity(msgspec.Struct, frozen=True, rename="camel"):
    """A record's `userIdentity`, as far as it says who somebody is."""

    type: str | None = None
    principal_id: str | None = None
    arn: str | None = None
    account_id: str | None = None
    user_name: str | None = None
    invoked_by: str | None = None
    identity_provider: str | None = None
    session_context: _Context | None = None
    on_behalf_of: _Behalf | None = None

    @property
    def context(self) -> _Context:
        """The session's context, empty where there is none."""
        return self.session_context or _Context()

    @property
    def issuer(self) -> _Issuer:
        """The role or user that the session's credentials came from."""
        return self.context.session_issuer or _Issuer()

    @property
    def through(self) -> str | None:
        """The service that made the call for the caller."""
        return None if self.invoked_by in _ONLY_THE_CONSOLE else self.invoked_by or None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    """An assumed role's parts."""

    name: str | None
    role: str | None
    role_arn: Arn | None


@dataclass(frozen=True, slots=True)
class _Names:
    """Patterns of one kind, each with the row it stands in."""

    rows: tuple[tuple[re.Pattern[str], Mapping[str, str]], ...]

    def row(self, name: str | None) -> Mapping[str, str] | None:
        """The first row that *name* matches."""
        if not name or len(name) > _LONGEST_NAME:
            return None
        return next((row for pattern, row in self.rows if pattern.fullmatch(name)), None)


def _names(rows: list[dict[str, str]]) -> _Names:
    return _Names(tuple((re.compile(row["pattern"], re.IGNORECASE), row) for row in rows))


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files(__package__) / "data" / name).read_text("utf-8"))


_KNOWN = {kind: _names(rows) for kind, rows in _table("creators.toml").items()}
_identity = msgspec.json.Decoder(Identity | None)


def creator(record: Record) -> Creator:
    """Who made the call that *record* tells of."""
    raw = bytes(record.user_identity)
    find = _creator if len(raw) <= LONGEST_REMEMBERED else _creator.__wrapped__
    return find(raw, in_aws(record.user_agent))


def in_aws(agent: str | None) -> bool:
    """Whether the user agent says that software running in AWS made the call."""
    return agent is not None and len(agent) <= _LONGEST_NAME and _in_aws(agent)


@lru_cache(maxsize=4096)
def _in_aws(agent: str) -> bool:
    return _KNOWN["agent"].row(agent) is not None


@lru_cache(maxsize=_REMEMBERED)
def _creator(raw: bytes, by_software: bool) -> Creator:  # noqa: FBT001  a key of the cache
    try:
        identity = _identity.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Nobody(f"its userIdentity cannot be read: {error}")
    if identity is None or identity == Identity():
        return Nobody("the record has no userIdentity")
    kind = identity.type or _type_by_arn(identity.arn)
    if kind == "AssumedRole":
        return _of_role(identity, by_software=by_software)
    read = _BY_TYPE.get(kind or "")
    if read is None and identity.on_behalf_of is not None:
        read = _of_identity_center
    if read is None:
        read = _of_unknown
    return read(identity)


def _type_by_arn(arn: str | None) -> str | None:
    """Old and cut records give an ARN only."""
    kind = (arn or "").rpartition(":")[2].partition("/")[0]
    by_kind = {
        "user": "IAMUser", "assumed-role": "AssumedRole", "role": "Role",
        "federated-user": "FederatedUser", "root": "Root",
    }  # fmt: skip
    return by_kind.get(kind)


# --- roles -----------------------------------------------------------------------------------


def _of_role(identity: Identity, *, by_software: bool) -> Creator:
    """From what proves most to what proves least."""
    session = _session(identity)
    service = _SERVICE_ROLE_PATH.search(session.role_arn or "")
    if service or (session.role or "").startswith("AWSServiceRoleFor"):
        name = service["service"] if service else session.name or "an AWS service"
        return _service(name, identity, session)
    if source := identity.context.source_identity:
        return _person_or_machine(_looks_automatic(source), source, identity, session)
    if permissions := _SSO_ROLE.fullmatch(session.role or ""):
        return _person(session.name, identity, session, via=permissions["permissions"])
    federation = identity.context.web_id_federation_data or _Federation()
    if _vouches_for_software(federation.federated_provider, session.name):
        return _machine(session.role or session.name, identity, session)
    if row := _KNOWN["service"].row(session.name):
        return _service(row["service"], identity, session)
    if row := _KNOWN["session"].row(session.name):
        named = session.name if row["name"] == "session" else session.role
        return _machine(named, identity, session)
    if identity.on_behalf_of and identity.on_behalf_of.user_id:
        return _person(identity.on_behalf_of.user_id, identity, session, via=session.role)
    if not session.name:
        return _machine(session.role, identity, session)
    automatic = by_software or _is_software_role(session) or _names_machine(session.name)
    return _person_or_machine(automatic, session.name, identity, session)


def _session(identity: Identity) -> _Session:
    """Role and session name: ``…:assumed-role/role/session``, else ``AROA…:session``."""
    parts = (identity.arn or "").partition(":assumed-role/")[2].split("/", 1)
    session = parts[1] if len(parts) > 1 else (identity.principal_id or "").partition(":")[2]
    role_arn = identity.issuer.arn
    if role_arn and ":role/" not in role_arn:
        role_arn = None
    role = role_arn.rpartition("/")[2] if role_arn else parts[0] or identity.issuer.user_name
    return _Session(
        name=session or None, role=role or None, role_arn=Arn(role_arn) if role_arn else None
    )


def _is_software_role(session: _Session) -> bool:
    """A role that AWS or its name reserves for software; delivery roles lend themselves to people.

    An e-mail address proves nothing against the former: whoever assumes a role chooses it.
    """
    if ":role/service-role/" in (session.role_arn or ""):
        return True
    if _KNOWN["role"].row(session.role) is not None:
        return True
    return not _is_address(session.name) and _KNOWN["delivery_role"].row(session.role) is not None


def _vouches_for_software(provider: str | None, name: str | None) -> bool:
    """Whether a web identity provider (its URL, or its ARN) gave its token to software.

    Companies run issuers of their own for clusters and CI; only a known one signs people in.
    """
    if not provider:
        return False
    issuer = provider.rpartition(":oidc-provider/")[2].removeprefix("https://")
    if _KNOWN["provider"].row(issuer) is not None:
        return True
    return not _is_address(name) and _KNOWN["people_provider"].row(issuer) is None


def _looks_automatic(name: str) -> bool:
    return _KNOWN["session"].row(name) is not None or _names_machine(name)


def _names_machine(name: str) -> bool:
    """Whether a user's name is a machine's; of an e-mail address its local part tells."""
    return _KNOWN["user"].row(name.strip("@").partition("@")[0]) is not None


def _is_address(name: str | None) -> bool:
    """Whether *name* is like an e-mail address, with something before and behind the sign."""
    before, _, behind = (name or "").partition("@")
    return bool(before and behind)


def _person_or_machine(
    automatic: bool,  # noqa: FBT001  decided by the caller, not chosen
    name: str,
    identity: Identity,
    session: _Session,
) -> Person | Machine:
    make = _machine if automatic else _person
    return make(name, identity, session)


def _person(
    name: str | None, identity: Identity, session: _Session, via: str | None = None
) -> Person:
    return Person(
        name=name or identity.principal_id or "?",
        arn=identity.arn,
        via=_via(via or session.role, identity),
        role=session.role_arn,
    )


def _machine(name: str | None, identity: Identity, session: _Session) -> Machine:
    return Machine(
        name=name or identity.principal_id or "?",
        arn=identity.arn,
        via=_via(session.role, identity),
        role=session.role_arn,
    )


def _service(name: str, identity: Identity, session: _Session) -> Service:
    return Service(name=name, arn=identity.arn, via=session.role, role=session.role_arn)


def _via(role: str | None, identity: Identity) -> str | None:
    """What somebody acted through; a service that acted for them comes last."""
    return ", ".join(part for part in (role, identity.through) if part) or None


# --- everybody else --------------------------------------------------------------------------


def _of_user(identity: Identity) -> Creator:
    after = (identity.arn or "").partition(":user/")[2]
    name = identity.user_name or after.rpartition("/")[2]
    if not name:
        return Nobody("its userIdentity is an IAM user without a name")
    make = Machine if _names_machine(name) else Person
    role = Arn(identity.arn) if identity.arn and after else None
    return make(name=name, arn=identity.arn, via=identity.through, role=role)


def _of_federated_user(identity: Identity) -> Creator:
    """Somebody with a token that an IAM user asked for (`GetFederationToken`)."""
    after = (identity.arn or "").partition(":federated-user/")[2]
    name = after or (identity.principal_id or "").partition(":")[2] or identity.user_name
    if not name:
        return Nobody("its userIdentity is a federated user without a name")
    issuer = identity.issuer.arn or ""
    make = Machine if _looks_automatic(name) else Person
    via = _via(issuer.rpartition("/")[2] or identity.issuer.user_name, identity)
    return make(name=name, arn=identity.arn, via=via, role=Arn(issuer) if issuer else None)


def _of_external(identity: Identity) -> Creator:
    """Somebody an identity provider vouches for while a role is being assumed."""
    provider = identity.identity_provider
    name = identity.user_name or (identity.principal_id or "").rpartition(":")[2]
    if not name:
        return Nobody("its userIdentity names an identity provider but nobody there")
    by_token = identity.type == "WebIdentityUser" and _vouches_for_software(provider, name)
    automatic = by_token or _looks_automatic(name)
    make = Machine if automatic else Person
    return make(name=name, arn=identity.arn, via=_via(provider, identity))


def _of_identity_center(identity: Identity) -> Creator:
    behalf = identity.on_behalf_of
    name = (behalf.user_id if behalf else None) or identity.user_name
    if not name:
        return Nobody("its userIdentity is an Identity Center user without an id")
    return Person(name=name, arn=identity.arn, via=_via("IAM Identity Center", identity))


def _of_root(identity: Identity) -> Creator:
    arn = (identity.arn or "").split(":")
    account = identity.account_id or (arn[4] if len(arn) > 4 else "") or identity.principal_id  # noqa: PLR2004  the account's place in an ARN
    return Root(account=account or "?", arn=identity.arn)


def _of_service(identity: Identity) -> Creator:
    name = identity.invoked_by or identity.principal_id or identity.user_name
    return Service(name=name or "an AWS service", arn=identity.arn, via=None)


def _of_other_account(identity: Identity) -> Creator:
    """A caller from another account: CloudTrail tells its name only over there."""
    session = (identity.principal_id or "").partition(":")[2]
    if not session:
        return Nobody(f"account {identity.account_id or '?'} made the call and keeps the name")
    make = Machine if _looks_automatic(session) or not _is_address(session) else Person
    return make(
        name=session, arn=identity.arn, via=_via(f"account {identity.account_id}", identity)
    )


def _of_bare_role(identity: Identity) -> Creator:
    role = (identity.arn or "").rpartition("/")[2] or identity.user_name
    if not role:
        return Nobody("its userIdentity is a role without a name")
    return Machine(
        name=role,
        arn=identity.arn,
        via=identity.through,
        role=Arn(identity.arn) if identity.arn else None,
    )


def _of_unknown(identity: Identity) -> Creator:
    if identity.user_name:
        make = Machine if _looks_automatic(identity.user_name) else Person
        return make(name=identity.user_name, arn=identity.arn, via=_via(None, identity))
    if identity.invoked_by and identity.through:
        return Service(name=identity.invoked_by, arn=identity.arn, via=None)
    return Nobody(f"its userIdentity (type {identity.type or 'missing'}) names nobody")


_BY_TYPE: Mapping[str, Callable[[Identity], Creator]] = {
    "IAMUser": _of_user,
    "FederatedUser": _of_federated_user,
    "SAMLUser": _of_external,
    "WebIdentityUser": _of_external,
    "IdentityCenterUser": _of_identity_center,
    "Root": _of_root,
    "AWSService": _of_service,
    "AWSAccount": _of_other_account,
    "Role": _of_bare_role,
}
