"""The further channels: each is tried, and one that the policy names has to be there."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from awsteward.clients.aws.refusals import Answer, Refusal
from awsteward.clients.slack import Closed, Rejected
from awsteward.clients.slacks import VARIABLE
from awsteward.doctor.verdict import Fine
from awsteward.doctor.walk import walk
from tests.doctor import world
from tests.doctor.mends import wrong
from tests.doctor.world import HEALTHY, URL, Canned, Hook, asked, no_stack, walked

POLICY = "tags: {required: [Owner]}\nslack: {routes: [{to: pay, accounts: ['1*']}]}"
STACK, GET = "cloudformation:DescribeStacks", "ssm:GetParameter"


def kept(**values: str) -> Any:
    """Parameters by their names; the rest do not exist."""

    def told(params: Mapping[str, Any]) -> Answer:
        value = values.get(params["Name"].rpartition("/")[2])
        gone = Refusal(code="ParameterNotFound", message="")
        return {"Parameter": {"Value": value}} if value else gone

    return told


def with_routes(slacks: str, **values: str) -> Mapping[str, Any]:
    parameters = {"Slacks": slacks, "PolicyLocation": "ssm:/steward/policy"}
    return {STACK: world.stack(**parameters), GET: kept(slack=URL, policy=POLICY, **values)}


def test_every_further_channel_of_the_stack_is_tried() -> None:
    hook = Hook(Rejected("HTTP 400 no_text"))

    found = walked(with_routes("pay=ssm:/s/pay,ops=ssm:/s/ops", pay=URL, ops=URL), hook=hook)

    assert isinstance(found["slack to pay"].verdict, Fine)
    assert isinstance(found["slack to ops"].verdict, Fine)
    assert len(hook.heard) == 3


def test_a_channel_whose_url_is_gone_is_named_with_the_command_that_mends_it() -> None:
    found = walked(with_routes("pay=ssm:/s/pay"))

    assert "does not exist" in wrong(found["slack to pay"].verdict)
    assert "put-parameter --name /s/pay" in str(found["slack to pay"].verdict)


def test_a_webhook_that_slack_has_closed_is_wrong_for_its_route_too() -> None:
    found = walked(with_routes("pay=ssm:/s/pay", pay=URL), hook=Hook(Closed("no_service")))

    assert "no_service" in wrong(found["slack to pay"].verdict)


def test_a_route_of_the_policy_without_a_channel_is_wrong() -> None:
    found = walked(with_routes("ops=ssm:/s/ops", ops=URL))

    assert "the policy sends to pay" in wrong(found["slack to pay"].verdict)
    assert "Slacks=ops=ssm:/s/ops,pay=ssm:/NAME" in str(found["slack to pay"].verdict)


@pytest.mark.parametrize("slacks", ["pay", "pay=ssm:/a,pay=ssm:/b"])
def test_channels_that_cannot_be_read_are_wrong_and_no_reference_is_shown(slacks: str) -> None:
    found = walked(with_routes(slacks))

    assert "the further channels" in wrong(found["slack routes"].verdict)
    assert "ssm:/a" not in str(found["slack routes"].verdict)


def test_without_a_stack_those_of_this_machine_are_tried() -> None:
    door = Canned({**HEALTHY, STACK: no_stack(), GET: kept(pay=URL)})
    here = replace(asked(door), environment={VARIABLE: "pay=ssm:/s/pay"})

    found = {check.link: check for check in walk(here)}

    assert isinstance(found["slack to pay"].verdict, Fine)
