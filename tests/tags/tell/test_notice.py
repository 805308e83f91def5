from dataclasses import replace
from datetime import UTC, datetime

import pytest

from awsteward.tags.model.arn import Arn
from awsteward.tags.model.creator import Creator, Machine, Nobody, Person, Root, Service
from awsteward.tags.model.handled import Handled, Result
from awsteward.tags.model.outcome import Trouble
from awsteward.tags.model.plan import Ask, Origin, Write
from awsteward.tags.model.reading import Event, Resource
from awsteward.tags.model.verdict import NearMiss
from awsteward.tags.tell.notice import Kind, Who, decode, encode, notice, worth_telling

HOME = "111122223333"
EVENT = Event(
    id="e1",
    source="s3.amazonaws.com",
    name="CreateBucket",
    at=datetime(2026, 11, 23, 9, tzinfo=UTC),
    account=HOME,
    region="eu-west-1",
    creator=Nobody("no userIdentity"),
    tool=None,
)
HANDLED = Handled(
    event=EVENT,
    resource=Resource(
        arn=Arn("arn:aws:s3:::orders"),
        handle=None,
        type="AWS::S3::Bucket",
        account=HOME,
        region="eu-west-1",
        partition="aws",
        service="s3",
        tags={},
    ),
    result=Result.FAILED,
    missing=("Owner",),
    applied=(Write(key="CreatedBy", value="ana", origin=Origin.CREATOR, raw="ana!"),),
    asks=(Ask(key="Owner", why="?", allowed=("a",), pattern="b"),),
    why="denied",
    near=(NearMiss(key="Owner", found="owner", value="x"),),
    trouble=Trouble.DENIED,
)


def test_a_notice_comes_out_of_the_ledger_as_it_went_in() -> None:
    assert decode(encode(notice(HANDLED))) == notice(HANDLED)


@pytest.mark.parametrize(
    ("creator", "who"),
    [
        pytest.param(
            Person(name="ana", arn=f"arn:aws:sts::{HOME}:assumed-role/Dev/ana", via="Dev"),
            Who(kind=Kind.PERSON, name="ana"),
            id="the-same-person-in-every-account",
        ),
        pytest.param(
            Person(name="ana", arn=f"arn:aws:iam::{HOME}:user/ana", via=None),
            Who(kind=Kind.PERSON, name="ana", account=HOME),
            id="an-iam-user-is-somebody-only-at-home",
        ),
        pytest.param(
            Machine(name="deploy", arn=None, via="CI"),
            Who(kind=Kind.MACHINE, name="deploy"),
            id="machine",
        ),
        pytest.param(
            Service(name="autoscaling", arn=None, via=None),
            Who(kind=Kind.SERVICE, name="autoscaling"),
            id="service",
        ),
        pytest.param(
            Root(account=HOME, arn=None), Who(kind=Kind.ROOT, name=HOME, account=HOME), id="root"
        ),
        pytest.param(Nobody("?"), Who(kind=Kind.NOBODY, name="", account=HOME), id="nobody"),
    ],
)
def test_a_creator_is_addressed_by_what_tells_them_from_others(creator: Creator, who: Who) -> None:
    assert notice(replace(HANDLED, event=replace(EVENT, creator=creator))).who == who


@pytest.mark.parametrize(
    ("result", "asks", "told"),
    [
        (Result.TAGGED, (), True),
        (Result.WOULD_TAG, (), True),
        (Result.COMPLIANT, (), False),
        (Result.PENDING, (), False),
        (Result.PENDING, HANDLED.asks, True),
        (Result.UNKNOWN, (), True),
        (Result.FAILED, (), True),
    ],
)
def test_people_hear_of_what_was_done_and_of_what_is_left(
    result: Result, asks: tuple[Ask, ...], *, told: bool
) -> None:
    assert worth_telling(replace(HANDLED, result=result, asks=asks)) is told
