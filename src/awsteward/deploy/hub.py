"""The central account of an organisation: one account's stack, a bus for all, and their StackSet.

What a member account holds stands in `member`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from awsteward.deploy import functions, pipes
from awsteward.deploy.cloudformation import (
    Resource,
    Resources,
    Value,
    arn,
    given,
    ref,
    text,
    when,
)
from awsteward.deploy.facts import worldwide
from awsteward.deploy.member import NAME, needed
from awsteward.deploy.pattern import patterns
from awsteward.deploy.rights import document
from awsteward.deploy.template import Choice, template
from awsteward.tags.duty.envelope import DETAIL_TYPES

BUS, MEMBERS = "Bus", "Members"
_ASSUME = "sts:AssumeRole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """Which organisation, and where its accounts create things."""

    id: str
    regions: tuple[str, ...]

    @property
    def home(self) -> str:
        """Where AWS records the calls of services without a region."""
        return worldwide().home(self.regions[0])

    @property
    def everywhere(self) -> tuple[str, ...]:
        """Its regions, the home region among them and first."""
        return (self.home, *(each for each in self.regions if each != self.home))


def hub(choice: Choice, organization: Organization) -> Mapping[str, Any]:
    """The stack of the central account for *choice*."""
    alone = template(choice)
    found = patterns(choice.sources)
    gathered = pipes.rules(found, "Gathered", ref(BUS))
    return {
        **alone,
        "Description": "awsteward: every new resource of an organisation gets its owner",
        "Parameters": {**alone["Parameters"], **_parameters(organization)},
        "Conditions": {**alone["Conditions"], "HasMembers": _has_members()},
        "Resources": {
            **alone["Resources"],
            **_bus(),
            **gathered,
            **pipes.queues([*_listening(alone["Resources"]), *gathered]),
            functions.UNDO_ROLE: _undoing(alone["Resources"][functions.UNDO_ROLE]),
            MEMBERS: _members(alone["Resources"]),
        },
        "Outputs": {**alone["Outputs"], "BusArn": {"Value": arn(BUS)}},
    }


def _parameters(organization: Organization) -> Mapping[str, Value]:
    return {
        "Organization": {
            **needed("Id of the organisation", r"^o-[a-z0-9]{10,32}$"),
            "Default": organization.id,
        },
        "Units": {
            "Type": "CommaDelimitedList",
            "Description": "Ids of the organizational units, or of the root, whose accounts are "
            "looked after; empty: none yet",
            "Default": "",
        },
        "Regions": {
            "Type": "CommaDelimitedList",
            "Description": "Regions in which their accounts create things, the home region among "
            "them",
            "Default": ",".join(organization.everywhere),
        },
        "HomeRegion": {
            **needed(
                "Where AWS records the calls of services without a region",
                r"^[a-z0-9\-]+$",
            ),
            "Default": organization.home,
        },
        "MemberTemplate": {
            **needed(
                "https address of the member accounts' template, in a bucket of this region; "
                "empty: none yet",
                r"^(https://.+)?$",
            ),
            "Default": "",
        },
        "MemberRole": {
            **needed("Name of the role that tags in the member accounts", NAME),
            "Default": "awsteward-member",
        },
        "MemberAlarmTopic": {
            **needed(
                "Name of an SNS topic that this account has in each region, for what members could "
                "not forward; empty: no alarms there",
                r"^[A-Za-z0-9_\-]*$",
            ),
            "Default": "",
        },
        "CallAs": {
            "Type": "String",
            "Description": "What this account is: the organisation's delegated administrator of "
            "StackSets, or its management account (SELF)",
            "AllowedValues": ["DELEGATED_ADMIN", "SELF"],
            "Default": "DELEGATED_ADMIN",
        },
    }  # fmt: skip


def _has_members() -> Value:
    units = {"Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", ref("Units")]}, ""]}]}
    return {"Fn::And": [given("MemberTemplate"), units]}


def _bus() -> Resources:
    """Takes what rules of the organisation's accounts forward; nobody sends to it by hand.

    The conditions are AWS's: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.md
    """
    only = {
        "StringEquals": {
            "aws:PrincipalOrgID": ref("Organization"),
            "events:detail-type": sorted(DETAIL_TYPES),
        },
        "StringLike": {"events:source": "aws.*"},
        "BoolIfExists": {"events:eventBusInvocation": "true"},
    }
    return {
        BUS: {
            "Type": "AWS::Events::EventBus",
            "Properties": {
                "Name": ref("AWS::StackName"),
                "Description": "What was created in the organisation's accounts",
            },
        },
        "BusPolicy": {
            "Type": "AWS::Events::EventBusPolicy",
            "Properties": {
                "EventBusName": ref(BUS),
                "StatementId": "OnlyForwardedByTheOrganisation",
                "Statement": {
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": ["events:PutEvents"],
                    "Resource": arn(BUS),
                    "Condition": only,
                },
            },
        },
    }


def _members(resources: Resources) -> Resource:
    """New accounts get it by themselves; an account that leaves loses it."""
    values = {
        "Organization": ref("Organization"),
        "HubAccount": ref("AWS::AccountId"),
        "HubRegion": ref("AWS::Region"),
        "HubBus": ref(BUS),
        "HubRoles": {"Fn::Join": [",", _assuming(resources)]},
        "HomeRegion": ref("HomeRegion"),
        "MemberRole": ref("MemberRole"),
        "UndoRole": ref("UndoRole"),
        "Mode": ref("Mode"),
        "AlarmTopic": ref("MemberAlarmTopic"),
    }
    return {
        "Type": "AWS::CloudFormation::StackSet",
        "Condition": "HasMembers",
        "Properties": {
            "StackSetName": text("${AWS::StackName}-members"),
            "Description": "awsteward in the member accounts",
            "PermissionModel": "SERVICE_MANAGED",
            "CallAs": ref("CallAs"),
            "AutoDeployment": {"Enabled": True, "RetainStacksOnAccountRemoval": False},
            "ManagedExecution": {"Active": True},
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
            "OperationPreferences": {
                "RegionConcurrencyType": "PARALLEL",
                "MaxConcurrentPercentage": 25,
                "FailureTolerancePercentage": 10,
            },
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": value} for key, value in values.items()
            ],
            "StackInstancesGroup": [
                {
                    "DeploymentTargets": {"OrganizationalUnitIds": ref("Units")},
                    "Regions": ref("Regions"),
                }
            ],
            "TemplateURL": ref("MemberTemplate"),
        },
    }


def _undoing(role: Resource) -> Resource:
    """People who take tags back go from the role here to the one of the same name there."""
    there = text("arn:${AWS::Partition}:iam::*:role/${UndoRole}")
    assume = {"Effect": "Allow", "Action": [_ASSUME], "Resource": there}
    own = role["Properties"]
    more = {"PolicyName": "Accounts", "PolicyDocument": document([assume])}
    return {**role, "Properties": {**own, "Policies": [*own["Policies"], more]}}


def _listening(resources: Resources) -> list[str]:
    """The rules that wait for events, not for a time."""
    return [name for name, one in resources.items() if "EventPattern" in one.get("Properties", {})]


def _assuming(resources: Resources) -> list[Value]:
    """The ARNs of the functions' roles that may go into other accounts."""
    return [
        when(one["Condition"], arn(name)) if "Condition" in one else arn(name)
        for name, one in resources.items()
        if one["Type"] == "AWS::IAM::Role" and _ASSUME in _granted(one["Properties"])
    ]


def _granted(role: Mapping[str, Any]) -> str:
    """What a role's own policies say, under whatever condition."""
    return json.dumps(role.get("Policies", ()))
