"""The members of an organisation, as far as the central account is told of them."""

import functools
from collections.abc import Mapping
from typing import Any

import pytest

from awsteward.clients.aws.refusals import Answer
from awsteward.deploy.hub import Organization, hub
from awsteward.deploy.template import Choice
from awsteward.doctor.verdict import Fine, Unclear
from awsteward.tags.policy.default import default
from tests.doctor import world
from tests.doctor.mends import wrong
from tests.doctor.world import DENIED, walked

SET, LIST = "cloudformation:DescribeStackSet", "cloudformation:ListStackInstances"
ACTIVE = {"StackSet": {"Status": "ACTIVE", "OrganizationalUnitIds": ["ou-ab12-cd34"],
                       "Regions": ["us-east-1", "eu-west-1"]}}  # fmt: skip
FAILED = {"Account": "444455556666", "Region": "eu-west-1", "StatusReason": "name taken"}


@functools.cache
def central() -> Mapping[str, Any]:
    choice = Choice(policy=default(), sources=frozenset({"sqs", "s3"}))
    return hub(choice, Organization(id="o-abcdefghij", regions=("eu-west-1",)))


def resources(**more: str) -> Any:
    def told(params: Mapping[str, Any]) -> Answer:
        found = world.HEALTHY["cloudformation:DescribeStackResources"]
        assert callable(found)
        alone = found(params)
        assert isinstance(alone, Mapping)
        kind = "AWS::CloudFormation::StackSet"
        members = [
            {"LogicalResourceId": name, "PhysicalResourceId": physical, "ResourceType": kind}
            for name, physical in more.items()
        ]
        return {"StackResources": [*alone["StackResources"], *members]}

    return told


def listed(status: str) -> Any:
    """One stack in that state."""

    def told(params: Mapping[str, Any]) -> Answer:
        (wanted,) = params["Filters"]
        return {"Summaries": [FAILED] if wanted["Values"] == status else []}

    return told


def organisation(**changes: Any) -> Mapping[str, Any]:
    return {
        "cloudformation:GetTemplate": {"TemplateBody": central()},
        "cloudformation:DescribeStackResources": resources(Members="awsteward-members"),
        SET: ACTIVE,
        LIST: listed("none"),
        **changes,
    }


def test_members_that_got_through_are_fine() -> None:
    verdict = walked(organisation())["members"].verdict

    assert verdict == Fine("1 units in 2 regions, none failed")


@pytest.mark.parametrize("status", ["FAILED", "INOPERABLE", "CANCELLED"])
def test_a_members_stack_that_failed_is_named_with_its_reason(status: str) -> None:
    verdict = walked(organisation(**{LIST: listed(status)}))["members"].verdict

    assert "444455556666 in eu-west-1: name taken" in wrong(verdict)
    assert "update-stack-instances --stack-set-name awsteward-members" in str(verdict)
    assert "OrganizationalUnitIds=ou-ab12-cd34 --regions us-east-1 eu-west-1" in str(verdict)


def test_a_stackset_that_is_not_at_work_is_wrong() -> None:
    verdict = walked(organisation(**{SET: {"StackSet": {"Status": "DELETED"}}}))["members"].verdict

    assert "is deleted" in wrong(verdict)


@pytest.mark.parametrize("call", [SET, LIST])
def test_what_nobody_may_look_at_is_unclear(call: str) -> None:
    verdict = walked(organisation(**{call: DENIED}))["members"].verdict

    assert isinstance(verdict, Unclear)
    assert call in verdict.why


def test_before_units_are_named_there_are_no_members() -> None:
    none = organisation(**{"cloudformation:DescribeStackResources": resources()})

    assert isinstance(walked(none)["members"].verdict, Fine)


def test_the_stack_of_one_account_has_no_members_to_look_at() -> None:
    assert "members" not in walked()
