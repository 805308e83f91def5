import json

import boto3
import pytest

from awsteward.clients.aws.door import Boto
from awsteward.clients.aws.stack import ChangeSet, Stack, Stacks, Wanted
from awsteward.core.errors import ConfigError

REGION = "eu-west-1"


def template(*queues: str) -> str:
    return json.dumps(
        {
            "Resources": {name: {"Type": "AWS::SQS::Queue"} for name in queues},
            "Outputs": {"QueueUrl": {"Value": {"Ref": queues[0]}}},
        }
    )


def wanted(*queues: str) -> Wanted:
    return Wanted(
        name="guard",
        template=template(*queues),
        parameters={},
        known=frozenset(),
        tags={"Owner": "ops"},
    )


@pytest.fixture
def stacks(door: Boto) -> Stacks:
    return Stacks(door=door, region=REGION, sleep=lambda _: None)


def made(stacks: Stacks, *queues: str) -> tuple[ChangeSet, Stack]:
    changes = stacks.changes(wanted(*queues))
    assert changes is not None
    return changes, stacks.change(changes)


def test_a_stack_is_made_from_its_changes_and_says_what_it_is(stacks: Stacks) -> None:
    planned, stack = made(stacks, "Live")

    assert [(each.action, each.logical_id, each.type) for each in planned.changes] == [
        ("Add", "Live", "AWS::SQS::Queue")
    ]
    assert stack.status == "CREATE_COMPLETE"


def test_a_stack_that_is_there_is_changed(stacks: Stacks) -> None:
    made(stacks, "Live")

    planned, stack = made(stacks, "Live", "Dead")

    assert ("Add", "Dead") in [(each.action, each.logical_id) for each in planned.changes]
    assert stack.status == "UPDATE_COMPLETE"


def test_a_stack_says_where_its_parts_are(stacks: Stacks, session: boto3.Session) -> None:
    cloudformation = session.client("cloudformation")
    cloudformation.create_stack(StackName="guard", TemplateBody=template("Live"))

    assert "Live" in stacks.outputs("guard")["QueueUrl"]


def test_a_stack_that_is_not_there_is_missed_by_name(stacks: Stacks) -> None:
    assert stacks.find("guard") is None
    with pytest.raises(ConfigError, match="no stack guard in eu-west-1"):
        stacks.outputs("guard")
