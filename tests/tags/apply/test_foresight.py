"""What is read together is what would have been read one by one, in fewer calls."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from awsteward.clients.aws.door import Boto
from awsteward.clients.aws.refusals import Answer, Refusal
from awsteward.tags.apply.attempt import Clock
from awsteward.tags.apply.hands import AwsHands
from awsteward.tags.model.arn import Arn
from awsteward.tags.model.creator import Person
from awsteward.tags.model.outcome import Failed, Written
from awsteward.tags.model.plan import Origin, Write
from awsteward.tags.model.reading import Event, Resource

BORN = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ACCOUNT, REGION = "123456789012", "eu-west-1"
OWNER = Write(key="Owner", value="web", origin=Origin.TEAM)
EVENT = Event(
    id="e-1", source="ec2.amazonaws.com", name="RunInstances", at=BORN, account=ACCOUNT,
    region=REGION, creator=Person(name="ana", arn=None, via=None), tool=None,
)  # fmt: skip


def ec2(kind: str, name: str) -> Resource:
    return Resource(
        arn=Arn(f"arn:aws:ec2:{REGION}:{ACCOUNT}:{kind}/{name}"), handle=None, type=None,
        account=ACCOUNT, region=REGION, partition="aws", service="ec2", tags=None,
    )  # fmt: skip


def made(*resources: Resource) -> list[tuple[Event, Resource]]:
    return [(EVENT, resource) for resource in resources]


@dataclass
class Ec2:
    """EC2 over tags by id; who asks for what is gone gets nothing at all."""

    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    asked: list[str] = field(default_factory=list)

    def call(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        self.asked.append(operation)
        match operation:
            case "DescribeInstances":
                if self.gone & set(params["InstanceIds"]):
                    return Refusal(code="InvalidInstanceID.NotFound", message="one of them")
                found = [{"InstanceId": each} for each in params["InstanceIds"]]
                return {"Reservations": [{"Instances": found}]}
            case "DescribeTags":
                names = params["Filters"][0]["Values"]
                held = [(each, pair) for each in names for pair in self.tags.get(each, {}).items()]
                return {"Tags": [{"ResourceId": n, "Key": k, "Value": v} for n, (k, v) in held]}
            case _:
                assert operation == "CreateTags"
                if self.gone & set(params["Resources"]):
                    return Refusal(code="InvalidInstanceID.NotFound", message="one of them")
                for each in params["Resources"]:
                    new = {tag["Key"]: tag["Value"] for tag in params["Tags"]}
                    self.tags.setdefault(each, {}).update(new)
                return {}


def test_each_of_many_gets_its_own_tags_from_one_call(clock: Clock) -> None:
    estate = Ec2({"vpc-1": {"Owner": "a"}, "vpc-3": {"Owner": "c", "aws:x": "y"}})
    hands = AwsHands(door=estate, clock=clock)
    networks = [ec2("vpc", f"vpc-{n}") for n in range(1, 4)]

    hands.foresee(made(*networks), [])
    found = [hands.current(EVENT, each) for each in networks]

    assert found == [{"Owner": "a"}, {}, {"Owner": "c"}]
    assert estate.asked == ["DescribeTags"]


def test_what_the_request_shows_is_not_read(clock: Clock) -> None:
    estate = Ec2()

    AwsHands(door=estate, clock=clock).foresee([], made(ec2("vpc", "vpc-1"), ec2("vpc", "vpc-2")))

    assert estate.asked == []


def test_one_that_is_gone_costs_the_others_nothing_but_calls(clock: Clock) -> None:
    estate = Ec2(gone=frozenset({"i-2"}))
    hands = AwsHands(door=estate, clock=clock)
    instances = [ec2("instance", f"i-{n}") for n in range(1, 4)]

    hands.foresee(made(*instances), [])
    found = [hands.children(EVENT, each) for each in instances]

    assert found[0] == found[2] == ()
    assert isinstance(found[1], Failed)


def test_the_same_tags_go_to_many_of_ec2_in_one_call(clock: Clock) -> None:
    estate = Ec2({"vpc-2": {"Owner": "theirs"}})
    hands = AwsHands(door=estate, clock=clock)
    networks = [ec2("vpc", f"vpc-{n}") for n in range(30)]

    outcomes = hands.write([(EVENT, each, (OWNER,)) for each in networks])

    assert estate.asked.count("CreateTags") == 1
    assert outcomes[networks[2].ref] == Written((), left=(OWNER,))
    assert estate.tags["vpc-2"] == {"Owner": "theirs"}
    assert estate.tags["vpc-29"] == {"Owner": "web"}


def test_one_that_is_gone_keeps_no_other_from_its_tags(clock: Clock) -> None:
    estate = Ec2(gone=frozenset({"vpc-3"}))
    hands = AwsHands(door=estate, clock=clock)
    networks = [ec2("vpc", f"vpc-{n}") for n in range(8)]

    outcomes = hands.write([(EVENT, each, (OWNER,)) for each in networks])

    assert isinstance(outcomes[networks[3].ref], Failed)
    assert set(estate.tags) == {f"vpc-{n}" for n in range(8) if n != 3}


@pytest.mark.usefixtures("slept")
def test_ec2_itself_answers_for_many_at_once(
    session: boto3.Session, door: Boto, clock: Clock
) -> None:
    client = session.client("ec2")
    names = [
        str(each["InstanceId"])
        for each in client.run_instances(ImageId="ami-12c6146b", MinCount=2, MaxCount=2)[
            "Instances"
        ]
    ]
    client.create_tags(Resources=names[:1], Tags=[{"Key": "Owner", "Value": "a"}])
    instances = [ec2("instance", name) for name in names]
    hands = AwsHands(door=door, clock=clock)

    hands.foresee(made(*instances), [])

    assert len(hands.foreseen.tags) == 6
    assert [hands.current(EVENT, each) for each in instances] == [{"Owner": "a"}, {}]
    for each in instances:
        found = hands.children(EVENT, each)
        assert not isinstance(found, Failed)
        assert {child.parent for child in found} == {each.arn}
        assert len(found) == 2
