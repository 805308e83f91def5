from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from awsteward.clients.aws.refusals import Answer, Refusal
from awsteward.tags.apply.attempt import Clock
from awsteward.tags.guard.still import still_open
from awsteward.tags.tell.question import OpenKey, OpenQuestion, Ref

CLOCK = Clock(
    now=lambda: datetime(2030, 1, 1, tzinfo=UTC), sleep=lambda _: None, jitter=lambda: 0.5
)
KEY = OpenKey(key="Environment", why="", allowed=("dev", "prod"))


@dataclass
class Buckets:
    """An S3 that knows the tags of some buckets, and refuses as it is told."""

    tags: Mapping[str, Mapping[str, str]]
    refusal: str = "NoSuchBucket"
    asked: list[str] = field(default_factory=list)

    def call(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        _ = account, region, service, operation
        bucket = str(params["Bucket"])
        self.asked.append(bucket)
        if bucket not in self.tags:
            return Refusal(code=self.refusal, message="told to refuse")
        return {"TagSet": [{"Key": k, "Value": v} for k, v in self.tags[bucket].items()]}


def about(*names: str) -> OpenQuestion:
    refs = tuple(
        Ref(
            event_id=name, arn=f"arn:aws:s3:::{name}", handle=None, type="AWS::S3::Bucket",
            account="111122223333", region="eu-west-1", partition="aws", service="s3",
        )
        for name in names
    )  # fmt: skip
    return OpenQuestion(id="q", keys=(KEY,), refs=refs, count=len(refs))


@pytest.mark.parametrize(
    ("tags", "open_"),
    [
        ({"a": {"Environment": "dev"}, "b": {"Environment": "prod"}}, False),
        ({"a": {"Environment": "dev"}, "b": {}}, True),
        ({"a": {"Environment": "dev"}, "b": {"Environment": "moon"}}, True),
        ({"a": {"Environment": "dev"}}, False),
        ({}, False),
    ],
    ids=["tagged", "one-lacks-it", "not-allowed", "one-is-gone", "all-are-gone"],
)
def test_a_question_is_open_while_a_resource_lacks_what_it_asks_for(
    tags: Mapping[str, Mapping[str, str]], *, open_: bool
) -> None:
    assert still_open(about("a", "b"), Buckets(tags), CLOCK) is open_


def test_what_cannot_be_looked_at_stays_open_and_the_first_lack_is_enough() -> None:
    blind, seeing = Buckets({}, refusal="AccessDenied"), Buckets({"a": {}})

    assert still_open(about("a"), blind, CLOCK)
    assert still_open(about("a", "b"), seeing, CLOCK)
    assert seeing.asked == ["a"]
