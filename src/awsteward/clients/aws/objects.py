"""Buckets as an archive reads them: keys in order, bodies piece by piece. It never writes.

boto3 is imported when the first bucket is opened, so reading files never pays for it.
"""

from collections.abc import Iterator
from typing import Any

from awsteward.clients.aws.refusals import SETTINGS, Refusal, given
from awsteward.core.errors import ConfigError, RemoteError

_PIECE = 1 << 16


class Buckets:
    """`clients.archive.Objects` by S3, with the user's own AWS settings."""

    def __init__(self, session: Any = None, page: int = 1000) -> None:  # noqa: ANN401  a boto3.Session, not imported here
        """Nothing is opened before the first bucket is."""
        self._session = session
        self._page = page
        self._s3: Any = None

    def keys(self, bucket: str, prefix: str) -> Iterator[str]:
        """Every key that begins with *prefix*, in S3's own (alphabetical) order."""
        more: dict[str, Any] = {"MaxKeys": self._page}
        while True:
            page = self._call("list_objects_v2", Bucket=bucket, Prefix=prefix, **more)
            yield from (entry["Key"] for entry in page.get("Contents", ()))
            if not page.get("IsTruncated"):
                return
            more["ContinuationToken"] = page["NextContinuationToken"]

    def read(self, bucket: str, key: str) -> Iterator[bytes]:
        """The object's bytes, piece by piece."""
        from botocore.exceptions import (  # noqa: PLC0415  see the module's docstring
            HTTPClientError,
            IncompleteReadError,
        )

        body = self._call("get_object", Bucket=bucket, Key=key)["Body"]
        try:
            yield from body.iter_chunks(_PIECE)
        except (HTTPClientError, IncompleteReadError) as error:
            raise RemoteError(f"s3://{bucket}/{key}: reading stopped: {error}") from error

    def _call(self, operation: str, **params: Any) -> Any:  # noqa: ANN401  plain mappings
        from botocore.exceptions import (  # noqa: PLC0415  see the module's docstring
            BotoCoreError,
            ClientError,
            ConnectionError,  # noqa: A004  botocore's own: an endpoint that does not answer
            HTTPClientError,
        )
        from botocore.parsers import ResponseParserError  # noqa: PLC0415

        try:
            return getattr(self._client(), operation)(**params)
        except ClientError as error:
            said = error.response.get("Error", {})
            where = f"s3://{params['Bucket']}/{params.get('Key', params.get('Prefix', ''))}"
            refusal = Refusal(
                code=said.get("Code") or "Unknown", message=f"{where}: {said.get('Message') or ''}"
            )
            if refusal.code == "NoSuchBucket":
                raise ConfigError(f"{where}: no such bucket") from error
            return given(refusal)
        except (HTTPClientError, ConnectionError) as error:
            raise RemoteError(f"S3 cannot be reached: {error}") from error
        except ResponseParserError as error:
            why = str(error).partition("\n")[0]
            raise RemoteError(f"S3's answer cannot be read: {why}") from error
        except BotoCoreError as error:
            raise ConfigError(f"{SETTINGS}: {error}") from error

    def _client(self) -> Any:  # noqa: ANN401  boto3's classes are made at run time
        if self._s3 is None:
            import boto3  # noqa: PLC0415  see the module's docstring

            self._s3 = (self._session or boto3.Session()).client("s3")
        return self._s3
