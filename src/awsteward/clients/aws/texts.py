"""A text that lies elsewhere: in a parameter, an object or a file, by reference.

For what is no secret (the policy of a guard on duty); `clients.secret` is for what is one.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from awsteward.clients.aws.door import Aws
from awsteward.clients.aws.objects import Buckets
from awsteward.clients.aws.refusals import Answer, Cause, Refusal, given
from awsteward.core.errors import ConfigError

WAYS: Final = "ssm:/NAME, s3://BUCKET/KEY or file:PATH"
LONGEST = 1 << 20
"""Bytes; a policy is a few thousand."""


def text(reference: str, door: Aws, region: str) -> str:
    """What lies at *reference*; ConfigError where nothing does, or no text."""
    try:
        return _held(reference, door, region).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{reference} is not UTF-8 text (byte {error.start})") from error


def _held(reference: str, door: Aws, region: str) -> bytes:
    scheme, _, rest = reference.partition(":")
    match scheme:
        case "ssm":
            asked = {"Name": rest, "WithDecryption": True}
            answer = door.call("", region, "ssm", "GetParameter", asked)
            return str(_found(answer, reference)["Parameter"]["Value"]).encode()
        case "s3" if rest.startswith("//") and "/" in rest[2:]:
            bucket, _, key = rest[2:].partition("/")
            return _short(b"".join(_pieces(Buckets().read(bucket, key))), reference)
        case "file":
            return _short(_from_file(rest), reference)
        case _:
            raise ConfigError(f"{reference!r} is not {WAYS}")


def _from_file(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return file.read(LONGEST + 1)
    except OSError as error:
        raise ConfigError(f"cannot read file:{name}: {error.strerror}") from error


def _pieces(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The first of them, a little more than is allowed: the rest is not fetched."""
    size = 0
    while size <= LONGEST and (piece := next(pieces, b"")):
        size += len(piece)
        yield piece


def _short(held: bytes, reference: str) -> bytes:
    if len(held) > LONGEST:
        raise ConfigError(f"{reference} is longer than {LONGEST:,} bytes; is it the right one?")
    return held


def _found(answer: Answer, reference: str) -> Mapping[str, Any]:
    if isinstance(answer, Refusal):
        if answer.cause is Cause.ABSENT:
            raise ConfigError(f"{reference} does not exist in this account and region")
        return given(Refusal(code=answer.code, message=f"{reference}: {answer.message}"))
    return answer
