"""Nothing that is there is overwritten, whatever happens between reading and writing."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsteward.clients.aws.door import Boto
from awsteward.clients.aws.refusals import Answer, Refusal
from awsteward.tags.apply.attempt import Clock, Target
from awsteward.tags.apply.current import Present, Seen, current
from awsteward.tags.apply.write import FRESH, SETTLED, free, untag, write
from awsteward.tags.model.arn import Arn
from awsteward.tags.model.outcome import Failed, Trouble, Written
from awsteward.tags.model.plan import Origin, Write
from awsteward.tags.model.reading import Resource

BORN = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ACCOUNT, REGION = "123456789012", "eu-west-1"


def tag(key: str, value: str) -> Write:
    return Write(key=key, value=value, origin=Origin.TEAM)


def target(service: str, arn: str) -> Target:
    resource = Resource(
        arn=Arn(arn),
        handle=None,
        type=None,
        account=ACCOUNT,
        region=REGION,
        partition="aws",
        service=service,
        tags=None,
    )
    return Target(resource=resource, born=BORN)


BUCKET = target("s3", "arn:aws:s3:::a-bucket")
TOPIC = target("sns", f"arn:aws:sns:{REGION}:{ACCOUNT}:news")


@dataclass
class Bucket:
    """S3 and S3 Control over one bucket's tags; what is refused, and who meddles, is said."""

    tags: dict[str, str]
    refuses: tuple[str, ...] = ()
    code: str = "AccessDenied"
    meddling: dict[str, dict[str, str]] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    def call(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        self.done.append(operation)
        if operation in self.refuses:
            self.tags |= self.meddling.pop(operation, {})
            return Refusal(code=self.code, message="")
        match operation:
            case "GetBucketTagging" if not self.tags:
                return Refusal(code="NoSuchTagSet", message="")
            case "GetBucketTagging":
                return {"TagSet": [{"Key": k, "Value": v} for k, v in self.tags.items()]}
            case "TagResource":
                self.tags |= {t["Key"]: t["Value"] for t in params["Tags"]}
            case "UntagResource":
                self.tags = {k: v for k, v in self.tags.items() if k not in params["TagKeys"]}
            case "PutBucketTagging":
                self.tags = {t["Key"]: t["Value"] for t in params["Tagging"]["TagSet"]}
            case _:
                assert operation == "DeleteBucketTagging"
                self.tags = {}
        return {}


def test_a_bucket_gets_single_tags_where_s3_control_serves(clock: Clock) -> None:
    bucket = Bucket({"Team": "web"})

    assert write(BUCKET, [tag("Owner", "a")], bucket, clock) == Written((tag("Owner", "a"),))
    assert bucket.tags == {"Team": "web", "Owner": "a"}
    assert "PutBucketTagging" not in bucket.done


@pytest.mark.parametrize("code", ["AccessDenied", "MethodNotAllowed", "EndpointConnectionError"])
def test_else_the_whole_set_is_put_back_with_what_is_new(
    code: str, clock: Clock, slept: list[float]
) -> None:
    bucket = Bucket({"Team": "web", "aws:cloudformation:stack-name": "s"}, ("TagResource",), code)

    assert write(BUCKET, [tag("Owner", "a")], bucket, clock) == Written((tag("Owner", "a"),))
    assert bucket.tags == {"Team": "web", "aws:cloudformation:stack-name": "s", "Owner": "a"}
    assert slept == []


def test_tags_that_terraform_puts_a_moment_later_survive_the_replacing(clock: Clock) -> None:
    meddling = {"TagResource": {"Owner": "theirs", "ManagedBy": "terraform"}}
    bucket = Bucket({}, ("TagResource",), meddling=meddling)

    outcome = write(BUCKET, [tag("Owner", "ours"), tag("CostCenter", "4711")], bucket, clock)

    assert bucket.tags == {"Owner": "theirs", "ManagedBy": "terraform", "CostCenter": "4711"}
    assert outcome == Written((tag("CostCenter", "4711"),), left=(tag("Owner", "ours"),))


def test_a_bucket_that_refuses_both_ways_says_why(clock: Clock) -> None:
    bucket = Bucket({}, ("TagResource", "PutBucketTagging"))

    outcome = write(BUCKET, [tag("Owner", "a")], bucket, clock)

    assert isinstance(outcome, Failed)
    assert outcome.trouble is Trouble.DENIED
    assert "s3:TagResource" in outcome.why
    assert "s3:PutBucketTagging" in outcome.why


@pytest.mark.parametrize("refuses", [(), ("UntagResource",)], ids=["single", "whole-set"])
def test_undoing_takes_only_what_is_still_ours(refuses: tuple[str, ...], clock: Clock) -> None:
    bucket = Bucket({"Owner": "a", "Team": "web"}, refuses)

    assert untag(BUCKET, {"Owner": "a"}, bucket, clock) == Written(())
    assert bucket.tags == {"Team": "web"}
    assert untag(BUCKET, {"Team": "web"}, bucket, clock) == Written(())
    assert bucket.tags == {}


def test_s3_itself_lists_what_was_written_by_replacing(
    session: boto3.Session, door: Boto, clock: Clock
) -> None:
    s3 = session.client("s3")
    s3.create_bucket(
        Bucket="a-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    s3.put_bucket_tagging(Bucket="a-bucket", Tagging={"TagSet": [{"Key": "Team", "Value": "web"}]})

    outcome = write(BUCKET, [tag("Owner", "a"), tag("Team", "ours")], door, clock)

    assert outcome == Written((tag("Owner", "a"),), left=(tag("Team", "ours"),))
    listed = s3.get_bucket_tagging(Bucket="a-bucket")["TagSet"]
    assert {t["Key"]: t["Value"] for t in listed} == {"Team": "web", "Owner": "a"}


@dataclass
class Topic:
    """SNS over one topic's tags, a page of one tag at a time if need be."""

    tags: dict[str, str]
    done: list[str] = field(default_factory=list)

    def call(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        self.done.append(operation)
        if operation == "TagResource":
            self.tags |= {t["Key"]: t["Value"] for t in params["Tags"]}
            return {}
        return {"Tags": [{"Key": k, "Value": v} for k, v in self.tags.items()]}


def test_a_key_that_appeared_since_the_plan_is_left_and_named(clock: Clock) -> None:
    topic = Topic({"Owner": "theirs"})

    outcome = write(TOPIC, [tag("Owner", "ours"), tag("CostCenter", "4711")], topic, clock)

    assert topic.tags == {"Owner": "theirs", "CostCenter": "4711"}
    assert outcome == Written((tag("CostCenter", "4711"),), left=(tag("Owner", "ours"),))


def test_nothing_is_called_when_nothing_is_left_to_write(clock: Clock) -> None:
    topic = Topic({"Owner": "theirs"})

    outcome = write(TOPIC, [tag("Owner", "ours")], topic, clock)

    assert topic.done == ["ListTagsForResource"]
    assert outcome == Written((), left=(tag("Owner", "ours"),))


def test_what_cannot_be_read_is_not_written(clock: Clock) -> None:
    bucket = Bucket({}, ("GetBucketTagging",))

    outcome = write(BUCKET, [tag("Owner", "a")], bucket, clock)

    assert isinstance(outcome, Failed)
    assert outcome.trouble is Trouble.DENIED
    assert bucket.done == ["GetBucketTagging"]


def test_a_stack_is_spared_because_tagging_it_updates_it(clock: Clock) -> None:
    stack = target("cloudformation", f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/s/1")
    topic = Topic({})

    outcome = write(stack, [tag("Owner", "a")], topic, clock)

    assert isinstance(outcome, Failed)
    assert "where the stack is defined" in outcome.why
    assert topic.done == []


@dataclass
class Unsteady:
    """SNS over one topic's tags, which fails at first; what lands and who meddles then is said."""

    codes: list[str]
    lands: bool = False
    meddling: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    def call(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        self.done.append(operation)
        if operation == "ListTagsForResource":
            return {"Tags": [{"Key": k, "Value": v} for k, v in self.tags.items()]}
        if operation == "UntagResource" and not self.codes:
            self.tags = {k: v for k, v in self.tags.items() if k not in params["TagKeys"]}
        elif not self.codes or self.lands:
            self.tags |= {t["Key"]: t["Value"] for t in params["Tags"]}
        if not self.codes:
            return {}
        self.tags |= self.meddling
        return Refusal(code=self.codes.pop(), message="")


WAITED = ["ThrottlingException", "ConcurrentAccessException", "NotFoundException", "500"]


@pytest.mark.parametrize("code", WAITED)
def test_a_tag_that_a_person_sets_while_we_wait_to_try_again_stays(code: str, clock: Clock) -> None:
    topic = Unsteady([code], meddling={"Owner": "theirs"})

    outcome = write(TOPIC, [tag("Owner", "ours"), tag("CostCenter", "4711")], topic, clock)

    assert topic.tags == {"Owner": "theirs", "CostCenter": "4711"}
    assert outcome == Written((tag("CostCenter", "4711"),), left=(tag("Owner", "ours"),))


def test_a_write_that_landed_though_its_answer_was_lost_is_ours(clock: Clock) -> None:
    topic = Unsteady(["ReadTimeoutError"], lands=True, meddling={"Team": "web"})
    writes = [tag("Owner", "ours"), tag("Team", "ours")]

    outcome = write(TOPIC, writes, topic, clock)

    assert topic.tags == {"Owner": "ours", "Team": "web"}
    assert outcome == Written((tag("Owner", "ours"),), left=(tag("Team", "ours"),))
    assert topic.done == ["ListTagsForResource", "TagResource", "ListTagsForResource"]


def test_what_a_person_set_to_our_value_while_we_were_throttled_is_theirs(clock: Clock) -> None:
    topic = Unsteady(["ThrottlingException"], meddling={"Owner": "same"})

    outcome = write(TOPIC, [tag("Owner", "same")], topic, clock)

    assert outcome == Written((), left=(tag("Owner", "same"),))


def test_a_write_that_goes_well_costs_one_reading_and_one_writing(clock: Clock) -> None:
    topic = Unsteady([])

    write(TOPIC, [tag("Owner", "ours")], topic, clock)

    assert topic.done == ["ListTagsForResource", "TagResource"]


def test_what_goes_on_failing_is_given_up_after_the_usual_waits(
    clock: Clock, slept: list[float]
) -> None:
    topic = Unsteady(["ThrottlingException"] * 9)

    outcome = write(TOPIC, [tag("Owner", "ours")], topic, clock)

    assert isinstance(outcome, Failed)
    assert outcome.trouble is Trouble.THROTTLED
    assert slept == [1.0, 2.0, 4.0, 8.0]
    assert topic.done.count("TagResource") == 5


def test_what_a_person_changes_while_undoing_waits_stays(clock: Clock) -> None:
    topic = Unsteady(["ThrottlingException"], meddling={"Owner": "theirs"})
    topic.tags = {"Owner": "ours", "CostCenter": "4711"}

    outcome = untag(TOPIC, {"Owner": "ours", "CostCenter": "4711"}, topic, clock)

    assert topic.tags == {"Owner": "theirs"}
    assert outcome == Written(())


def test_what_a_person_adds_while_a_buckets_replacing_waits_survives_undoing(
    clock: Clock,
) -> None:
    meddling = {"PutBucketTagging": {"Team": "web"}}
    refuses = ("UntagResource", "PutBucketTagging", "DeleteBucketTagging")
    bucket = Bucket({"Owner": "ours", "Env": "x"}, refuses, "SlowDown", meddling)
    waiting = replace(clock, sleep=lambda _: setattr(bucket, "refuses", ("UntagResource",)))

    outcome = untag(BUCKET, {"Owner": "ours"}, bucket, waiting)

    assert bucket.tags == {"Env": "x", "Team": "web"}
    assert outcome == Written(())


def test_a_bucket_whose_replacing_has_to_wait_is_read_again(clock: Clock) -> None:
    meddling = {"PutBucketTagging": {"Owner": "theirs"}}
    bucket = Bucket({}, ("TagResource", "PutBucketTagging"), "SlowDown", meddling)

    outcome = write(BUCKET, [tag("Owner", "ours")], bucket, clock)

    assert bucket.tags == {"Owner": "theirs"}
    assert outcome == Written((), left=(tag("Owner", "ours"),))


@dataclass
class Stream:
    """Firehose, which shows two tags at a time and goes on from the last key."""

    tags: dict[str, str]

    def call(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        keys = sorted(self.tags)
        rest = [k for k in keys if k > params.get("ExclusiveStartTagKey", "")]
        page = [{"Key": k, "Value": self.tags[k]} for k in rest[:2]]
        return {"Tags": page, "HasMoreTags": len(rest) > 2}


def test_every_page_is_read_also_where_pages_go_on_from_the_last_key(clock: Clock) -> None:
    tags = {"a": "1", "b": "2", "c": "3", "aws:x": "4", "e": "5"}
    arn = f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/d"

    present = current(target("firehose", arn), Stream(tags), clock)

    assert present == Present(tags={"a": "1", "b": "2", "c": "3", "e": "5"}, system={"aws:x": "4"})


keys = st.sampled_from(["Owner", "CostCenter", "Team", "aws:x"])


@given(wanted=st.dictionaries(keys, st.text(), max_size=4), there=st.dictionaries(keys, st.text()))
def test_every_write_is_either_free_or_left_and_no_free_one_is_there(
    wanted: dict[str, str], there: dict[str, str]
) -> None:
    writes = [tag(key, value) for key, value in wanted.items()]

    parted = free(writes, Present(tags=there, system={}))

    assert sorted(map(repr, (*parted.writes, *parted.left))) == sorted(map(repr, writes))
    assert not {write.key for write in parted.writes} & there.keys()


# --- one look may serve two ------------------------------------------------------------------

NOW = BORN + timedelta(minutes=1)
"""What the clock of these tests says."""


def looked(ago: timedelta, **tags: str) -> Seen:
    return Seen(present=Present(tags=tags, system={}), at=NOW - ago)


def test_a_look_of_a_moment_ago_serves_the_write(clock: Clock) -> None:
    bucket = Bucket({"Team": "web"})

    outcome = write(BUCKET, [tag("Owner", "a")], bucket, clock, looked(FRESH, Team="web"))

    assert outcome == Written((tag("Owner", "a"),))
    assert bucket.done == ["TagResource"]


def test_a_stale_look_serves_nobody(clock: Clock) -> None:
    bucket = Bucket({"Owner": "theirs"})
    stale = looked(FRESH + timedelta(seconds=1))

    outcome = write(BUCKET, [tag("Owner", "a")], bucket, clock, stale)

    assert outcome == Written((), left=(tag("Owner", "a"),))
    assert bucket.tags == {"Owner": "theirs"}


def test_what_was_made_seconds_ago_is_looked_at_again(clock: Clock) -> None:
    bucket = Bucket({"Owner": "theirs"})
    young = Target(resource=BUCKET.resource, born=NOW - SETTLED / 2)

    outcome = write(young, [tag("Owner", "a")], bucket, clock, looked(timedelta()))

    assert outcome == Written((), left=(tag("Owner", "a"),))


def test_the_whole_set_is_never_put_back_from_an_earlier_look(clock: Clock) -> None:
    bucket = Bucket({"Team": "web"}, ("TagResource",))

    write(BUCKET, [tag("Owner", "a")], bucket, clock, looked(timedelta()))

    assert bucket.tags == {"Team": "web", "Owner": "a"}
    assert bucket.done == ["TagResource", "GetBucketTagging", "PutBucketTagging"]


def test_a_second_try_looks_again(clock: Clock) -> None:
    bucket = Bucket({}, ("TagResource",), "ThrottlingException")
    bucket.meddling = {"TagResource": {"Owner": "theirs"}}

    write(BUCKET, [tag("Owner", "a")], bucket, clock, looked(timedelta()))

    assert bucket.tags["Owner"] == "theirs"
