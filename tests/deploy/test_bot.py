"""The part of the stack that a bot needs, there only where the policy has one."""

import json
from pathlib import Path

from awsteward.tags import handler
from awsteward.tags.policy.default import default
from tests.deploy.stacks import FEW, actions, kind, policies, stack, statements, with_bot

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"


def test_nothing_of_it_is_there_unless_the_policy_has_a_bot() -> None:
    assert "Interact" not in json.dumps(stack(FEW))
    assert not {"BotToken", "SigningSecret"} & stack(FEW)["Parameters"].keys()


def test_its_secrets_are_references_that_only_who_needs_them_may_read() -> None:
    built = with_bot()
    functions = kind(built, "AWS::Lambda::Function")

    def knows(name: str) -> set[str]:
        given = functions[name]["Environment"]["Variables"]
        return {key for key in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET") if key in given}

    assert all(built["Parameters"][name]["AllowedPattern"].startswith("^ssm:/")
               for name in ("BotToken", "SigningSecret"))  # fmt: skip
    assert knows("Interact") == {"SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"}
    assert knows("Tell") == {"SLACK_BOT_TOKEN"}
    assert knows("Take") == knows("Canary") == set()


def test_anybody_may_call_its_url_and_nothing_but_its_url() -> None:
    may = kind(with_bot(), "AWS::Lambda::Permission")
    found = [each for each in may.values() if each["Principal"] == "*"]

    assert [each["FunctionName"] for each in found] == [{"Ref": "Interact"}] * 2
    assert {each["Action"]: each.get("FunctionUrlAuthType", each.get("InvokedViaFunctionUrl"))
            for each in found} == {
        "lambda:InvokeFunctionUrl": "NONE", "lambda:InvokeFunction": True,
    }  # fmt: skip


def test_a_flood_of_calls_takes_no_more_than_a_few_functions() -> None:
    function = kind(with_bot(), "AWS::Lambda::Function")["Interact"]

    assert function["ReservedConcurrentExecutions"] == 5
    assert hasattr(handler, function["Handler"].rpartition(".")[2])


def test_it_can_call_itself_and_write_but_take_nothing_back() -> None:
    again = kind(with_bot(), "AWS::IAM::Policy")["InteractAgain"]
    role = kind(with_bot(), "AWS::IAM::Role")["InteractRole"]

    assert actions(again) == {"lambda:InvokeFunction"}
    assert again["PolicyDocument"]["Statement"][0]["Resource"] == {
        "Fn::GetAtt": ["Interact", "Arn"]
    }
    assert "RemoveTags" not in json.dumps(role)
    assert "AnswerTags" in json.dumps(role["ManagedPolicyArns"])


def test_a_guarded_key_can_be_answered_and_nobody_else_can_write_it() -> None:
    built = with_bot()
    guarded = {rule.key for rule in default().rules if rule.guarded}

    holders = {name for name, role in kind(built, "AWS::IAM::Role").items()
               if "AnswerTags" in json.dumps(role)}  # fmt: skip
    answer, write = (_keys(policies(built, name)) for name in ("AnswerTags", "WriteTags"))

    assert guarded
    assert answer == write | guarded
    assert not write & guarded
    assert holders == {"InteractRole"}
    assert actions(policies(built, "AnswerTags")) == actions(policies(built, "WriteTags"))


def _keys(found: object) -> set[str]:
    conditions = [each.get("Condition", {}) for each in statements(found)]
    return {
        key
        for condition in conditions
        for key in condition.get("ForAllValues:StringEquals", {}).get("aws:TagKeys", [])
    }


def test_its_alarms_are_in_the_runbook() -> None:
    ours = [name for name in kind(with_bot(), "AWS::CloudWatch::Alarm") if "Interact" in name]

    assert len(ours) == 2
    assert all(f"\n### {name}\n" in PAGE.read_text("utf-8") for name in ours)
