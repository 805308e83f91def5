import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsteward.core.errors import ConfigError
from awsteward.tags.policy.model import Policy, demand
from awsteward.tags.policy.organizations import from_required_tags, from_tag_policy
from awsteward.tags.policy.parse import parse

TAG_POLICY: dict[str, Any] = {
    "tags": {
        "costcenter": {
            "tag_key": {
                "@@assign": "CostCenter",
                "@@operators_allowed_for_child_policies": ["@@none"],
            },
            "tag_value": {"@@assign": ["100", "200"], "@@append": ["300*"]},
            "report_required_tag_for": {"@@assign": ["ec2:instance", "rds:db", "s3:bucket"]},
            "enforced_for": {"@@assign": ["secretsmanager:ALL_SUPPORTED"]},
        },
        "Project": {"tag_value": {"@@assign": ["A", "B"]}},
        "secret": {
            "tag_key": {"@@assign": "Secret"},
            "enforced_for": {"@@assign": ["secretsmanager:ALL_SUPPORTED"]},
        },
    }
}


def imported(content: object) -> Policy:
    return parse(from_tag_policy(json.dumps(content), "tags.json"), "f")


def test_keys_values_and_types_of_a_tag_policy_are_required() -> None:
    rules = {rule.key: rule for rule in imported(TAG_POLICY).rules}

    assert sorted(rules) == ["CostCenter", "Secret", "project"]
    cost = rules["CostCenter"]
    assert [v for v in ("100", "200", "3001", "400") if cost.objection(v) is None] == [
        "100",
        "200",
        "3001",
    ]
    assert cost.types.texts == ("AWS::EC2::Instance", "AWS::RDS::DBInstance", "AWS::S3::Bucket")
    assert rules["project"].values == ("A", "B")
    assert rules["project"].types.texts == ()


def test_what_is_supported_of_a_service_becomes_all_its_types() -> None:
    policy = imported(TAG_POLICY)

    assert "Secret" in demand(policy, "AWS::SecretsManager::Secret", "1").by_key
    assert "Secret" not in demand(policy, "AWS::S3::Bucket", "1").by_key


@pytest.mark.parametrize(
    "wrapped",
    [
        pytest.param({"EffectivePolicy": {"PolicyContent": "…"}}, id="effective"),
        pytest.param({"Policy": {"Content": "…"}}, id="described"),
    ],
)
def test_an_api_answer_with_a_policy_in_it_will_do(wrapped: dict[str, dict[str, str]]) -> None:
    plain = {"tags": {"team": {"tag_key": "Team", "tag_value": ["pos", "kiosk"]}}}
    answer = {outer: dict.fromkeys(inner, json.dumps(plain)) for outer, inner in wrapped.items()}

    assert imported(answer).rules == imported(plain).rules
    assert imported(plain).rules[0].values == ("pos", "kiosk")


@pytest.mark.parametrize(
    ("values", "good", "bad"),
    [
        (["*@example.com"], "ana@example.com", "ana@example.org"),
        (["a*", "b*", "*c", "d*e"], "dxe", "dx"),
        (["a.b*"], "a.bc", "axbc"),
        (["*", "a"], "anything", ""),
    ],
)
def test_a_star_in_a_value_stands_for_anything(values: list[str], good: str, bad: str) -> None:
    (rule,) = imported({"tags": {"k": {"tag_value": {"@@assign": values}}}}).rules

    assert rule.objection(good) is None
    assert rule.objection(bad) is not None


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        ("ec2:transit-gateway", "AWS::EC2::TransitGateway"),
        ("lambda:function", "AWS::Lambda::Function"),
        ("states:stateMachine", "AWS::StepFunctions::StateMachine"),
        ("ec2:ALL_SUPPORTED", "AWS::EC2::Volume"),
        ("dynamodb:*", "AWS::DynamoDB::Table"),
        ("newservice:shiny-thing", "AWS::NewService::ShinyThing"),
        ("newservice:ALL_SUPPORTED", "AWS::NewService::ShinyThing"),
    ],
)
def test_resource_types_are_translated_to_cloudformations(kind: str, type_: str) -> None:
    policy = imported({"tags": {"k": {"report_required_tag_for": {"@@assign": [kind]}}}})

    assert "k" in demand(policy, type_, "1").by_key
    assert "k" not in demand(policy, "AWS::SQS::Queue", "1").by_key


@pytest.mark.parametrize("kind", ["*:ALL_SUPPORTED", "ALL_SUPPORTED", "*"])
def test_all_services_are_all_types(kind: str) -> None:
    policy = imported({"tags": {"k": {"report_required_tag_for": {"@@assign": [kind]}}}})

    assert policy.rules[0].types.texts == ()


def test_required_tags_are_joined_by_key() -> None:
    answer = {
        "RequiredTags": [
            {
                "ResourceType": "ec2:instance",
                "CloudFormationResourceTypes": ["AWS::EC2::Instance"],
                "ReportingTagKeys": ["CostCenter", "Owner"],
            },
            {"ResourceType": "s3:bucket", "ReportingTagKeys": ["CostCenter"]},
        ]
    }

    policy = parse(from_required_tags(json.dumps(answer), "required.json"), "f")

    assert {rule.key: rule.types.texts for rule in policy.rules} == {
        "CostCenter": ("AWS::EC2::Instance", "AWS::S3::Bucket"),
        "Owner": ("AWS::EC2::Instance",),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "t.json: not JSON"),
        ("[" * 100_000, "t.json: not JSON"),
        ("[]", "must be a JSON object"),
        ("{}", "no `tags` in it"),
        ('{"tags": {"a": 1}}', "tags.a must be an object"),
        ('{"tags": {"a": {"tag_value": {"@@assign": [{}]}}}}', "tags.a.tag_value.@@assign must"),
        ('{"tags": {"aws:a": {}}}', "begins with aws:"),
    ],
)
def test_what_is_no_tag_policy_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        from_tag_policy(text, "t.json")


@pytest.mark.parametrize("text", ["{}", '{"RequiredTags": []}', '{"RequiredTags": [1]}'])
def test_what_is_no_list_of_required_tags_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"r\.json: "):
        from_required_tags(text, "r.json")


some_key = st.text(min_size=1, max_size=8).filter(
    lambda key: key.strip() and not key.casefold().startswith(("aws:", "@@"))
)
some_value = st.text(max_size=8).filter(lambda value: "*" not in value)


@given(st.dictionaries(some_key, st.lists(some_value, max_size=4), min_size=1, max_size=3))
def test_any_keys_and_values_survive_the_way_through_yaml(wanted: dict[str, list[str]]) -> None:
    content = {"tags": {key: {"tag_key": key, "tag_value": v} for key, v in wanted.items()}}

    rules = imported(content).rules

    assert {rule.key: list(rule.values) for rule in rules} == wanted


def test_half_a_character_is_refused_in_words_that_can_be_printed() -> None:
    with pytest.raises(ConfigError) as caught:
        from_tag_policy(r'{"tags": {"\ud800": 1}}', "f")

    assert str(caught.value).encode().startswith(b"f: ")
