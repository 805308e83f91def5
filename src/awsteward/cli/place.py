"""Where this command runs: its policy and its ledger."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from awsteward.clients.archive import Archive, Objects
from awsteward.core.errors import ConfigError
from awsteward.tags.policy.model import Policy, with_environment

POLICY_NAME = "awsteward.yaml"
TABLE = "dynamodb:"


@dataclass(frozen=True, slots=True)
class InFile:
    """SQLite's file."""

    path: Path


@dataclass(frozen=True, slots=True)
class InTable:
    """DynamoDB's table of that name, in the region that the AWS settings name."""

    name: str


Books = InFile | InTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The settings that files give."""

    policy: Policy
    ledger: Books


def place(policy: Path | None, ledger: str | None = None) -> Place:
    """The named policy, else the nearest upward, else the default; the ledger lies beside it."""
    file = policy or nearest(Path.cwd())
    home = file.parent if file else Path.cwd()
    return Place(policy=_policy(file), ledger=_books(ledger, home))


def books(ledger: str | None) -> Books:
    """Where the ledger lies, whatever the policy says: a broken one must not hold up `stop`."""
    file = nearest(Path.cwd())
    return _books(ledger, file.parent if file else Path.cwd())


def archive() -> Archive:
    """Files, standard input and buckets, with the user's own AWS settings."""
    return Archive(_stdin, _buckets)


def _stdin() -> BinaryIO:
    """Standard input by its number: in a forked worker `sys.stdin` is closed."""
    return open(0, "rb", closefd=False)


def _buckets() -> Objects:
    from awsteward.clients.aws.objects import Buckets

    return Buckets()


def text_of(file: Path) -> str:
    """The text of a file that the user named; ConfigError where it cannot be read."""
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not UTF-8 text (byte {error.start})") from error


def nearest(folder: Path) -> Path | None:
    """The first `awsteward.yaml` in *folder* or above it."""
    candidates = (above / POLICY_NAME for above in (folder, *folder.parents))
    return next((file for file in candidates if file.is_file()), None)


def _books(named: str | None, home: Path) -> Books:
    """What ``--ledger`` names; else the file beside the policy, in the folder *home*."""
    if named is None:
        return InFile(home / ".awsteward" / "ledger.db")
    scheme, found, name = named.partition(TABLE)
    return InTable(name) if found and not scheme else InFile(Path(named))


def _policy(file: Path | None) -> Policy:
    if file is None:
        from awsteward.tags.policy.default import default

        return default()
    from awsteward.tags.policy.parse import parse

    return with_environment(parse(text_of(file), str(file)), os.environ)
