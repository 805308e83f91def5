"""`deploy` for an organisation: its two templates, what `up` brings along, what `status` sees."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from awsteward.cli.deploy.status import Part, parts
from awsteward.cli.deploy.template import organized
from awsteward.cli.deploy.up import Up, brought
from awsteward.clients.aws.refusals import Answer, Refusal
from awsteward.clients.aws.stack import Stacks
from awsteward.core.errors import ConfigError
from awsteward.deploy.hub import Organization
from awsteward.deploy.member import member
from awsteward.deploy.template import Choice, text
from awsteward.tags.policy.default import default
from tests.cli.command import awsteward

OURS = Organization(id="o-exampleorgid", regions=("eu-west-1",))
CHOICE = Choice(policy=default(), sources=frozenset({"sqs", "iam"}))
ABSENT = Refusal(code="ValidationError", message="Stack with id guard does not exist")
Way = Callable[[Mapping[str, Any]], Answer]


@dataclass
class Cloud:
    """CloudFormation and S3 as far as `deploy` asks them; one stack at most."""

    parameters: dict[str, str] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    template: str = ""
    made: bool = False
    more: Mapping[str, Way] = field(default_factory=dict)

    def call(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        ways: dict[str, Way] = {
            "DescribeStacks": lambda _: self._stack(),
            "HeadObject": lambda p: (
                {} if p["Key"] in self.objects else Refusal(code="404", message="no")
            ),
            "PutObject": lambda p: self.objects.update({p["Key"]: p["Body"]}) or {},
            "GetTemplate": lambda _: {"TemplateBody": self.template},
            "CreateChangeSet": self._changed,
            "DescribeChangeSet": lambda _: {"Status": "CREATE_COMPLETE", "Changes": []},
            "ExecuteChangeSet": lambda _: {},
            "DescribeStackResources": lambda _: {"StackResources": []},
            **self.more,
        }
        return ways[operation](params)

    def _stack(self) -> Answer:
        told = [{"ParameterKey": k, "ParameterValue": v} for k, v in self.parameters.items()]
        stack = {"StackStatus": "CREATE_COMPLETE", "Parameters": told, "Outputs": [
            {"OutputKey": key, "OutputValue": key}
            for key in ("TakeFunction", "QueueUrl", "DeadLettersUrl")
        ]}  # fmt: skip
        return {"Stacks": [stack]} if self.made else ABSENT

    def _changed(self, params: Mapping[str, Any]) -> Answer:
        self.made, self.template = True, params["TemplateBody"]
        for each in params["Parameters"]:
            if "ParameterValue" in each:
                self.parameters[each["ParameterKey"]] = each["ParameterValue"]
        return {}


def where(cloud: Cloud) -> Stacks:
    return Stacks(door=cloud, region="us-east-1", sleep=lambda _: None)


def asked(*settings: str, choice: Choice = CHOICE) -> Up:
    return Up(
        stack="guard", bucket="code", choice=choice, organization=OURS, given=settings, tags=()
    )


def test_up_brings_the_members_template_and_says_where_it_lies() -> None:
    cloud = Cloud()

    code = brought(where(cloud), asked("Units=ou-ab12-11111111"), "text", lambda _: b"zip")

    told = text(member(CHOICE), "json").encode()
    (key,) = [key for key, body in cloud.objects.items() if body == told]
    assert code == 0
    assert cloud.parameters["MemberTemplate"] == f"https://code.s3.us-east-1.amazonaws.com/{key}"
    assert cloud.parameters["Regions"] == "us-east-1,eu-west-1"
    assert cloud.parameters["Units"] == "ou-ab12-11111111"
    assert "Members" in json.loads(cloud.template)["Resources"]


def test_what_changes_in_the_members_alone_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    cloud = Cloud()
    brought(where(cloud), asked(), "text", lambda _: b"zip")
    same = brought(where(cloud), asked(), "text", None)
    cloud.parameters["MemberTemplate"] = (
        "https://code.s3.us-east-1.amazonaws.com/awsteward/old.json"
    )
    capsys.readouterr()

    code = brought(where(cloud), asked(), "text", None)

    assert (same, code) == (0, 1)
    assert capsys.readouterr().out == "change Members  AWS::CloudFormation::StackSet\n"


def status(*failed: Mapping[str, str], more: bool = False) -> list[Part]:
    """What is said of the members when some of their stacks FAILED."""
    asked_as = list[str]()

    def instances(params: Mapping[str, Any]) -> Answer:
        asked_as.append(params["CallAs"])
        found = failed if params["Filters"][0]["Values"] == "FAILED" else ()
        return {"Summaries": list(found), **({"NextToken": "more"} if more else {})}

    one = {"LogicalResourceId": "Members", "PhysicalResourceId": "guard-members:1",
           "ResourceType": "AWS::CloudFormation::StackSet"}  # fmt: skip
    rule = {"LogicalResourceId": "Gathered1", "PhysicalResourceId": "guard|guard-Gathered1-X",
            "ResourceType": "AWS::Events::Rule"}  # fmt: skip
    buses = list[tuple[str, str]]()

    def described(params: Mapping[str, Any]) -> Answer:
        buses.append((params["EventBusName"], params["Name"]))
        return {"State": "ENABLED"}

    cloud = Cloud(made=True, parameters={"CallAs": "DELEGATED_ADMIN"}, more={
        "DescribeStackResources": lambda _: {"StackResources": [one, rule]},
        "DescribeRule": described,
        "ListEventSourceMappings": lambda _: {"EventSourceMappings": []},
        "DescribeStackSet": lambda _: {
            "StackSet": {"Status": "ACTIVE", "Regions": ["us-east-1", "eu-west-1"]}
        },
        "ListStackInstances": instances,
    })  # fmt: skip
    found = list(takewhile(lambda part: part.name != "take", parts(where(cloud), "guard")))
    assert set(asked_as) == {"DELEGATED_ADMIN"}
    assert buses == [("guard", "guard-Gathered1-X")]
    return [part for part in found if part.name == "members"]


def test_status_says_where_the_members_stand() -> None:
    assert status() == [Part(name="members", well=True, what="active, in 2 regions")]


def test_status_names_a_member_whose_stack_failed_and_why() -> None:
    failed = {"Account": "444455556666", "Region": "eu-west-1", "StatusReason": "role exists"}

    _, told = status(failed, more=True)

    assert not told.well
    assert told.what == "1 or more failed, such as 444455556666 in eu-west-1: role exists"


def test_both_templates_are_printed(tmp_path: Path) -> None:
    words = ("deploy", "template", "--services", "sqs", "--format", "json",
             "--organization", "o-exampleorgid", "--regions", "eu-west-1,us-east-1")  # fmt: skip

    central, members = (awsteward(*words, *more, cwd=tmp_path) for more in ((), ("--member",)))

    assert (central.code, members.code) == (0, 0), central.err + members.err
    assert "Members" in json.loads(central.out)["Resources"]
    assert "MemberRights" in json.loads(members.out)["Resources"]


def test_the_members_template_wants_an_organisation(tmp_path: Path) -> None:
    done = awsteward("deploy", "template", "--member", cwd=tmp_path)

    assert (done.code, done.out) == (2, "")
    assert "name the organisation with --organization" in done.err


@pytest.mark.parametrize(
    ("id_", "regions", "why"),
    [
        ("exampleorgid", None, "'exampleorgid' is no organisation's id"),
        ("o-exampleorgid", "eu-west", "'eu-west' is no region's name"),
        ("o-exampleorgid", " ,", "name one region at least"),
        ("o-exampleorgid", "eu-west-1,cn-north-1", "lie in different partitions"),
        (None, "eu-west-1", "name it with --organization"),
    ],
)
def test_what_is_no_organisation_or_region_is_refused(
    id_: str | None, regions: str | None, why: str
) -> None:
    with pytest.raises(ConfigError, match=why):
        organized(id_, regions)


def test_a_region_is_taken_once() -> None:
    found = organized("o-exampleorgid", "eu-west-1, eu-west-1,us-east-1")

    assert found == Organization(id="o-exampleorgid", regions=("eu-west-1", "us-east-1"))
