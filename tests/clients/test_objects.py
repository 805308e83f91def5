import gzip
import io
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from awsteward.clients.archive import Archive
from awsteward.clients.aws.objects import Buckets
from awsteward.core.errors import ConfigError


@pytest.fixture
def session() -> Iterator[boto3.Session]:
    with mock_aws():
        yield boto3.Session("key", "secret", region_name="eu-west-1")


def bucket(session: boto3.Session, **objects: bytes) -> Any:
    s3 = session.client("s3")
    s3.create_bucket(Bucket="trail", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for key, body in objects.items():
        s3.put_object(Bucket="trail", Key=key, Body=body)
    return s3


def test_a_bucket_is_read_like_a_folder(session: boto3.Session) -> None:
    bucket(session, **{"a/2": b"two", "a/1.gz": gzip.compress(b"one"), "b/3": b"three"})
    archive = Archive(io.BytesIO, lambda: Buckets(session))

    found = {name: b"".join(archive.chunks(name)) for name in archive.sources(["s3://trail/a/"])}  # type: ignore[arg-type]  # nothing is damaged here

    assert found == {"s3://trail/a/1.gz": b"one", "s3://trail/a/2": b"two"}
    assert list(found) == ["s3://trail/a/1.gz", "s3://trail/a/2"]


def test_a_bucket_that_is_not_there_is_named(session: boto3.Session) -> None:
    with pytest.raises(ConfigError, match=r"s3://trail/a: no such bucket"):
        list(Buckets(session).keys("trail", "a"))


def test_more_keys_than_fit_one_answer_are_all_found(session: boto3.Session) -> None:
    bucket(session, **dict.fromkeys(("k3", "k1", "k2", "k5", "k4"), b""))

    assert list(Buckets(session, page=2).keys("trail", "k")) == ["k1", "k2", "k3", "k4", "k5"]


def test_without_a_bucket_boto3_is_never_imported() -> None:
    code = (
        "import sys, awsteward.clients.archive, awsteward.clients.aws.objects as door;"
        "door.Buckets(); sys.exit('boto3' in sys.modules or 'botocore' in sys.modules)"
    )

    ended = subprocess.run([sys.executable, "-c", code], check=False)  # noqa: S603  our own text

    assert ended.returncode == 0
