"""A member account: what it forwards and from where, and who may tag in it."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awsteward.deploy import facts
from awsteward.deploy.pattern import Pattern, at_home, names, patterns, regional, size
from awsteward.deploy.rights import size as policy_size
from awsteward.deploy.template import text
from awsteward.tags.catalogue import lookup
from awsteward.tags.duty.envelope import Refused, opened
from tests.deploy.policies import allows, resolved
from tests.deploy.rules import called, matches
from tests.deploy.stacks import FEW, actions, joined, kind, policies, stack, statements

SOURCES = sorted(lookup.by_name())
HOME = facts.worldwide().sources
REGIONAL, WORLDWIDE = regional(None), at_home(None)
TAKE = "arn:aws:iam::111122223333:role/awsteward-TakeRole-1"
VALUES = {
    "AWS::Partition": "aws", "AWS::AccountId": "444455556666", "AWS::Region": "eu-west-1",
    "HubAccount": "111122223333", "HubRegion": "us-east-1", "HubBus": "awsteward",
    "HubRoles": [TAKE], "Organization": "o-exampleorgid", "MemberRole": "awsteward-member",
    "UndoRole": "awsteward-undo",
}  # fmt: skip
BUS = "arn:aws:events:us-east-1:111122223333:event-bus/awsteward"
some_sources = st.frozensets(st.sampled_from(SOURCES), min_size=1, max_size=80)


def trust(role: str) -> dict[str, Any]:
    properties = joined(FEW)["Resources"][role]["Properties"]
    (told,) = resolved(properties["AssumeRolePolicyDocument"]["Statement"], VALUES)
    return dict(told)


def hits(found: Sequence[Pattern], host: str, name: str) -> int:
    return sum(matches(each, called(host, name)) for each in found)


def test_every_creation_is_forwarded_once_and_by_the_home_region_where_there_is_no_other() -> None:
    for source in SOURCES:
        expected = (0, 1) if source in HOME else (1, 0)
        for host in lookup.hosts(source):
            for name in names(source):
                call = f"{host}.amazonaws.com", name
                assert (hits(REGIONAL, *call), hits(WORLDWIDE, *call)) == expected, call


@settings(max_examples=20)
@given(some_sources)
def test_a_choice_is_forwarded_as_one_account_takes_it(sources: frozenset[str]) -> None:
    forwarded, alone = (*regional(sources), *at_home(sources)), patterns(sources)

    for source in sorted(sources)[:10]:
        call = f"{min(lookup.hosts(source))}.amazonaws.com", min(names(source))
        assert hits(forwarded, *call) == hits(alone, *call) == 1, call


@given(some_sources)
def test_every_pattern_has_a_size_that_eventbridge_takes(sources: frozenset[str]) -> None:
    found = [*regional(sources), *at_home(sources)]

    assert all(size(each) <= facts.quotas().event_pattern.size for each in found)


def test_the_patterns_for_everything_have_one_too() -> None:
    for each in (*regional(None), *at_home(None)):
        assert size(each) <= facts.quotas().event_pattern.size


def test_rules_forward_to_the_central_bus_and_keep_what_does_not_get_there() -> None:
    rules = kind(joined(None), "AWS::Events::Rule")

    assert rules.keys() == {"Creations1", "Worldwide1"}
    for one in rules.values():
        (target,) = one["Targets"]
        assert resolved(target["Arn"], VALUES) == BUS
        assert target["RoleArn"] == {"Fn::GetAtt": ["ForwardRights", "Arn"]}
        assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["Undelivered", "Arn"]}}
        assert "EventBusName" not in one


def test_what_has_no_region_is_forwarded_from_the_home_region_alone() -> None:
    built = joined(None)

    assert built["Resources"]["Worldwide1"]["Condition"] == "ForwardsWorldwide"
    assert built["Conditions"]["ForwardsWorldwide"] == {
        "Fn::And": [{"Condition": "Forwards"}, {"Condition": "AtHome"}]
    }
    assert built["Resources"]["Creations1"]["Condition"] == "Forwards"


def test_the_central_accounts_own_region_is_not_forwarded_twice() -> None:
    (hub,) = joined(FEW)["Conditions"]["Forwards"]["Fn::Not"]

    assert hub == {
        "Fn::And": [
            {"Fn::Equals": [{"Ref": "AWS::AccountId"}, {"Ref": "HubAccount"}]},
            {"Fn::Equals": [{"Ref": "AWS::Region"}, {"Ref": "HubRegion"}]},
        ]
    }


def test_a_role_with_a_name_is_made_in_one_region_and_no_other_has_one() -> None:
    built = joined(FEW)

    at_home_only = {"Joins", "Undoes"}
    for name, one in built["Resources"].items():
        if one["Type"] == "AWS::IAM::Role":
            named = "RoleName" in one["Properties"]
            assert (one["Condition"] in at_home_only) is named, name
    for condition in at_home_only:
        assert {"Condition": "AtHome"} in built["Conditions"]["Joins"]["Fn::And"]
        assert (
            condition == "Joins"
            or {"Condition": "Joins"} in built["Conditions"]["Undoes"]["Fn::And"]
        )


def test_the_forwarding_role_is_for_this_accounts_rules_and_the_central_bus() -> None:
    told, role = trust("ForwardRights"), joined(FEW)["Resources"]["ForwardRights"]
    ours = {"aws:SourceAccount": "444455556666",
            "aws:SourceArn": "arn:aws:events:eu-west-1:444455556666:rule/Creations1"}  # fmt: skip

    (allowed,) = statements(resolved(role["Properties"]["Policies"], VALUES))
    assert (allowed["Action"], allowed["Resource"]) == (["events:PutEvents"], BUS)
    assert allows(told, ours)
    assert not allows(told, {**ours, "aws:SourceAccount": "777788889999"})
    assert not allows(told, {})


@pytest.mark.parametrize(
    ("role", "caller"),
    [("MemberRights", TAKE), ("UndoRights", "arn:aws:iam::111122223333:role/awsteward-undo")],
)
def test_only_its_own_role_of_the_central_account_may_come_in(role: str, caller: str) -> None:
    told = trust(role)
    ours = {"aws:PrincipalOrgID": "o-exampleorgid", "aws:PrincipalArn": caller}

    assert told["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    assert allows(told, ours)
    assert not allows(told, {**ours, "aws:PrincipalArn": "arn:aws:iam::111122223333:role/Admin"})
    assert not allows(told, {**ours, "aws:PrincipalOrgID": "o-anotherorgid"})


@pytest.mark.parametrize("sources", [None, FEW], ids=["all", "few"])
@pytest.mark.parametrize("what", ["ReadTags", "WriteTags", "RemoveTags"])
def test_the_rights_are_the_central_accounts(sources: frozenset[str] | None, what: str) -> None:
    here, there = (
        {n: one["PolicyDocument"] for n, one in policies(built, what).items()}
        for built in (joined(sources), stack(sources))
    )

    assert here
    assert here == there


def test_the_role_that_tags_can_take_nothing_away_and_writes_in_enforce_only() -> None:
    built = joined(None)
    removals = actions(policies(built, "RemoveTags")) - actions(policies(built, "WriteTags"))

    attached = built["Resources"]["MemberRights"]["Properties"]["ManagedPolicyArns"]
    assert removals
    assert "RemoveTags" not in json.dumps(attached)
    for name in policies(built, "WriteTags"):
        assert built["Resources"][name]["Condition"] == "Writes"
        assert {"Fn::If": ["Writes", {"Ref": name}, {"Ref": "AWS::NoValue"}]} in attached
    assert {"Fn::Equals": [{"Ref": "Mode"}, "enforce"]} in built["Conditions"]["Writes"]["Fn::And"]


@pytest.mark.parametrize("sources", [None, FEW, frozenset({"iam"})], ids=["all", "few", "iam"])
def test_every_policy_and_the_template_are_within_the_limits(
    sources: frozenset[str] | None,
) -> None:
    built, quotas = joined(sources), facts.quotas()

    for one in policies(built, "").values():
        assert policy_size(one["PolicyDocument"]["Statement"]) <= quotas.managed_policy.size
    for role in kind(built, "AWS::IAM::Role").values():
        assert len(role.get("ManagedPolicyArns", [])) <= quotas.managed_policy.per_role
    assert len(text(built, "json").encode()) <= quotas.template.inline
    assert len(kind(built, "AWS::Events::Rule")) <= quotas.event_bus.rules


def test_what_is_forwarded_is_what_the_guard_opens() -> None:
    event = {**called("s3.amazonaws.com", "CreateBucket", recipientAccountId="444455556666"),
             "account": "444455556666"}  # fmt: skip

    assert any(matches(each, event) for each in REGIONAL)
    assert not isinstance(opened(json.dumps(event)), Refused)


def test_what_could_not_be_forwarded_has_alarms_where_somebody_is_told() -> None:
    built = joined(None)
    alarms = kind(built, "AWS::CloudWatch::Alarm")
    rules = kind(built, "AWS::Events::Rule")

    assert alarms.keys() == {"UndeliveredAlarm", *(f"{name}LostAlarm" for name in rules)}
    for name, one in alarms.items():
        condition = built["Conditions"][built["Resources"][name]["Condition"]]["Fn::And"]
        assert {"Fn::Not": [{"Fn::Equals": [{"Ref": "AlarmTopic"}, ""]}]} in condition
        arn = resolved(one["AlarmActions"], {**VALUES, "AlarmTopic": "trouble"})
        assert arn == ["arn:aws:sns:eu-west-1:111122223333:trouble"]


def test_an_alarm_stands_only_where_its_rule_does() -> None:
    built = joined(None)
    conditions = built["Conditions"]

    for name in kind(built, "AWS::Events::Rule"):
        rule, alarm = (built["Resources"][each]["Condition"] for each in (name, f"{name}LostAlarm"))
        parts = conditions[rule].get("Fn::And", [{"Condition": rule}])
        assert all(part in conditions[alarm]["Fn::And"] for part in parts if "Condition" in part)


def test_every_alarm_of_a_member_has_an_entry_that_says_what_to_do() -> None:
    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")

    for name in kind(joined(None), "AWS::CloudWatch::Alarm"):
        assert f"\n### {re.sub(r'^.*[0-9](?=LostAlarm)', '', name)}\n" in page
