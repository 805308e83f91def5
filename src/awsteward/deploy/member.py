"""What a member account of an organisation holds: rules that forward, and the role that tags.

One template for every account and region. Roles have no region, so the one that people see is made
in the home region alone; what forwards is made wherever it forwards from, and needs nothing else.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from awsteward.deploy import functions, watch
from awsteward.deploy.cloudformation import Resource, Resources, Value, arn, given, ref, text, when
from awsteward.deploy.managed import attached, managed
from awsteward.deploy.pattern import Pattern, at_home, regional
from awsteward.deploy.pipes import end_of_the_way, may_send, rule, rule_names, target
from awsteward.deploy.rights import check_number, document, keys, needs, reading, removing, writing
from awsteward.deploy.template import MODE, Choice

MEMBER_ROLE, FORWARD_ROLE, UNDELIVERED = "MemberRights", "ForwardRights", "Undelivered"
FORWARDS, FORWARDS_HOME, JOINS, WRITES = "Forwards", "ForwardsWorldwide", "Joins", "Writes"
_WATCHED, _WATCHED_HOME = "Watched", "WatchedWorldwide"
_TOPIC = "arn:${AWS::Partition}:sns:${AWS::Region}:${HubAccount}:${AlarmTopic}"
_BUS = "arn:${AWS::Partition}:events:${HubRegion}:${HubAccount}:event-bus/${HubBus}"
_OWN_RULES = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/*"
NAME = r"^[A-Za-z0-9_+=,.@\-]+$"


def member(choice: Choice) -> Mapping[str, Any]:
    """The stack for *choice* in an account that a central one looks after."""
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "awsteward: tells the central account what is created here, and lets it tag",
        "Parameters": _parameters(),
        "Conditions": _conditions(worldwide=bool(at_home(choice.sources))),
        "Resources": {**_way(choice.sources), **_rights(choice)},
    }


def needed(description: str, allowed: str) -> Value:
    """A parameter that must be given."""
    return {"Type": "String", "Description": description, "AllowedPattern": allowed}


def _parameters() -> Mapping[str, Value]:
    return {
        "Organization": needed("Id of the organisation", r"^o-[a-z0-9]{10,32}$"),
        "HubAccount": needed("Number of the central account", r"^\d{12}$"),
        "HubRegion": needed("Region of the central bus", r"^[a-z0-9\-]+$"),
        "HubBus": needed("Name of the central bus", r"^[A-Za-z0-9._\-]+$"),
        "HubRoles": {
            "Type": "CommaDelimitedList",
            "Description": "ARNs of the functions' roles that may assume the role here",
        },
        "HomeRegion": needed(
            "Where AWS records the calls of services without a region; the roles are made there",
            r"^[a-z0-9\-]+$",
        ),
        "MemberRole": needed("Name for the role that tags", NAME),
        "UndoRole": {
            **needed(
                "Name for a role that takes tags back, and of the one in the central account that "
                "may assume it; empty: none",
                r"^[A-Za-z0-9_+=,.@\-]*$",
            ),
            "Default": "",
        },
        "Mode": MODE,
        "AlarmTopic": {
            **needed(
                "Name of an SNS topic that the central account has in each region, for what could "
                "not be forwarded; empty: no alarms",
                r"^[A-Za-z0-9_\-]*$",
            ),
            "Default": "",
        },
    }  # fmt: skip


def _conditions(*, worldwide: bool) -> Mapping[str, Value]:
    """Where each part is made; *worldwide*: there are rules for services without a region."""
    hub = {"Fn::Equals": [ref("AWS::AccountId"), ref("HubAccount")]}
    central = {"Fn::And": [hub, {"Fn::Equals": [ref("AWS::Region"), ref("HubRegion")]}]}
    home = {"Fn::Equals": [ref("AWS::Region"), ref("HomeRegion")]}
    topic = given("AlarmTopic")
    at_home = {
        FORWARDS_HOME: {"Fn::And": [_is(FORWARDS), _is("AtHome")]},
        _WATCHED_HOME: {"Fn::And": [_is(FORWARDS), _is("AtHome"), topic]},
    }
    return {
        "AtHome": home,
        FORWARDS: {"Fn::Not": [central]},
        _WATCHED: {"Fn::And": [_is(FORWARDS), topic]},
        **(at_home if worldwide else {}),
        JOINS: {"Fn::And": [_is("AtHome"), {"Fn::Not": [hub]}]},
        WRITES: {"Fn::And": [_is(JOINS), {"Fn::Equals": [ref("Mode"), "enforce"]}]},
        "Undoes": {"Fn::And": [_is(JOINS), given("UndoRole")]},
    }


# --- forwarding ------------------------------------------------------------------------------


def _way(sources: frozenset[str] | None) -> Resources:
    """From this account's own bus to the central one; what does not get there stays here."""
    here, home = regional(sources), at_home(sources)
    rules = {
        **_rules(here, "Creations", FORWARDS),
        **_rules(home, "Worldwide", FORWARDS_HOME),
    }
    here_arns = [arn(name) for name in rule_names(len(here))]
    home_arns = [when(FORWARDS_HOME, arn(n)) for n in rule_names(len(home), "Worldwide")]
    return {
        **rules,
        UNDELIVERED: _where(FORWARDS, end_of_the_way()),
        "UndeliveredPolicy": _where(FORWARDS, may_send([*here_arns, *home_arns], (UNDELIVERED,))),
        FORWARD_ROLE: _where(FORWARDS, _forwarder()),
        **_alarms(rule_names(len(here)), rule_names(len(home), "Worldwide")),
    }


def _alarms(here: Sequence[str], home: Sequence[str]) -> Resources:
    """Only where somebody is told: 500 accounts in 20 regions pay for each of them.

    A topic of another account has to be of the alarm's region, and its policy to let them in:
    https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
    """
    topic = text(_TOPIC)
    return {
        "UndeliveredAlarm": watch.undelivered(UNDELIVERED, topic, _WATCHED),
        **{f"{name}LostAlarm": watch.lost(name, topic, _WATCHED) for name in here},
        **{f"{name}LostAlarm": watch.lost(name, topic, _WATCHED_HOME) for name in home},
    }


def _rules(patterns: Sequence[Pattern], kind: str, condition: str) -> Resources:
    to = {**target("central", text(_BUS), arn(UNDELIVERED)), "RoleArn": arn(FORWARD_ROLE)}
    names = rule_names(len(patterns), kind)
    return {
        name: _where(condition, rule(pattern, to, {}))
        for name, pattern in zip(names, patterns, strict=True)
    }


def _forwarder() -> Resource:
    """May put events on the central bus, for this region's rules alone."""
    for_us = {
        "StringEquals": {"aws:SourceAccount": ref("AWS::AccountId")},
        "ArnLike": {"aws:SourceArn": text(_OWN_RULES)},
    }
    put = {"Effect": "Allow", "Action": ["events:PutEvents"], "Resource": text(_BUS)}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "Description": "awsteward: forwards what was created here to the central bus",
            "AssumeRolePolicyDocument": document(
                [_trust({"Service": "events.amazonaws.com"}, for_us)]
            ),
            "Policies": [{"PolicyName": "Forward", "PolicyDocument": document([put])}],
        },
    }


# --- rights ----------------------------------------------------------------------------------


def _rights(choice: Choice) -> Resources:
    """As in the central account, derived by the same functions."""
    wanted = needs(choice.sources, choice.policy)
    read = managed("ReadTags", reading(wanted), JOINS)
    write = managed("WriteTags", writing(wanted, keys(choice.policy)), WRITES)
    remove = managed("RemoveTags", removing(wanted), "Undoes")
    check_number({MEMBER_ROLE: len(read) + len(write)})
    check_number({functions.UNDO_ROLE: len(read) + len(remove)})
    return {
        **read,
        **write,
        **remove,
        MEMBER_ROLE: _role(
            JOINS, "MemberRole", ref("HubRoles"), [*map(ref, read), *attached(write)]
        ),
        functions.UNDO_ROLE: _role(
            "Undoes", "UndoRole",
            text("arn:${AWS::Partition}:iam::${HubAccount}:role/${UndoRole}"),
            map(ref, [*read, *remove]),
        ),
    }  # fmt: skip


def _role(condition: str, name: str, assumed_by: Value, policies: Any) -> Resource:  # noqa: ANN401 - CloudFormation's values
    """Assumed by some roles of the central account, and only while it is in the organisation.

    They are named in a condition, because a role that is named as the principal is lost to the
    trust when it is made anew.
    """
    hub = text("arn:${AWS::Partition}:iam::${HubAccount}:root")
    only = {
        "StringEquals": {"aws:PrincipalOrgID": ref("Organization")},
        "ArnEquals": {"aws:PrincipalArn": assumed_by},
    }
    return {
        "Type": "AWS::IAM::Role",
        "Condition": condition,
        "Properties": {
            "RoleName": ref(name),
            "Description": "awsteward: for the central account",
            "AssumeRolePolicyDocument": document([_trust({"AWS": hub}, only)]),
            "ManagedPolicyArns": list(policies),
        },
    }


def _trust(who: Mapping[str, Value], only: Mapping[str, Value]) -> Value:
    return {"Effect": "Allow", "Principal": who, "Action": ["sts:AssumeRole"], "Condition": only}


def _is(condition: str) -> Value:
    return {"Condition": condition}


def _where(condition: str, resource: Resource) -> Resource:
    return {**resource, "Condition": condition}
