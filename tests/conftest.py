"""Fixtures that more than one part of the tests needs."""

import gc
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

import boto3
import botocore.session
import pytest
from botocore.loaders import create_loader
from hypothesis import HealthCheck, settings
from moto import mock_aws

from awsteward.clients.aws.door import Boto
from awsteward.tags.apply.attempt import Clock
from tests import moto_copies

_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A machine that is busy is no defect of what is tested."""

settings.register_profile("quick", _PATIENT, max_examples=25)
settings.register_profile("thorough", _PATIENT, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"  # a third of a second for each test with EC2

gc.set_threshold(200_000, 20, 100)  # AWS's models are many and live on: searching them is a third

moto_copies.install()

_MODELS = create_loader()
"""AWS's models, read once for all tests: reading them takes longer than most tests."""


@cache
def _session() -> boto3.Session:
    """One for all tests, as none changes it: what is in AWS is moto's, and new for each test."""
    core = botocore.session.Session()
    core.register_component("data_loader", _MODELS)
    return boto3.Session(
        botocore_session=core,
        aws_access_key_id="nobody",
        aws_secret_access_key="nothing",  # noqa: S106 - opens nothing
        region_name="eu-west-1",
    )


@pytest.fixture
def session() -> Iterator[boto3.Session]:
    """AWS by moto, inside this process, with credentials that open nothing else."""
    with mock_aws():
        yield _session()


@pytest.fixture
def door(session: boto3.Session) -> Boto:
    """The real door, to moto."""
    return Boto(session=session)


@pytest.fixture
def slept() -> list[float]:
    """The waits that were asked for."""
    return []


@pytest.fixture
def clock(slept: list[float]) -> Clock:
    """A clock that stands still at a minute past noon, and that nobody waits for."""
    return Clock(
        now=lambda: datetime(2026, 5, 4, 12, 1, tzinfo=UTC),
        sleep=slept.append,
        jitter=lambda: 0.5,
    )
