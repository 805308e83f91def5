"""Which ledger a command works with: a file of this machine, or the table of a guard on AWS."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from awsteward.cli.clock import CLOCK
from awsteward.cli.place import TABLE, Books, InFile, InTable
from awsteward.clients.aws.door import Aws
from awsteward.clients.ledger import Ledger
from awsteward.clients.sqlite_ledger import SqliteLedger
from awsteward.core.errors import ConfigError


@contextmanager
def opened(where: Books, door: Aws) -> Iterator[Ledger]:
    """The ledger; a file is made where there is none yet."""
    match where:
        case InFile(path):
            with SqliteLedger.open(path) as ledger:
                yield ledger
        case InTable(name):
            from awsteward.clients.aws.table import DynamoLedger

            yield DynamoLedger(door, name, region(), CLOCK.now)


def existing(where: Books) -> Books:
    """*where*, for what is only read there; ConfigError where there is no such file."""
    if isinstance(where, InFile) and not where.path.exists():
        raise ConfigError(
            f"there is no ledger at {where.path}; run this where `tags replay` wrote or posted, "
            f"or name the ledger with --ledger (a file, or {TABLE}TABLE)"
        )
    return where


def region() -> str:
    """The region that the AWS settings name; ConfigError where they name none."""
    found = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not found:
        raise ConfigError("name a region: set AWS_REGION")
    return found
