"""The chain as a whole: in good health, with one link broken, and where nobody may look."""

from collections.abc import Mapping
from typing import Any

import pytest

from awsteward.clients.aws.refusals import Refusal
from awsteward.clients.slack import Closed, Taken, Unreachable
from awsteward.core.errors import ConfigError
from awsteward.doctor.verdict import Fine, Unclear
from awsteward.doctor.walk import walk
from tests.doctor import world
from tests.doctor.mends import wrong
from tests.doctor.world import (
    ABSENT,
    DENIED,
    HEALTHY,
    URL,
    Canned,
    Hook,
    Said,
    asked,
    stackless,
    walked,
)  # fmt: skip

STACK, SELECTORS = "cloudformation:DescribeStacks", "cloudtrail:GetEventSelectors"
FUNCTION, MAPPING = "lambda:GetFunctionConfiguration", "lambda:ListEventSourceMappings"
QUEUE, RULE, TARGETS = "sqs:GetQueueAttributes", "events:DescribeRule", "events:ListTargetsByRule"
SIMULATE, TTL = "iam:SimulatePrincipalPolicy", "dynamodb:DescribeTimeToLive"
TEMPLATE = "cloudformation:GetTemplate"
WHO = {"Arn": f"arn:aws:sts::{world.ACCOUNT}:assumed-role/admin/ana"}
TAG_POLICY, COST = "organizations:DescribeEffectivePolicy", "ce:ListCostAllocationTags"


def changed(**more: Any) -> Said:
    def told(params: Mapping[str, Any]) -> Mapping[str, Any]:
        found = world.rule(params)
        assert not isinstance(found, Refusal)
        return {**found, **more} if "EventPattern" in found else found

    return told


def environment(**more: str) -> Said:
    return world.function(Environment={"Variables": {**world.ENVIRONMENT, **more}})


def test_in_good_health_every_link_is_fine() -> None:
    found = walked()

    assert [link for link, kind in world.answers(found) if kind != "Fine"] == []
    assert {"trail", "creations", "queue", "rights to tag", "slack", "cost tags"} <= found.keys()


def test_nothing_is_changed_and_no_message_is_posted() -> None:
    door, hook = Canned(HEALTHY), Hook(Taken())

    list(walk(asked(door, hook)))

    looks = ("Get", "List", "Describe", "Simulate", "Test", "Lookup", "Query")
    assert [name for name in door.asked if not name.partition(":")[2].startswith(looks)] == []
    assert hook.heard == [b'{"text":""}']


BROKEN = [
    ("cloudtrail:DescribeTrails", {"trailList": []}, "trail", "no trail covers eu-west-1"),
    ("cloudtrail:GetTrailStatus", {"IsLogging": False}, "trail", "switched off"),
    (SELECTORS, {"EventSelectors": [{"ReadWriteType": "ReadOnly"}]}, "trail", "records no calls"),
    (
        "cloudtrail:GetTrailStatus",
        {"IsLogging": True, "LatestDeliveryError": "NoSuchBucket"},
        "trail",
        "NoSuchBucket",
    ),
    (STACK, world.stack("UPDATE_ROLLBACK_COMPLETE"), "stack", "UPDATE_ROLLBACK_COMPLETE"),
    (STACK, world.stack("ROLLBACK_COMPLETE"), "stack", "ROLLBACK_COMPLETE"),
    (STACK, world.stack("UPDATE_ROLLBACK_FAILED"), "stack", "UPDATE_ROLLBACK_FAILED"),
    (STACK, {"Stacks": [{"StackStatus": "CREATE_COMPLETE"}]}, "stack", "is no stack of awsteward"),
    (RULE, changed(State="DISABLED"), "rule Creations1", "is disabled"),
    (RULE, changed(EventPattern='{"source": ["x"]}'), "rule Creations1", "was changed"),
    (RULE, ABSENT, "rule Creations1", "gone"),
    (RULE, changed(EventPattern='{"source": ["x"]}'), "creations", "s3:"),
    (TARGETS, {"Targets": []}, "rule Creations1", "sends nothing"),
    (TARGETS, {"Targets": []}, "rule EveryMinute", "sends nothing to arn:aws:lambda"),
    (QUEUE, ABSENT, "queue", "gone"),
    (QUEUE, world.queue(policy={}), "queue", "r-Creations1, r-Creations2"),
    (QUEUE, world.queue(policy={}), "queue of the dead", "r-Creations1, r-Creations2"),
    (QUEUE, world.queue(policy=world.senders(condition=False)), "queue", "any account"),
    (QUEUE, world.queue(redrive={}), "redrive", "never becomes a dead letter"),
    (QUEUE, world.queue(waiting=3), "dead letters", "3 dead letters"),
    (MAPPING, {"EventSourceMappings": []}, "queue to take", "nothing brings"),
    (MAPPING, world.mapping(State="Disabled"), "queue to take", "disabled"),
    (MAPPING, world.mapping(LastProcessingResult="PROBLEM: x"), "queue to take", "PROBLEM: x"),
    (FUNCTION, ABSENT, "function Take", "gone"),
    (FUNCTION, world.function(State="Failed", StateReason="bad zip"), "function Take", "bad zip"),
    (FUNCTION, environment(AWSTEWARD_MODE="observe"), "settings Take", "AWSTEWARD_MODE"),
    (SIMULATE, world.simulated("sqs:TagQueue"), "rights to tag", "sqs:TagQueue"),
    (SIMULATE, world.simulated("sqs:ListQueueTags"), "rights to look", "sqs:ListQueueTags"),
    (SIMULATE, world.simulated("sts:AssumeRole"), "other accounts", "sts:AssumeRole"),
    (SIMULATE, ABSENT, "rights to tag", "gone"),
    ("dynamodb:DescribeTable", ABSENT, "table", "gone"),
    ("dynamodb:DescribeTable", {"Table": {"TableStatus": "DELETING"}}, "table", "deleting"),
    (TTL, {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}, "table", "forgets nothing"),
    ("ssm:GetParameter", Refusal(code="ParameterNotFound", message=""), "slack", "does not exist"),
    ("ssm:GetParameter", {"Parameter": {"Value": "ftp://x/"}}, "slack", "neither https nor http"),
    (STACK, world.stack(PolicyLocation="ssm:/steward/policy"), "policy", "ssm:/steward/policy"),
    (STACK, world.stack(PolicyLocation="file:/nowhere"), "policy", "cannot read"),
    (STACK, world.stack(SlackReference="", Mode="notify"), "slack", "nobody is told"),
    (TAG_POLICY, Refusal(code="EffectivePolicyNotFoundException", message=""), "tag policy", "no"),
    (TAG_POLICY, world.tag_policy("owner"), "tag policy", "Owner is spelled owner there"),
    (TAG_POLICY, world.tag_policy("Squad"), "tag policy", "speaks of none of CreatedBy"),
    (COST, world.cost_tags("Inactive"), "cost tags", "CreatedBy, Owner, CostCenter, Environment"),
    (COST, world.cost_tags("Active", "Owner"), "cost tags", "CreatedBy, CostCenter, Environment"),
]


@pytest.mark.parametrize(("call", "answer", "link", "told"), BROKEN)
def test_a_broken_link_is_named_with_commands_that_can_be_called(
    call: str, answer: Said, link: str, told: str
) -> None:
    found = walked({call: answer})

    assert told in wrong(found[link].verdict)


@pytest.mark.parametrize("call", sorted(HEALTHY.keys() - {"iam:GetRole", "sts:GetCallerIdentity"}))
def test_a_look_that_is_denied_names_the_right_and_is_never_fine(call: str) -> None:
    look = stackless if call == "cloudtrail:LookupEvents" else walked

    found = look({call: DENIED})

    told = [check.verdict for check in found.values() if not isinstance(check.verdict, Fine)]
    assert any(isinstance(each, Unclear) and f"allow {call}" in each.why for each in told), told
    assert not [each for each in told if not isinstance(each, Unclear)]


@pytest.mark.parametrize(
    ("call", "answer", "link", "told"),
    [
        (STACK, world.stack("UPDATE_IN_PROGRESS"), "stack", "ask again"),
        (FUNCTION, world.function(State="Pending"), "function Take", "ask again"),
        (MAPPING, world.mapping(State="Updating"), "queue to take", "ask again"),
        (SIMULATE, world.simulated("sqs:TagQueue", above=True), "rights to tag", "organisation"),
        (
            COST,
            Refusal(code="AccessDeniedException", message="Linked account doesn't have access"),
            "cost tags",
            "only the account that pays",
        ),
        (TAG_POLICY, Refusal(code="Throttling", message="slow"), "tag policy", "Throttling"),
    ],
)
def test_what_cannot_be_told_says_why(call: str, answer: Said, link: str, told: str) -> None:
    verdict = walked({call: answer})[link].verdict

    assert isinstance(verdict, Unclear)
    assert told in verdict.why


def test_the_services_own_right_is_missed_although_the_common_one_is_there() -> None:
    told = wrong(walked({SIMULATE: world.simulated("sqs:TagQueue")})["rights to tag"].verdict)

    assert "tag:TagResources alone does not do" in told


def test_the_stack_is_made_anew_for_the_same_services_and_machine() -> None:
    verdict = walked({FUNCTION: ABSENT})["function Take"].verdict

    assert getattr(verdict, "mend", ()) == (
        (
            "awsteward deploy up --stack awsteward --code-bucket code --services s3,sqs "
            "--runtime python3.13 --architecture arm64 --apply"
        ),
    )


def test_since_when_a_key_is_billed_is_said() -> None:
    verdict = walked()["cost tags"].verdict

    assert isinstance(verdict, Fine)
    assert "Owner active since 2029-05-01" in verdict.what


@pytest.mark.parametrize(
    ("answer", "kind"), [(Closed("no_service: gone"), "Wrong"), (Unreachable("no way"), "Unclear")]
)
def test_a_webhook_that_takes_nothing_is_told_without_its_url(answer: Any, kind: str) -> None:
    check = walked(hook=Hook(answer))["slack"]

    assert type(check.verdict).__name__ == kind
    assert URL not in repr(check)


def test_a_message_is_posted_only_when_asked_for() -> None:
    hook = Hook(Taken())

    found = walked(hook=hook, hello=True)

    assert isinstance(found["slack"].verdict, Fine)
    assert b"doctor" in hook.heard[0]


def test_a_url_of_ones_own_is_tried_beside_the_stacks() -> None:
    hook = Hook(Taken())
    own = world.with_slack(asked(Canned(HEALTHY), hook), URL)

    links = [check.link for check in walk(own)]

    assert [link for link in links if link.startswith("slack")] == ["slack", "slack here"]


def test_without_credentials_nothing_else_is_asked() -> None:
    def nobody(_: Mapping[str, Any]) -> Mapping[str, Any]:
        raise ConfigError("no credentials")

    found = walked({"sts:GetCallerIdentity": nobody})

    assert list(found) == ["credentials"]
    assert "no credentials" in wrong(found["credentials"].verdict)


@pytest.mark.parametrize(
    ("date", "said"),
    [
        pytest.param("Thu, 31 Jan 2030 08:56:00 GMT", "240 s ahead of AWS's", id="ahead"),
        pytest.param("Thu, 31 Jan 2030 09:02:00 GMT", "120 s behind AWS's", id="behind"),
    ],
)
def test_a_clock_that_is_wrong_is_named(date: str, said: str) -> None:
    told = {**WHO, "ResponseMetadata": {"HTTPHeaders": {"date": date}}}

    found = walked({"sts:GetCallerIdentity": told})

    assert said in wrong(found["clock"].verdict)


@pytest.mark.parametrize("more", [{}, {"ResponseMetadata": {"HTTPHeaders": {"date": "noon"}}}])
def test_without_a_time_of_awss_nothing_is_said_of_the_clock(more: dict[str, Any]) -> None:
    found = walked({"sts:GetCallerIdentity": {**WHO, **more}})

    assert isinstance(found["clock"].verdict, Unclear)


def test_a_call_refused_for_its_time_is_the_clocks_fault_and_not_the_credentials() -> None:
    told = "Signature expired: 20300131T080000Z is now earlier than 20300131T084500Z"
    found = walked({"sts:GetCallerIdentity": Refusal(code="SignatureDoesNotMatch", message=told)})

    assert list(found) == ["credentials"]
    assert "clock" in wrong(found["credentials"].verdict)


def test_a_package_of_another_version_is_brought_anew() -> None:
    def other(of: Mapping[str, Any]) -> Said:
        return {"TemplateBody": {**world.built(), "Metadata": of}}

    old = walked({TEMPLATE: other({"awsteward": {"Package": "0123456789abcdef"}})})
    unsaid = walked({TEMPLATE: other({})})

    assert "another version" in wrong(old["package"].verdict)
    assert isinstance(unsaid["package"].verdict, Unclear)


def test_a_network_that_is_down_is_no_fault_of_the_settings() -> None:
    found = walked({"sts:GetCallerIdentity": Refusal(code="EndpointConnectionError", message="x")})

    assert list(found) == ["credentials"]
    assert isinstance(found["credentials"].verdict, Unclear)


def test_without_a_stack_what_a_replay_needs_is_looked_at() -> None:
    found = stackless()

    assert isinstance(found["stack"].verdict, Unclear)
    assert [link for link, kind in world.answers(found) if kind == "Fine"] == [
        *(
            "credentials",
            "clock",
            "trail",
            "event history",
            "policy",
            "rights to look",
            "rights to tag",
        ),
        *("slack", "tag policy", "cost tags"),
    ]


def test_a_stack_that_was_named_has_to_be_there() -> None:
    assert "there is no stack" in wrong(stackless(stack="awsteward")["stack"].verdict)


def test_the_callers_rights_are_those_of_the_role_behind_the_session() -> None:
    seen: list[str] = []

    def simulate(params: Mapping[str, Any]) -> Any:
        seen.append(params["PolicySourceArn"])
        return world.simulated("s3:TagResource", "sqs:TagQueue")(params)

    found = stackless({SIMULATE: simulate})

    assert set(seen) == {"arn:aws:iam::111122223333:role/path/admin"}
    assert "the caller may not call" in wrong(found["rights to tag"].verdict)


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        ("arn:aws:iam::111122223333:root", "Fine"),
        ("arn:aws:sts::111122223333:federated-user/ana", "Unclear"),
        ("arn:aws:iam::111122223333:user/ana", "Fine"),
    ],
)
def test_what_iam_cannot_simulate_is_not_taken_for_allowed(arn: str, kind: str) -> None:
    found = stackless({"sts:GetCallerIdentity": {"Arn": arn}})

    assert type(found["rights to tag"].verdict).__name__ == kind


def test_settings_that_are_as_made_but_not_enough_are_told_with_the_option_that_is_missing() -> (
    None
):
    silent = environment(SLACK_URL="", AWSTEWARD_MODE="notify")

    found = walked({STACK: world.stack(SlackReference="", Mode="notify"), FUNCTION: silent})

    assert "SLACK_URL is not set" in wrong(found["settings Take"].verdict)
    assert "--set SlackReference=ssm:/steward/slack" in str(found["settings Take"])


def test_a_value_that_should_be_a_reference_is_never_shown() -> None:
    found = walked({FUNCTION: environment(SLACK_URL=URL)})["settings Take"]

    assert "SLACK_URL" in wrong(found.verdict)
    assert URL not in repr(found)
