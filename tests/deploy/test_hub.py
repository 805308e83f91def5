"""The central account: what it holds beyond one account's stack, and whom it listens to."""

import json
from typing import Any

import pytest

from awsteward.deploy import facts
from awsteward.deploy.hub import Organization, hub
from awsteward.deploy.template import Choice, text
from awsteward.tags.policy.default import default
from tests.deploy.policies import allows, resolved
from tests.deploy.rules import API_CALL
from tests.deploy.stacks import FEW, central, joined, kind, stack, statements

OURS = Organization(id="o-exampleorgid", regions=("eu-west-1", "ap-northeast-2"))
ALL, SOME = central(None), central(FEW)
FORWARDED = {
    "aws:PrincipalOrgID": OURS.id,
    "events:source": "aws.s3",
    "events:detail-type": API_CALL,
    "events:eventBusInvocation": "true",
}


def bus_statement() -> dict[str, Any]:
    (policy,) = kind(SOME, "AWS::Events::EventBusPolicy").values()
    told: dict[str, Any] = resolved(
        policy["Statement"], {"Organization": OURS.id, "Bus.Arn": "arn:of:bus"}
    )
    return told


def members() -> dict[str, Any]:
    found: dict[str, Any] = kind(SOME, "AWS::CloudFormation::StackSet")["Members"]
    return found


def test_what_a_rule_of_the_organisation_forwards_is_taken() -> None:
    assert allows(bus_statement(), FORWARDED)


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param({"events:source": "my.s3"}, id="not-from-aws"),
        pytest.param({"events:source": "awsome.s3"}, id="only-sounds-like-aws"),
        pytest.param({"events:detail-type": "Scheduled Event"}, id="no-cloudtrail-event"),
        pytest.param({"aws:PrincipalOrgID": "o-anotherorgid"}, id="another-organisation"),
        pytest.param({"events:eventBusInvocation": "false"}, id="put-by-hand"),
    ],
)
def test_whatever_else_is_put_on_the_bus_is_refused(forged: dict[str, str]) -> None:
    assert not allows(bus_statement(), {**FORWARDED, **forged})


def test_a_caller_without_an_organisation_is_refused() -> None:
    nobody = {key: value for key, value in FORWARDED.items() if key != "aws:PrincipalOrgID"}

    assert not allows(bus_statement(), nobody)


def test_only_our_rules_may_put_into_the_queues() -> None:
    rules = {n for n, one in kind(SOME, "AWS::Events::Rule").items() if "EventPattern" in one}
    (policy,) = kind(SOME, "AWS::SQS::QueuePolicy").values()

    arns = {f"{name}.Arn": f"arn:aws:events:us-east-1:111122223333:rule/{name}" for name in rules}
    told = resolved(policy, {**arns, "Queue": "q", "DeadLetters": "d", "Queue.Arn": "arn:of:q",
                             "DeadLetters.Arn": "arn:of:d"})  # fmt: skip
    for each in statements(told):
        assert each["Principal"] == {"Service": "events.amazonaws.com"}
        assert all(allows(each, {"aws:SourceArn": arn}) for arn in arns.values())
        assert not allows(each, {"aws:SourceArn": "arn:aws:events:us-east-1:1:rule/Mine"})
        assert not allows(each, {})


def test_the_rules_of_the_bus_are_the_accounts_own_once_more() -> None:
    rules = kind(ALL, "AWS::Events::Rule")
    gathered = {name: one for name, one in rules.items() if "EventBusName" in one}

    assert gathered.keys() == {"Gathered1"}
    for name, one in gathered.items():
        own = rules[name.replace("Gathered", "Creations")]
        assert one == {**own, "EventBusName": {"Ref": "Bus"}}


@pytest.mark.parametrize("sources", [None, FEW], ids=["all", "few"])
def test_one_accounts_stack_is_part_of_it_whole(sources: frozenset[str] | None) -> None:
    alone, whole = stack(sources), central(sources)

    changed = {"QueuePolicy", "UndoRights"}
    for part in ("Resources", "Conditions", "Outputs", "Parameters"):
        kept = alone[part].keys() - changed - {"MemberRole"}
        assert {name: whole[part][name] for name in kept} == {n: alone[part][n] for n in kept}
    assert whole["Parameters"]["MemberRole"]["Default"]


def test_the_members_are_told_all_that_their_template_asks_for() -> None:
    told = {each["ParameterKey"] for each in members()["Parameters"]}

    assert told == joined(FEW)["Parameters"].keys()


def test_a_function_that_goes_into_other_accounts_is_named_to_them() -> None:
    (roles,) = [e for e in members()["Parameters"] if e["ParameterKey"] == "HubRoles"]

    named = [{"Fn::GetAtt": [f"{name}Role", "Arn"]} for name in ("Take", "Tell")]
    assert roles["ParameterValue"] == {"Fn::Join": [",", named]}


def test_new_accounts_of_the_units_are_members_by_themselves() -> None:
    found = members()

    assert found["PermissionModel"] == "SERVICE_MANAGED"
    assert found["AutoDeployment"]["Enabled"] is True
    assert found["StackInstancesGroup"] == [
        {"DeploymentTargets": {"OrganizationalUnitIds": {"Ref": "Units"}},
         "Regions": {"Ref": "Regions"}}
    ]  # fmt: skip
    assert SOME["Resources"]["Members"]["Condition"] == "HasMembers"


def test_the_home_region_is_always_among_the_regions_and_first() -> None:
    parameters = SOME["Parameters"]

    assert parameters["Regions"]["Default"] == "us-east-1,eu-west-1,ap-northeast-2"
    assert parameters["HomeRegion"]["Default"] == "us-east-1"


@pytest.mark.parametrize(
    ("region", "home"),
    [("eu-west-1", "us-east-1"), ("cn-north-1", "cn-northwest-1"),
     ("us-gov-east-1", "us-gov-west-1")],
)  # fmt: skip
def test_each_partition_has_its_own_home(region: str, home: str) -> None:
    assert Organization(id=OURS.id, regions=(region,)).everywhere == (home, region)


def test_people_take_tags_back_in_other_accounts_by_the_role_of_the_same_name() -> None:
    role = SOME["Resources"]["UndoRights"]["Properties"]

    (assume,) = [e for e in statements(role["Policies"]) if e["Action"] == ["sts:AssumeRole"]]
    assert assume["Resource"] == {"Fn::Sub": "arn:${AWS::Partition}:iam::*:role/${UndoRole}"}


def test_the_buss_policy_and_rules_are_within_eventbridges_limits() -> None:
    quota = facts.quotas().event_bus

    assert len(json.dumps(bus_statement())) <= quota.policy
    assert len(kind(ALL, "AWS::Events::Rule")) <= quota.rules


def test_the_template_can_be_handed_over() -> None:
    quota = facts.quotas().template

    assert len(text(SOME, "yaml").encode()) <= quota.inline
    assert len(text(ALL, "yaml").encode()) <= quota.by_s3


def test_the_same_choice_gives_the_same_text() -> None:
    again = hub(Choice(policy=default(), sources=frozenset(sorted(FEW))), OURS)

    assert text(again, "yaml") == text(SOME, "yaml")
