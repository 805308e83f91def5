"""The one narrow door to AWS: any operation of any service, in any account we may enter.

It carries and translates. What to call, whether to try again, and what an answer means is decided
elsewhere. boto3 is imported when the first call is made, so a dry run never pays for it.
"""

import functools
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from awsteward.clients.aws.refusals import SETTINGS, Answer, Refusal
from awsteward.core.errors import ConfigError

_SETTINGS = (
    *("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"),
    *("ProfileNotFound", "ConfigNotFound", "ConfigParseError", "NoRegionError"),
    *("InvalidRegionError", "SSOError", "SSOTokenLoadError", "UnauthorizedSSOTokenError"),
    *("TokenRetrievalError", "NoAuthTokenError", "LoginTokenLoadError", "InvalidConfigError"),
)
"""botocore's exceptions that the user's own AWS settings cause."""


class _Exceptions(NamedTuple):
    """What botocore raises, imported once and late."""

    client: Any
    core: Any
    unknown: Any
    unread: Any


class Aws(Protocol):
    """AWS, as every other part of the guard sees it."""

    def call(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        """Carry out one operation; *service* and *operation* are botocore's names.

        An empty *account* is the one that the AWS settings lead to.
        """
        ...


class Boto:
    """AWS through boto3, with the user's own settings and, for other accounts, a role there."""

    def __init__(self, *, role: str | None = None, session: Any = None) -> None:  # noqa: ANN401 - a boto3.Session, not imported here on purpose
        """Name the *role* to assume in other accounts; nothing is opened before the first call."""
        self._role = role
        self._session = session
        self._own: tuple[str, str] | None = None
        self._sessions: dict[str, Any] = {}
        self._clients: dict[tuple[str, str, str], Any] = {}

    def call(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        """Carry out one operation in *account*; only broken AWS settings raise."""
        of = _exceptions()
        try:
            session = self._session_for(account, region)
            if isinstance(session, Refusal):
                return session
            client = self._client(session, account, region, service)
            if isinstance(client, Refusal):
                return client
            answer: Mapping[str, Any] = client._make_api_call(operation, dict(params))  # noqa: SLF001 - by model name; the public methods only respell it
        except of.client as error:
            said = error.response.get("Error", {})
            return Refusal(code=said.get("Code") or "Unknown", message=said.get("Message") or "")
        except of.core as error:
            if type(error).__name__ in _SETTINGS:
                raise ConfigError(f"{SETTINGS}: {error}") from error
            return Refusal(code=type(error).__name__, message=str(error))
        except of.unknown as error:
            return Refusal(
                code="UnknownOperation", message=f"this botocore lacks {service} {error}"
            )
        except (of.unread, ValueError, TypeError, AttributeError, KeyError) as error:
            # Not AWS's answer but, say, a proxy's: botocore takes its shape for granted.
            why = str(error).partition("\n")[0]
            return Refusal(code="UnreadableAnswer", message=f"{type(error).__name__}: {why}")
        return answer

    def _client(self, session: Any, account: str, region: str, service: str) -> Any:  # noqa: ANN401 - boto3's classes are made at run time
        key = (account, region, service)
        if key not in self._clients:
            try:
                self._clients[key] = session.client(
                    service, region_name=region, config=_config(tries=1)
                )
            except ValueError as error:  # of a region, botocore's InvalidRegionError among them
                return Refusal(code="InvalidRegionError", message=f"{region!r}: {error}")
        return self._clients[key]

    def _session_for(self, account: str, region: str) -> Any:  # noqa: ANN401 - a boto3.Session
        own, partition = self._identity(region)
        if account in ("", own):
            return self._session
        if not self._role:
            return Refusal(
                code="NoRoleInAccount",
                message=f"the AWS settings lead to account {own}, not to {account}; "
                "name a role to assume in other accounts with --role",
            )
        if account not in self._sessions:
            arn = f"arn:{partition}:iam::{account}:role/{self._role}"
            self._sessions[account] = _assumed(self._session, arn, _home(self._session, region))
        return self._sessions[account]

    def _identity(self, region: str) -> tuple[str, str]:
        """Our own account and partition, asked for once."""
        if self._own is None:
            import boto3  # noqa: PLC0415 - see the module's docstring

            self._session = self._session or boto3.Session()
            home = _home(self._session, region)
            try:
                sts = self._session.client("sts", region_name=home, config=_config(tries=3))
            except ValueError as error:  # here the region and the endpoint are the user's own
                raise ConfigError(f"{SETTINGS}: {error}") from error
            arn = sts.get_caller_identity()["Arn"].split(":")
            self._own = (arn[4], arn[1])
        return self._own


@functools.cache
def _exceptions() -> _Exceptions:
    from botocore.exceptions import (  # noqa: PLC0415 - see the module's docstring
        BotoCoreError,
        ClientError,
    )
    from botocore.model import OperationNotFoundError  # noqa: PLC0415
    from botocore.parsers import ResponseParserError  # noqa: PLC0415

    return _Exceptions(ClientError, BotoCoreError, OperationNotFoundError, ResponseParserError)


def _home(session: Any, region: str) -> str:  # noqa: ANN401 - a boto3.Session
    """Where to ask who we are: the settings say, else the main region of *region*'s partition.

    Never *region* itself: it comes from a record, and one bad record must not stop the others.
    """
    if session.region_name:
        return str(session.region_name)
    from botocore.loaders import create_loader  # noqa: PLC0415 - see the module's docstring

    partitions = create_loader().load_data("partitions")["partitions"]
    fits = (each for each in partitions if re.fullmatch(each["regionRegex"], region))
    return str(next(fits, partitions[0])["outputs"]["implicitGlobalRegion"])


def _assumed(session: Any, role_arn: str, region: str) -> Any:  # noqa: ANN401 - a boto3.Session from another
    """A session in another account whose credentials renew themselves."""
    import boto3  # noqa: PLC0415 - see the module's docstring
    import botocore.session  # noqa: PLC0415
    from botocore.credentials import (  # noqa: PLC0415
        AssumeRoleCredentialFetcher,
        DeferredRefreshableCredentials,
    )

    fetcher = AssumeRoleCredentialFetcher(
        functools.partial(session.client, region_name=region),
        session.get_credentials(),
        role_arn,
        extra_args={"RoleSessionName": "awsteward"},
    )
    inner = botocore.session.Session()
    inner._credentials = DeferredRefreshableCredentials(  # type: ignore[attr-defined]  # noqa: SLF001 - botocore has no public way to give renewing credentials
        fetcher.fetch_credentials, "assume-role"
    )
    return boto3.Session(botocore_session=inner)


def _config(tries: int) -> Any:  # noqa: ANN401 - botocore's, not imported at the top on purpose
    """More than one try only for what is no caller's: callers read again before they write."""
    from botocore.config import Config  # noqa: PLC0415 - see the module's docstring

    return Config(
        retries={"mode": "standard", "total_max_attempts": tries},
        connect_timeout=5,
        read_timeout=60,
        user_agent_extra="awsteward",
    )
