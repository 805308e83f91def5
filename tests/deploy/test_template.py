"""What the stack holds."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from awsteward.clients.courier import LONGEST_WAIT
from awsteward.deploy import facts
from awsteward.deploy.pattern import CANARIES, canaries
from awsteward.deploy.template import Choice, Form, template, text
from awsteward.tags.duty.canary import Sight, figures
from awsteward.tags.duty.heartbeat import heartbeat
from awsteward.tags.duty.metrics import DIMENSION, NAMESPACE
from awsteward.tags.policy.default import default
from tests.deploy.stacks import FEW, kind, stack, statements

FORMS: tuple[Form, ...] = ("json", "yaml")


@pytest.mark.parametrize("sources", [None, FEW], ids=["all", "few"])
def test_both_forms_hold_the_same(sources: frozenset[str] | None) -> None:
    built = stack(sources)

    assert json.loads(text(built, "json")) == built
    assert yaml.safe_load(text(built, "yaml")) == built


def test_a_choice_fits_into_a_request_in_both_forms_and_everything_into_a_bucket() -> None:
    inline = facts.quotas().template.inline

    assert len(text(stack(FEW), "yaml").encode()) <= inline
    assert len(text(stack(FEW), "json").encode()) <= inline
    assert len(text(stack(None), "json").encode()) <= facts.quotas().template.by_s3
    assert len(text(stack(None), "yaml").encode()) <= facts.quotas().template.by_s3


def test_the_same_choice_gives_the_same_text() -> None:
    again = template(Choice(policy=default(), sources=frozenset(sorted(FEW, reverse=True))))

    assert text(again, "yaml") == text(stack(FEW), "yaml")


def test_every_queue_is_encrypted_and_keeps_messages_for_fourteen_days() -> None:
    for queue in kind(stack(), "AWS::SQS::Queue").values():
        assert queue["SqsManagedSseEnabled"] is True
        assert queue["MessageRetentionPeriod"] == 14 * 24 * 60 * 60


def test_a_message_stays_hidden_for_six_times_as_long_as_the_function_may_run() -> None:
    queue = kind(stack(), "AWS::SQS::Queue")["Queue"]
    take = kind(stack(), "AWS::Lambda::Function")["Take"]

    assert queue["VisibilityTimeout"] == 6 * take["Timeout"]


def test_sqs_gives_a_message_up_only_after_the_guard_could_say_why() -> None:
    queue = kind(stack(), "AWS::SQS::Queue")["Queue"]
    take = kind(stack(), "AWS::Lambda::Function")["Take"]

    ours = int(take["Environment"]["Variables"]["AWSTEWARD_MAX_RECEIVES"])
    assert queue["RedrivePolicy"]["maxReceiveCount"] > ours


@pytest.mark.parametrize("sources", [None, FEW], ids=["all", "few"])
def test_every_rule_reaches_the_queue_and_loses_nothing_on_the_way(
    sources: frozenset[str] | None,
) -> None:
    built = stack(sources)
    rules = {n: r for n, r in kind(built, "AWS::Events::Rule").items() if "EventPattern" in r}

    allowed = list(statements(kind(built, "AWS::SQS::QueuePolicy")))
    assert rules
    for name, rule in rules.items():
        (target,) = rule["Targets"]
        assert target["Arn"] == {"Fn::GetAtt": ["Queue", "Arn"]}
        assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["DeadLetters", "Arn"]}}
        for each in allowed:
            assert {"Fn::GetAtt": [name, "Arn"]} in each["Condition"]["ArnEquals"]["aws:SourceArn"]


def test_every_function_writes_to_a_log_group_of_the_stack_that_forgets_in_time() -> None:
    groups = kind(stack(), "AWS::Logs::LogGroup")

    functions = kind(stack(), "AWS::Lambda::Function")
    assert functions.keys() == {"Take", "Tell", "Canary"}
    for one in functions.values():
        assert groups[one["LoggingConfig"]["LogGroup"]["Ref"]]["RetentionInDays"] > 0


def test_both_functions_know_all_that_they_are_told_by_the_environment() -> None:
    for name, one in kind(stack(), "AWS::Lambda::Function").items():
        assert one["Handler"] == f"awsteward.tags.handler.{name.lower()}"
        assert one["Environment"]["Variables"].keys() >= {
            *("AWSTEWARD_TABLE", "AWSTEWARD_QUEUE_URL", "AWSTEWARD_DEAD_LETTERS_URL"),
            *("AWSTEWARD_POLICY", "AWSTEWARD_MODE", "AWSTEWARD_MAX_RECEIVES", "SLACK_URL"),
            "AWSTEWARD_SLACKS",
        }


def test_runtime_and_architecture_are_those_asked_for() -> None:
    built = template(
        Choice(policy=default(), sources=FEW, runtime="python3.12", architecture="x86_64")
    )

    for one in kind(built, "AWS::Lambda::Function").values():
        assert (one["Runtime"], one["Architectures"]) == ("python3.12", ["x86_64"])


def test_tell_runs_once_a_minute_and_never_twice_at_once() -> None:
    tell = kind(stack(), "AWS::Lambda::Function")["Tell"]
    clock = kind(stack(), "AWS::Events::Rule")["EveryMinute"]

    assert tell["ReservedConcurrentExecutions"] == 1
    assert clock["ScheduleExpression"] == "rate(1 minute)"
    assert tell["Timeout"] > LONGEST_WAIT  # Slack may ask for that much patience


def test_take_reports_the_messages_that_failed_one_by_one() -> None:
    (mapping,) = kind(stack(), "AWS::Lambda::EventSourceMapping").values()

    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BatchSize"] == 10
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "Concurrency"}}
    assert stack()["Parameters"]["Concurrency"]["Default"] >= 2


def test_the_table_is_as_the_guard_expects_it_and_outlives_the_stack() -> None:
    whole = stack()["Resources"]["Table"]
    table = whole["Properties"]

    keys = [(key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]]
    assert keys == [("pk", "HASH"), ("sk", "RANGE")]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert whole["DeletionPolicy"] == whole["UpdateReplacePolicy"] == "Retain"


def test_rights_to_queues_tables_logs_and_secrets_name_their_resource() -> None:
    own = ("sqs:Send", "sqs:Receive", "sqs:Delete", "sqs:Change", "sqs:GetQueue")
    kept = ("ssm:GetParameter", "secretsmanager:GetSecretValue", "s3:GetObject", "kms:Decrypt")
    rows = ("GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem")
    named = (*own, *kept, "logs:Create", "logs:Put", *(f"dynamodb:{name}" for name in rows))

    found = [
        each
        for each in statements(stack())
        if any(action.startswith(named) for action in each["Action"])
    ]

    assert len(found) > 10
    assert not [each for each in found if each["Resource"] == "*"]


def test_decrypting_goes_only_through_the_service_that_keeps_the_thing() -> None:
    found = [each for each in statements(stack()) if "kms:Decrypt" in each["Action"]]

    assert found
    assert all("kms:ViaService" in each["Condition"]["StringEquals"] for each in found)


def test_each_way_to_fail_has_an_alarm() -> None:
    found = {
        (one["MetricName"], json.dumps(one["Dimensions"][0]["Value"]))
        for one in kind(stack(), "AWS::CloudWatch::Alarm").values()
    }

    take, tell = '{"Ref": "Take"}', '{"Ref": "Tell"}'
    dead = '{"Fn::GetAtt": ["DeadLetters", "QueueName"]}'
    assert found == {
        ("ApproximateNumberOfMessagesVisible", dead),
        ("ApproximateAgeOfOldestMessage", '{"Fn::GetAtt": ["Queue", "QueueName"]}'),
        *((metric, name) for metric in ("Errors", "Throttles") for name in (take, tell)),
        *((metric, '{"Ref": "Table"}') for metric in ("Heartbeat", "OldestUnsent", "CanarySeen")),
    }


def test_every_alarm_has_an_entry_that_says_what_to_do() -> None:
    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")

    for name in kind(stack(), "AWS::CloudWatch::Alarm"):
        assert f"\n### {name}\n" in page


def test_alarms_are_on_the_figures_that_the_guard_writes() -> None:
    beat = heartbeat("t", None, datetime(2030, 1, 1, tzinfo=UTC))
    sight = Sight(seen=True, age_s=1.0, gone=(), hatches=False)
    written = beat.keys() | figures(sight).keys()

    own = [
        one
        for one in kind(stack(), "AWS::CloudWatch::Alarm").values()
        if one["Namespace"] == NAMESPACE
    ]

    assert {one["MetricName"] for one in own} <= written
    assert {one["Dimensions"][0]["Name"] for one in own} == {DIMENSION}


def test_canaries_can_be_switched_off_with_all_that_is_theirs() -> None:
    built = stack()["Resources"]

    theirs = {name for name, one in built.items() if one.get("Condition") == "HasCanary"}

    assert theirs == {
        *("Canary", "CanaryLog", "CanaryRole", "CanaryAlarm", "EveryHour", "EveryHourMayCall"),
    }


def test_canaries_come_through_where_log_groups_were_not_chosen() -> None:
    few = kind(stack(FEW), "AWS::Events::Rule")
    details = [rule["EventPattern"]["detail"] for rule in few.values() if "EventPattern" in rule]

    (ours,) = [each for each in details if "requestParameters" in each]

    (named,) = ours["requestParameters"]["logGroupName"]
    assert named["prefix"] == {"Fn::Sub": CANARIES}
    assert canaries(None) == canaries(frozenset({"logs", "sqs"})) == ()


def test_only_the_canary_function_makes_log_groups_and_only_under_its_name() -> None:
    makes = [each for each in statements(stack()) if "logs:CreateLogGroup" in each["Action"]]

    assert [each["Resource"]["Fn::Sub"].partition("log-group:")[2] for each in makes] == [
        f"{CANARIES}*"
    ]


def test_silence_is_an_alarm_when_there_is_no_measure_at_all() -> None:
    silence = kind(stack(), "AWS::CloudWatch::Alarm")["SilenceAlarm"]

    assert silence["TreatMissingData"] == "breaching"
    assert silence["ComparisonOperator"] == "LessThanThreshold"


def test_the_dashboard_is_json_whose_blanks_are_all_filled() -> None:
    body, blanks = kind(stack(), "AWS::CloudWatch::Dashboard")["Dashboard"]["DashboardBody"][
        "Fn::Sub"
    ]

    assert len(json.loads(body)["widgets"]) == 6
    for name in blanks:
        assert f"${{{name}}}" in body


def test_a_run_of_tell_that_lasts_is_neither_silence_nor_a_lack_of_concurrency() -> None:
    tell = kind(stack(), "AWS::Lambda::Function")["Tell"]
    alarms = kind(stack(), "AWS::CloudWatch::Alarm")

    for name in ("SilenceAlarm", "TellThrottlesAlarm"):
        assert alarms[name]["EvaluationPeriods"] * alarms[name]["Period"] > tell["Timeout"]


def test_nothing_is_written_unless_somebody_says_so() -> None:
    assert stack()["Parameters"]["Mode"]["Default"] == "observe"


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("", True),
        ("payments=ssm:/steward/slacks/payments", True),
        ("a=ssm:/s/a,data-team=ssm:/s/b", True),
        ("payments=https://hooks.slack.com/services/T0/B0/x", False),
        ("payments=secretsmanager:slack", False),
        ("payments", False),
        ("a=ssm:/s/a,", False),
    ],
)
def test_further_slacks_are_named_references_and_never_urls(given: str, *, taken: bool) -> None:
    allowed = stack()["Parameters"]["Slacks"]["AllowedPattern"]

    assert bool(re.fullmatch(allowed, given)) is taken


def test_further_slacks_are_read_by_tell_alone_and_only_below_their_path() -> None:
    roles = kind(stack(), "AWS::IAM::Role")

    for name, role in roles.items():
        below = [each for each in statements(role["Policies"]) if "SlackPath" in json.dumps(each)]
        assert [each["Action"] for each in below] == ([["ssm:GetParameter"]] * (name == "TellRole"))
    assert "parameter${SlackPath}/*" in json.dumps(roles["TellRole"])
