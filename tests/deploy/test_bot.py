"""The part of the stack that a bot needs, there only where the policy has one."""

import json
from pathlib import Path

from awsteward.tags import handler
from tests.deploy.stacks import FEW, actions, kind, stack, with_bot

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
    assert "WriteTags" in json.dumps(role["ManagedPolicyArns"])


def test_its_alarms_are_in_the_runbook() -> None:
    ours = [name for name in kind(with_bot(), "AWS::CloudWatch::Alarm") if "Interact" in name]

    assert len(ours) == 2
    assert all(f"\n### {name}\n" in PAGE.read_text("utf-8") for name in ours)
