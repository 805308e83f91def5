"""The callers of the demo: `cast.toml` as the identities that CloudTrail would record."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from awsteward.demo.recorder.principal import Principal
from awsteward.demo.recorder.values import Json
from awsteward.demo.stage import ACCOUNT

_SINCE = "2026-01-05T08:00:00Z"  # when the sessions began; nothing depends on it


def cast() -> dict[str, Principal]:
    """Give every caller by the name the story uses."""
    return {name: principal(entry) for name, entry in _entries().items()}


def about() -> dict[str, str]:
    """Say who each caller is, in words."""
    return {name: entry["about"] for name, entry in _entries().items()}


@cache
def _entries() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((files(__package__) / "cast.toml").read_text(encoding="utf-8"))


def principal(entry: Mapping[str, str]) -> Principal:
    """Give the caller that this entry of the cast describes."""
    return Principal(identity=_identity(entry), user_agent=entry["agent"], address=entry["address"])


def _identity(entry: Mapping[str, str]) -> dict[str, Json]:
    match entry["kind"]:
        case "user":
            return _user(entry)
        case "root":
            return _root()
        case "oidc":
            return _session(entry, "ASIAQEXAMPLEOIDC0000", _federation(entry))
        case "service":
            return _session(entry, None, {}) | {"invokedBy": entry["service"]}
        case _:
            return _session(entry, "ASIAQEXAMPLEROLE0000", {})


def _user(entry: Mapping[str, str]) -> dict[str, Json]:
    return {
        "type": "IAMUser",
        "principalId": "AIDAQEXAMPLEUSER0000",
        "arn": f"arn:aws:iam::{ACCOUNT}:user/{entry['name']}",
        "accountId": ACCOUNT,
        "accessKeyId": "AKIAQEXAMPLEUSER0000",
        "userName": entry["name"],
    }


def _root() -> dict[str, Json]:
    return {
        "type": "Root",
        "principalId": ACCOUNT,
        "arn": f"arn:aws:iam::{ACCOUNT}:root",
        "accountId": ACCOUNT,
        "accessKeyId": "ASIAQEXAMPLEROOT0000",
        "sessionContext": {"attributes": {"creationDate": _SINCE, "mfaAuthenticated": "true"}},
    }


def _session(
    entry: Mapping[str, str], key: str | None, federation: dict[str, Json]
) -> dict[str, Json]:
    context: dict[str, Json] = {
        "sessionIssuer": {
            "type": "Role",
            "principalId": "AROAQEXAMPLEROLE0000",
            "arn": f"arn:aws:iam::{ACCOUNT}:role/{_path(entry)}{entry['role']}",
            "accountId": ACCOUNT,
            "userName": entry["role"],
        },
        "webIdFederationData": federation,
        "attributes": {"creationDate": _SINCE, "mfaAuthenticated": "false"},
    }
    if "source_identity" in entry:
        context["sourceIdentity"] = entry["source_identity"]
    return {
        "type": "AssumedRole",
        "principalId": f"AROAQEXAMPLEROLE0000:{entry['name']}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{entry['role']}/{entry['name']}",
        "accountId": ACCOUNT,
        **({"accessKeyId": key} if key else {}),
        "sessionContext": context,
    }


def _path(entry: Mapping[str, str]) -> str:
    """Give the path AWS puts its own roles under."""
    match entry["kind"]:
        case "sso":
            return "aws-reserved/sso.amazonaws.com/eu-west-1/"
        case "service":
            return f"aws-service-role/{entry['service']}/"
        case _:
            return ""


def _federation(entry: Mapping[str, str]) -> dict[str, Json]:
    host = entry["provider"]
    return {
        "federatedProvider": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{host}",
        "attributes": {f"{host}:aud": "sts.amazonaws.com", f"{host}:sub": entry["subject"]},
    }
