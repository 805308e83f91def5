"""The part of the stack that AWS Config needs, there only where somebody asks for it."""

import json
from pathlib import Path
from typing import Any

import pytest

from awsteward.deploy import config
from awsteward.deploy.pattern import patterns
from awsteward.tags import handler
from tests.deploy.rules import matches
from tests.deploy.stacks import FEW, actions, kind, stack, with_rule
from tests.tags.config.messages import changed, event, item, oversized

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"


def test_nothing_of_it_is_there_unless_somebody_asks() -> None:
    assert "onfig" not in "".join(stack(FEW)["Resources"])
    assert not kind(stack(FEW), "AWS::Config::ConfigRule")


def test_the_rule_asks_the_function_about_every_change() -> None:
    (rule,) = kind(with_rule(), "AWS::Config::ConfigRule").values()

    assert rule["Source"]["Owner"] == "CUSTOM_LAMBDA"
    assert rule["Source"]["SourceIdentifier"] == {"Fn::GetAtt": ["Evaluate", "Arn"]}
    assert [each["MessageType"] for each in rule["Source"]["SourceDetails"]] == [
        "ConfigurationItemChangeNotification",
        "OversizedConfigurationItemChangeNotification",
    ]


def test_only_this_accounts_config_may_call_it_and_may_before_the_rule_is_made() -> None:
    may = kind(with_rule(), "AWS::Lambda::Permission")["ConfigMayCall"]

    assert may["Principal"] == "config.amazonaws.com"
    assert may["SourceAccount"] == {"Ref": "AWS::AccountId"}
    assert with_rule()["Resources"]["Tagged"]["DependsOn"] == ["ConfigMayCall"]


def test_the_function_can_answer_and_nothing_else() -> None:
    role = kind(with_rule(), "AWS::IAM::Role")["EvaluateRole"]

    assert "ManagedPolicyArns" not in role
    assert actions(role) == {
        "config:PutEvaluations", "config:GetResourceConfigHistory", "config:SelectResourceConfig",
        "logs:CreateLogStream", "logs:PutLogEvents", "sts:GetCallerIdentity",
        "ssm:GetParameter", "s3:GetObject", "kms:Decrypt", "sts:AssumeRole",
    }  # fmt: skip


def test_every_function_calls_a_handler_that_there_is() -> None:
    for one in kind(with_rule(), "AWS::Lambda::Function").values():
        module, _, name = one["Handler"].rpartition(".")

        assert module == handler.__name__
        assert callable(getattr(handler, name))


@pytest.mark.parametrize(
    ("message", "comes"),
    [
        pytest.param(changed(item()), True, id="a new resource"),
        pytest.param(
            changed(item(configurationItemStatus="OK")), True, id="a new one, by its diff"
        ),
        pytest.param(oversized(changeType="CREATE"), True, id="a big new one"),
        pytest.param(
            changed(item(configurationItemStatus="OK"), "UPDATE"), False, id="a change"
        ),
        pytest.param(oversized(), False, id="a big change"),
    ],
)  # fmt: skip
def test_new_resources_come_to_the_queue_and_changes_do_not(
    message: dict[str, Any], *, comes: bool
) -> None:
    told = json.loads(event(message))

    assert matches(config.PATTERN, told) is comes
    assert not any(matches(each, told) for each in patterns(None))


def test_its_rule_reaches_the_queue_like_every_other() -> None:
    rules = [
        rule
        for rule in kind(with_rule(), "AWS::Events::Rule").values()
        if rule.get("EventPattern") == config.PATTERN
    ]

    ((target,),) = (rule["Targets"] for rule in rules)
    assert target["Arn"] == {"Fn::GetAtt": ["Queue", "Arn"]}


def test_its_failures_have_alarms_and_every_alarm_an_entry_in_the_runbook() -> None:
    alarms = kind(with_rule(), "AWS::CloudWatch::Alarm")

    assert alarms.keys() >= {"EvaluateErrorsAlarm", "EvaluateThrottlesAlarm"}
    page = PAGE.read_text("utf-8")
    for name in alarms:
        assert f"### {name}\n" in page
