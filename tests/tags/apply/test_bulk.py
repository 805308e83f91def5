"""Many resources with the same tags go into few calls, and each has an outcome of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from awsteward.clients.aws.door import Boto
from awsteward.clients.aws.refusals import Answer, Refusal
from awsteward.tags.apply.attempt import Clock, Target
from awsteward.tags.apply.bulk import Job, write_many
from awsteward.tags.model.arn import Arn
from awsteward.tags.model.outcome import Failed, Trouble, Written
from awsteward.tags.model.plan import Origin, Write
from awsteward.tags.model.reading import Resource

BORN = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ACCOUNT, REGION = "123456789012", "eu-west-1"
OWNER = Write(key="Owner", value="platform", origin=Origin.TEAM)


def arn(name: str) -> str:
    return f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}"


def job(name: str, *writes: Write, service: str = "sns", account: str = ACCOUNT) -> Job:
    resource = Resource(
        arn=Arn(arn(name)),
        handle=None,
        type=None,
        account=account,
        region=REGION,
        partition="aws",
        service=service,
        tags=None,
    )
    return Job(Target(resource=resource, born=BORN), writes or (OWNER,))


@dataclass
class Topics:
    """SNS and the Tagging API over many topics; some poison a batch, some fail by themselves."""

    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    poison: frozenset[str] = frozenset()
    failing: frozenset[str] = frozenset()
    denied: bool = False
    codes: list[str] = field(default_factory=list)
    """What the Tagging API says before it works, and whether it did the work all the same."""
    lands: bool = False
    meddling: dict[str, dict[str, str]] = field(default_factory=dict)
    """What people do to topics while a batch fails."""
    read: int = 0
    batches: list[int] = field(default_factory=list)
    singles: list[str] = field(default_factory=list)

    def call(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        match operation:
            case "ListTagsForResource":
                self.read += 1
                tags = self.tags.get(params["ResourceArn"], {})
                return {"Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}
            case "TagResources":
                return self._batch(params["ResourceARNList"], params["Tags"])
            case _:
                return self._single(params["ResourceArn"], params["Tags"])

    def _batch(self, arns: list[str], tags: dict[str, str]) -> Answer:
        self.batches.append(len(arns))
        if self.denied:
            return Refusal(code="AccessDeniedException", message="")
        if self.codes:
            for each in arns if self.lands else ():
                self.tags.setdefault(each, {}).update(tags)
            self._meddle()
            return Refusal(code=self.codes.pop(), message="")
        if self.poison & set(arns):
            self._meddle()
            return Refusal(code="InvalidParameterException", message="one of them")
        for each in set(arns) - self.failing:
            self.tags.setdefault(each, {}).update(tags)
        self._meddle()
        failed = {"StatusCode": 400, "ErrorCode": "InvalidParameterException"}
        return {"FailedResourcesMap": dict.fromkeys(self.failing & set(arns), failed)}

    def _meddle(self) -> None:
        for each, tags in self.meddling.items():
            self.tags.setdefault(each, {}).update(tags)
        self.meddling = {}

    def _single(self, each: str, tags: list[dict[str, str]]) -> Answer:
        self.singles.append(each)
        if each in self.poison:
            return Refusal(code="InvalidParameter", message="never taggable")
        self.tags.setdefault(each, {}).update({t["Key"]: t["Value"] for t in tags})
        return {}


def test_the_same_tags_go_to_twenty_resources_in_a_call(clock: Clock) -> None:
    topics = Topics()

    outcomes = write_many([job(f"t{n}") for n in range(45)], topics, clock)

    assert topics.batches == [20, 20, 5]
    assert topics.singles == []
    assert topics.read == 45
    assert outcomes == {arn(f"t{n}"): Written((OWNER,)) for n in range(45)}


def test_a_poisoned_batch_costs_only_the_poison(clock: Clock) -> None:
    topics = Topics(poison=frozenset({arn("t3")}))

    outcomes = dict(write_many([job(f"t{n}") for n in range(20)], topics, clock))

    assert arn("t3") in topics.singles
    assert len(topics.singles) <= 3
    failed = outcomes.pop(arn("t3"))
    assert isinstance(failed, Failed)
    assert failed.trouble is Trouble.REFUSED
    assert "never taggable" in failed.why
    assert set(outcomes.values()) == {Written((OWNER,))}
    assert len(topics.batches) < 10


def test_what_the_batch_refuses_is_written_by_its_own_call(clock: Clock) -> None:
    topics = Topics(failing=frozenset({arn("t1"), arn("t2")}))

    outcomes = write_many([job(f"t{n}") for n in range(5)], topics, clock)

    assert sorted(topics.singles) == [arn("t1"), arn("t2")]
    assert set(outcomes.values()) == {Written((OWNER,))}
    assert all(topics.tags[arn(f"t{n}")] == {"Owner": "platform"} for n in range(5))


def test_without_the_right_to_batch_each_is_written_alone(clock: Clock) -> None:
    topics = Topics(denied=True)

    outcomes = write_many([job(f"t{n}") for n in range(4)], topics, clock)

    assert topics.batches == [4]
    assert len(topics.singles) == 4
    assert set(outcomes.values()) == {Written((OWNER,))}


def test_in_a_batch_too_a_key_that_is_taken_stays(clock: Clock) -> None:
    topics = Topics(tags={arn("t1"): {"Owner": "theirs"}})

    outcomes = write_many([job(f"t{n}") for n in range(3)], topics, clock)

    assert topics.tags[arn("t1")] == {"Owner": "theirs"}
    assert outcomes[arn("t1")] == Written((), left=(OWNER,))
    assert topics.batches == [2]


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param({"codes": ["ThrottlingException"]}, id="throttled"),
        pytest.param({"codes": ["InternalServiceException"]}, id="broken"),
        pytest.param({"codes": ["AccessDeniedException"]}, id="denied"),
        pytest.param({"poison": frozenset({arn("t3")})}, id="poisoned"),
        pytest.param({"failing": frozenset({arn("t1")})}, id="failing-alone"),
    ],
)
def test_a_tag_that_a_person_sets_while_a_batch_fails_stays(
    trouble: dict[str, Any], clock: Clock
) -> None:
    topics = Topics(**trouble, meddling={arn("t1"): {"Owner": "theirs"}})

    outcomes = write_many([job(f"t{n}") for n in range(4)], topics, clock)

    assert topics.tags[arn("t1")] == {"Owner": "theirs"}
    assert outcomes[arn("t1")] == Written((), left=(OWNER,))
    assert all(outcomes[arn(f"t{n}")] == Written((OWNER,)) for n in (0, 2))


def test_a_batch_that_landed_though_its_answer_was_lost_is_ours(clock: Clock) -> None:
    topics = Topics(
        codes=["ReadTimeoutError"], lands=True, meddling={arn("t1"): {"Owner": "theirs"}}
    )

    outcomes = write_many([job(f"t{n}") for n in range(3)], topics, clock)

    assert topics.batches == [3]
    assert topics.singles == []
    assert outcomes == {
        arn("t0"): Written((OWNER,)),
        arn("t1"): Written((), left=(OWNER,)),
        arn("t2"): Written((OWNER,)),
    }


def test_different_tags_accounts_and_unserved_services_never_share_a_call(clock: Clock) -> None:
    other = Write(key="Owner", value="web", origin=Origin.TEAM)
    topics = Topics()

    write_many(
        [
            job("a"),
            job("b", other),
            job("c", account="111122223333"),
            job("d", service="codedeploy"),
        ],
        topics,
        clock,
    )

    assert topics.batches == []
    assert len(topics.singles) == 4


def test_the_services_list_what_the_real_door_wrote_in_bulk(
    session: boto3.Session, door: Boto, clock: Clock
) -> None:
    sns = session.client("sns")
    names = [f"t{n}" for n in range(3)]
    arns = [sns.create_topic(Name=name)["TopicArn"] for name in names]

    outcomes = write_many([job(name) for name in names], door, clock)

    assert set(outcomes.values()) == {Written((OWNER,))}
    for each in arns:
        assert sns.list_tags_for_resource(ResourceArn=each)["Tags"] == [
            {"Key": "Owner", "Value": "platform"}
        ]
