"""Children and evidence as AWS itself tells of them, through what the guard calls."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from awsteward.clients.aws.door import Boto
from awsteward.clients.aws.refusals import Answer, Refusal
from awsteward.tags.apply.attempt import Clock
from awsteward.tags.apply.hands import AwsHands
from awsteward.tags.model.arn import Arn
from awsteward.tags.model.creator import Machine
from awsteward.tags.model.outcome import Failed, Written
from awsteward.tags.model.plan import Origin, Unread, Vouched, Write
from awsteward.tags.model.reading import Event, Resource

BORN = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ACCOUNT, REGION = "123456789012", "eu-west-1"
ROLE = Arn(f"arn:aws:iam::{ACCOUNT}:role/ci/deployer")
EVENT = Event(
    id="e-1",
    source="ec2.amazonaws.com",
    name="RunInstances",
    at=BORN,
    account=ACCOUNT,
    region=REGION,
    creator=Machine(name="deployer", arn=None, via=None, role=ROLE),
    tool=None,
)
OWNER = frozenset({"Owner"})
EVERY = dict.fromkeys((Origin.PARENT, Origin.STACK, Origin.ROLE, Origin.ACCOUNT), OWNER)


def thing(service: str, arn: str, parent: str | None = None) -> Resource:
    return Resource(
        arn=Arn(arn),
        handle=None,
        type=None,
        account=ACCOUNT,
        region=REGION,
        partition="aws",
        service=service,
        tags=None,
        parent=Arn(parent) if parent else None,
    )


def ec2_arn(kind: str, name: str) -> str:
    return f"arn:aws:ec2:{REGION}:{ACCOUNT}:{kind}/{name}"


def launched(session: boto3.Session) -> str:
    ec2 = session.client("ec2")
    image = "ami-12c6146b"  # one that moto knows
    made = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)
    return str(made["Instances"][0]["InstanceId"])


class Estate:
    """A door that answers by operation; what it has no answer for is denied."""

    def __init__(self, **answers: Mapping[str, Any]) -> None:
        """Take an answer for each operation."""
        self.answers = answers
        self.asked: list[tuple[str, str]] = []

    def call(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        self.asked.append((operation, account))
        denied = Refusal(code="AccessDenied", message=f"not authorized to perform: x:{operation}")
        return self.answers.get(operation, denied)


def tags(**pairs: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


# --- children --------------------------------------------------------------------------------


def test_an_instance_shares_its_tags_with_the_volumes_and_interfaces_it_came_with(
    session: boto3.Session, door: Boto, clock: Clock
) -> None:
    name = launched(session)
    parent = thing("ec2", ec2_arn("instance", name))
    hands = AwsHands(door=door, clock=clock)

    found = hands.children(EVENT, parent)

    assert not isinstance(found, Failed)
    assert [child.type for child in found] == ["AWS::EC2::Volume", "AWS::EC2::NetworkInterface"]
    assert {child.parent for child in found} == {parent.arn}
    owner = Write(key="Owner", value="platform", origin=Origin.PARENT)
    outcomes = hands.write([(EVENT, child, (owner,)) for child in found])
    assert set(outcomes.values()) == {Written((owner,))}
    volume = session.client("ec2").describe_volumes(
        Filters=[{"Name": "attachment.instance-id", "Values": [name]}]
    )["Volumes"][0]
    assert volume["Tags"] == tags(Owner="platform")


def test_a_volume_attached_later_is_not_the_instances_own(clock: Clock) -> None:
    def disk(name: str, at: datetime) -> dict[str, Any]:
        return {"Ebs": {"VolumeId": name, "AttachTime": at}}

    disks = [disk("vol-old", BORN), disk("vol-late", BORN + timedelta(days=3))]
    instances = {"Instances": [{"BlockDeviceMappings": disks}]}
    door = Estate(DescribeTags={}, DescribeInstances={"Reservations": [instances]})
    parent = thing("ec2", ec2_arn("instance", "i-1"))
    hands = AwsHands(door=door, clock=clock)

    found = hands.children(EVENT, parent)

    assert not isinstance(found, Failed)
    assert [child.arn for child in found] == [ec2_arn("volume", "vol-old")]


def test_an_image_shares_its_tags_with_the_snapshots_it_made(
    session: boto3.Session, door: Boto, clock: Clock
) -> None:
    ec2 = session.client("ec2")
    image = ec2.create_image(InstanceId=launched(session), Name="golden")["ImageId"]
    snapshot = ec2.describe_images(ImageIds=[image])["Images"][0]["BlockDeviceMappings"][0]["Ebs"]
    parent = thing("ec2", f"arn:aws:ec2:{REGION}::image/{image}")
    hands = AwsHands(door=door, clock=clock)

    found = hands.children(EVENT, parent)

    assert not isinstance(found, Failed)
    assert [child.arn for child in found] == [
        f"arn:aws:ec2:{REGION}::snapshot/{snapshot['SnapshotId']}"
    ]


def test_most_resources_have_no_children_and_cost_no_call(clock: Clock) -> None:
    door = Estate(ListTagsForResource={})
    topic = thing("sns", f"arn:aws:sns:{REGION}:{ACCOUNT}:news")
    hands = AwsHands(door=door, clock=clock)

    assert hands.children(EVENT, topic) == ()
    assert door.asked == []


# --- evidence --------------------------------------------------------------------------------


def test_every_origin_is_read_where_aws_says_it_is(clock: Clock) -> None:
    instance = thing("ec2", ec2_arn("instance", "i-1"))
    system = {"aws:autoscaling:groupName": "web", "aws:cloudformation:stack-id": "arn:stack/shop/1"}
    seen = [{"Key": key, "Value": value} for key, value in system.items()]
    door = Estate(
        DescribeTags={"Tags": [*seen, *tags(Owner="group")]},
        DescribeStacks={"Stacks": [{"Tags": tags(Owner="stack")}]},
        ListRoleTags={"Tags": tags(Owner="role")},
        ListTagsForResource={"Tags": tags(Owner="account")},
    )
    hands = AwsHands(door=door, clock=clock)
    hands.current(EVENT, instance)

    found = hands.evidence(EVENT, instance, EVERY)

    assert found == {
        Origin.PARENT: Vouched(tags={"Owner": "group"}, whose={"Owner": "Auto Scaling group web"}),
        Origin.STACK: Vouched(tags={"Owner": "stack"}, whose={"Owner": "stack shop"}),
        Origin.ROLE: {"Owner": "role"},
        Origin.ACCOUNT: {"Owner": "account"},
    }
    assert ("ListTagsForResource", "") in door.asked  # the organisation answers in our own account


def test_what_is_denied_or_absent_is_unread_with_the_reason(clock: Clock) -> None:
    topic = thing("sns", f"arn:aws:sns:{REGION}:{ACCOUNT}:news")
    hands = AwsHands(door=Estate(), clock=clock)
    hands.current(EVENT, topic)

    found = hands.evidence(EVENT, topic, EVERY)

    reasons = {origin: got.why for origin, got in found.items() if isinstance(got, Unread)}
    assert reasons.keys() == EVERY.keys()
    assert "belongs to" in reasons[Origin.PARENT]
    assert "CloudFormation" in reasons[Origin.STACK]
    assert "allow x:ListRoleTags" in reasons[Origin.ROLE]
    assert "allow x:ListTagsForResource" in reasons[Origin.ACCOUNT]


def test_a_role_that_is_gone_is_not_waited_for(
    clock: Clock, slept: list[float], session: boto3.Session, door: Boto
) -> None:
    topic = thing("sns", session.client("sns").create_topic(Name="news")["TopicArn"])
    hands = AwsHands(door=door, clock=clock)
    hands.current(EVENT, topic)

    found = hands.evidence(EVENT, topic, {Origin.ROLE: OWNER})

    assert isinstance(found[Origin.ROLE], Unread)
    assert slept == []


def test_roles_and_accounts_are_asked_about_once_a_run(clock: Clock) -> None:
    door = Estate(ListTagsForResource={}, ListRoleTags={"Tags": tags(Owner="role")})
    hands = AwsHands(door=door, clock=clock)
    topics = [thing("sns", f"arn:aws:sns:{REGION}:{ACCOUNT}:t{n}") for n in range(5)]

    for topic in topics:
        hands.current(EVENT, topic)
        hands.evidence(EVENT, topic, {Origin.ROLE: OWNER, Origin.ACCOUNT: OWNER})

    assert door.asked.count(("ListRoleTags", ACCOUNT)) == 1
    assert door.asked.count(("ListTagsForResource", "")) == 1


def test_a_parent_named_by_the_record_is_read_by_its_own_service(
    session: boto3.Session, door: Boto, clock: Clock
) -> None:
    name = launched(session)
    ec2 = session.client("ec2")
    ec2.create_tags(Resources=[name], Tags=[{"Key": "Owner", "Value": "platform"}])
    volume = thing("ec2", ec2_arn("volume", "vol-1"), parent=ec2_arn("instance", name))
    hands = AwsHands(door=door, clock=clock)
    hands.current(EVENT, volume)

    found = hands.evidence(EVENT, volume, {Origin.PARENT: OWNER})

    whose = {"Owner": f"instance {name}"}
    assert found == {Origin.PARENT: Vouched(tags={"Owner": "platform"}, whose=whose)}
