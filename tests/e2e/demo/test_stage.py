import os
import socket
from urllib.parse import urlsplit

import pytest

from awsteward.core.errors import RemoteError
from awsteward.demo.stage import ACCOUNT, stage


def test_the_stage_is_an_aws_of_its_own_on_loopback_and_gone_afterwards() -> None:
    before = dict(os.environ)

    with stage() as on:
        account = on.client("sts").get_caller_identity()["Account"]
        place = urlsplit(on.endpoint)
        pointed_at = os.environ["AWS_ENDPOINT_URL"]

    assert (account, place.hostname, pointed_at) == (ACCOUNT, "127.0.0.1", on.endpoint)
    assert dict(os.environ) == before
    with pytest.raises(ConnectionRefusedError), socket.socket() as probe:
        probe.connect(("127.0.0.1", place.port or 0))


def test_the_users_own_aws_settings_do_not_reach_the_stage() -> None:
    os.environ |= {"AWS_PROFILE": "no-such-profile", "HTTP_PROXY": "http://127.0.0.1:9"}
    try:
        with stage() as on:
            buckets = on.client("s3").list_buckets()["Buckets"]
            zones = on.client("ec2").describe_availability_zones()["AvailabilityZones"]
    finally:
        del os.environ["AWS_PROFILE"], os.environ["HTTP_PROXY"]

    assert buckets == []
    assert zones


def test_what_the_stage_cannot_do_is_a_remote_failure_not_a_traceback() -> None:
    with pytest.raises(RemoteError, match="NoSuchBucket"), stage() as on:
        on.client("s3").list_objects_v2(Bucket="none")
