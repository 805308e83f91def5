"""The rights in a template are those that the catalogue's calls need: none fewer, none more."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from awsteward.core.errors import ConfigError
from awsteward.deploy import facts
from awsteward.deploy.choice import chosen, services
from awsteward.deploy.rights import check_number, documents, keys, needs, size, writing
from awsteward.deploy.template import Choice, template
from awsteward.tags.catalogue.spared import spared
from awsteward.tags.catalogue.tagcalls import Call, Kind, table
from awsteward.tags.guard.scan import OUR_PATH
from awsteward.tags.model.plan import Origin
from awsteward.tags.policy.default import default
from awsteward.tags.policy.model import Policy, Rule, Source
from tests.deploy.stacks import FEW, actions, kind, policies, stack, statements

CREATOR_ONLY = Policy(rules=(Rule(key="Owner", sources=(Source(origin=Origin.CREATOR),)),))
CHOICES = [
    pytest.param(None, id="all"),
    pytest.param(FEW, id="few"),
    pytest.param(frozenset({"sqs"}), id="one"),
    pytest.param(frozenset({"codebuild"}), id="through-the-tagging-api"),
]


def kinds(sources: frozenset[str] | None) -> Iterator[Kind]:
    """What the catalogue says, looked up on another way than the template's."""
    for name in services(sources):
        row = table().services.get(table().through.get(name, name))
        if row and not spared(name):
            yield from filter(None, (*row.kinds, row.base))


def of(calls: Iterable[Call]) -> set[str]:
    return {action for call in calls for action in call.actions} - facts.actions().unlisted


@pytest.mark.parametrize("sources", CHOICES)
def test_the_writes_in_the_template_are_those_that_the_catalogue_names(
    sources: frozenset[str] | None,
) -> None:
    granted = actions(policies(stack(sources), "WriteTags"))

    found = list(kinds(sources))
    needed = of(each.write for each in found) | of(k.whole.replace for k in found if k.whole)
    assert granted - {"tag:TagResources"} == needed - {"tag:TagResources"}


@pytest.mark.parametrize("sources", CHOICES)
def test_the_reads_are_those_of_the_catalogue_where_nothing_else_is_looked_at(
    sources: frozenset[str] | None,
) -> None:
    built = template(Choice(policy=CREATOR_ONLY, sources=sources))

    found = actions(policies(built, "ReadTags"))

    children = {"ec2:DescribeInstances", "ec2:DescribeSnapshots"}
    expected = children if "ec2" in services(sources) else set[str]()
    assert found == of(each.list for each in kinds(sources)) | expected


@pytest.mark.parametrize("sources", CHOICES)
def test_what_people_may_take_back_is_what_the_catalogue_names(
    sources: frozenset[str] | None,
) -> None:
    found = actions(policies(stack(sources), "RemoveTags"))

    wholes = [each.whole for each in kinds(sources) if each.whole]
    whole = [call for each in wholes for call in (each.replace, each.clear)]
    assert found == of([*(each.untag for each in kinds(sources)), *whole])


def test_the_functions_can_never_take_tags_away() -> None:
    built = stack(None)
    removals = actions(policies(built, "RemoveTags")) - actions(policies(built, "WriteTags"))

    roles = {
        name: one for name, one in kind(built, "AWS::IAM::Role").items() if name != "UndoRights"
    }

    assert removals
    assert (
        not actions([roles, policies(built, "WriteTags"), policies(built, "ReadTags")]) & removals
    )
    assert "RemoveTags" not in json.dumps(roles)


def test_only_who_takes_tags_back_reads_the_whole_table() -> None:
    scanning = {
        name
        for name, role in kind(stack(None), "AWS::IAM::Role").items()
        if "dynamodb:Scan" in actions(role)
    }

    assert scanning == {"UndoRights"}


def test_tags_are_written_in_the_mode_enforce_only() -> None:
    built = stack(None)

    for name in policies(built, "WriteTags"):
        assert built["Resources"][name]["Condition"] == "Enforces"
        attached = built["Resources"]["TakeRole"]["Properties"]["ManagedPolicyArns"]
        assert {"Fn::If": ["Enforces", {"Ref": name}, {"Ref": "AWS::NoValue"}]} in attached


@pytest.mark.parametrize(
    ("origin", "action"),
    [
        (Origin.PARENT, "autoscaling:DescribeTags"),
        (Origin.STACK, "cloudformation:DescribeStacks"),
        (Origin.ROLE, "iam:ListRoleTags"),
        (Origin.ACCOUNT, "organizations:ListTagsForResource"),
    ],
)
def test_where_values_come_from_is_read_only_if_the_policy_looks_there(
    origin: Origin, action: str
) -> None:
    looks = Policy(rules=(Rule(key="Owner", sources=(Source(origin=origin),)),))

    assert action in needs(frozenset({"sqs"}), looks).read
    assert action not in needs(frozenset({"sqs"}), CREATOR_ONLY).read


@pytest.mark.parametrize("sources", CHOICES)
def test_no_statement_has_a_wildcard_in_an_action(sources: frozenset[str] | None) -> None:
    found = list(statements(stack(sources)))

    assert found
    assert not [a for each in found for a in each["Action"] if "*" in a or "?" in a]
    assert not [each for each in found if "NotAction" in each or "NotResource" in each]


def test_the_tagging_api_is_granted_only_where_a_row_needs_it() -> None:
    by_itself = actions(policies(stack(frozenset({"codebuild"})), ""))
    many_at_once = actions(policies(stack(frozenset({"sqs"})), ""))
    neither = actions(policies(stack(frozenset({"s3"})), ""))

    assert {"tag:TagResources", "tag:GetResources", "tag:UntagResources"} <= by_itself
    assert {each for each in many_at_once if each.startswith("tag:")} == {"tag:TagResources"}
    assert not [each for each in neither if each.startswith("tag:")]


@pytest.mark.parametrize("sources", CHOICES)
def test_only_our_keys_are_written_wherever_iam_is_shown_the_keys(
    sources: frozenset[str] | None,
) -> None:
    ours = {"ForAllValues:StringEquals": {"aws:TagKeys": list(keys(default()))}}
    blind = facts.actions().without_tag_keys | {"s3:PutBucketTagging"}

    for each in statements(policies(stack(sources), "WriteTags")):
        if each.get("Condition") != ours:
            assert set(each["Action"]) <= blind
        else:
            assert not set(each["Action"]) & blind


def test_a_key_that_is_only_asked_for_is_not_among_ours() -> None:
    assert keys(default()) == ("CostCenter", "CreatedBy", "Owner")


def test_the_right_to_read_policies_is_a_policy_that_nobody_has() -> None:
    built = stack(None)
    (reads,) = policies(built, "ReadPolicies")

    assert built["Resources"][reads]["Condition"] == "ReadsPolicies"
    assert built["Parameters"]["ReadPolicies"]["Default"] == "no"
    assert reads not in json.dumps(kind(built, "AWS::IAM::Role"))


def test_a_scan_knows_our_own_policies_by_their_path() -> None:
    assert {one["Path"] for one in policies(stack(None), "").values()} == {OUR_PATH}


def test_a_stack_is_never_tagged_because_it_is_spared() -> None:
    wanted = needs(frozenset({"cloudformation"}), CREATOR_ONLY)

    assert not wanted.add
    assert not wanted.remove


def test_actions_that_are_also_more_than_tagging_are_bound_to_the_tags_path() -> None:
    api = {action for scope in facts.scopes() for action in scope.actions}

    bound = [each for each in statements(stack(FEW)) if set(each["Action"]) & api]

    assert bound
    for each in bound:
        assert set(each["Action"]) <= api
        assert all("/tags/*" in where["Fn::Sub"] for where in each["Resource"])


@pytest.mark.parametrize("sources", CHOICES)
def test_every_policy_is_within_iams_size_and_no_role_has_too_many(
    sources: frozenset[str] | None,
) -> None:
    quotas = facts.quotas()

    for one in policies(stack(sources), "").values():
        assert size(one["PolicyDocument"]["Statement"]) <= quotas.managed_policy.size
    for role in kind(stack(sources), "AWS::IAM::Role").values():
        assert len(role.get("ManagedPolicyArns", [])) <= quotas.managed_policy.per_role
        inline = json.dumps(role["Policies"], separators=(",", ":"))
        assert len(inline) <= quotas.inline_policies.size


def test_a_long_statement_is_parted_and_loses_no_action() -> None:
    many = [f"service{number}:TagResource" for number in range(900)]
    long: dict[str, Any] = {"Effect": "Allow", "Action": many, "Resource": "*"}

    found = documents([long])

    assert len(found) > 1
    assert [a for each in found for s in each["Statement"] for a in s["Action"]] == many
    assert all(size(each["Statement"]) <= facts.quotas().managed_policy.size for each in found)


def test_more_policies_than_a_role_carries_are_refused_with_what_to_do() -> None:
    check_number({"TakeRole": 10})

    with pytest.raises(ConfigError, match=r"TakeRole would need 11 .* choose fewer services"):
        check_number({"TakeRole": 11})


def test_more_keys_than_a_policy_holds_are_refused() -> None:
    wanted = replace(needs(frozenset({"sqs"}), default()), replace=frozenset())

    with pytest.raises(ConfigError, match="more tag keys than an IAM policy can hold"):
        writing(wanted, [f"Key{number}" for number in range(1_000)])


@pytest.mark.parametrize("word", ["sqs", "SQS ", "sqs.amazonaws.com"])
def test_a_service_goes_by_its_event_source(word: str) -> None:
    assert chosen([word]) == {"sqs"}


@pytest.mark.parametrize(
    ("word", "source"), [("stepfunctions", "states"), ("monitoring", "cloudwatch")]
)
def test_a_service_goes_by_its_other_names_too(word: str, source: str) -> None:
    assert chosen([word]) == {source}


def test_an_unknown_service_is_told_with_the_nearest_known_one() -> None:
    with pytest.raises(ConfigError, match=r"'lamda' is not known.*'lambda'"):
        chosen(["sqs", "lamda"])


def test_no_service_at_all_is_refused() -> None:
    with pytest.raises(ConfigError, match="name one service at least"):
        chosen([])
