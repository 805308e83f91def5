"""Fixtures that more than one part of the tests needs."""

import gc
import os
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.loaders import create_loader
from hypothesis import HealthCheck, settings
from moto import mock_aws
from moto.dynamodb.models.dynamo_type import DynamoType, Item

from awsteward.clients.aws.door import Boto
from awsteward.tags.apply.attempt import Clock

_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A machine that is busy is no defect of what is tested."""

settings.register_profile("quick", _PATIENT, max_examples=25)
settings.register_profile("thorough", _PATIENT, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"  # a third of a second for each test with EC2

gc.set_threshold(200_000, 20, 100)  # AWS's models are many and live on: searching them is a third

_FLAT = frozenset({"S", "N", "B", "BOOL", "NULL"})


def _copy(item: Item, memo: dict[int, Any]) -> Item:
    """As deep as needed: moto exchanges flat values and never changes one."""
    made = Item(item.hash_key, item.range_key, {})
    for name, value in item.attrs.items():
        kept = isinstance(value, DynamoType) and value.type in _FLAT
        dict.__setitem__(made.attrs, name, value if kept else deepcopy(value, memo))
    return made


# moto copies a table for each transaction: two thirds of what the ledger's tests took.
Item.__deepcopy__ = _copy  # type: ignore[method-assign,assignment]

_MODELS = create_loader()
"""AWS's models, read once for all tests: reading them takes longer than most tests."""


@pytest.fixture
def session() -> Iterator[boto3.Session]:
    """AWS by moto, inside this process, with credentials that open nothing else."""
    core = botocore.session.Session()
    core.register_component("data_loader", _MODELS)
    with mock_aws():
        yield boto3.Session(
            botocore_session=core,
            aws_access_key_id="nobody",
            aws_secret_access_key="nothing",  # noqa: S106 - opens nothing
            region_name="eu-west-1",
        )


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
