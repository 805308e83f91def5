"""Which keys a call took away: AWS's own samples of records, and every call of the table."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsteward.tags.catalogue import lookup, tagcalls, untags
from awsteward.tags.model.arn import Arn
from awsteward.tags.model.creator import Creator, Machine, Nobody, Person, Root, Service
from awsteward.tags.read.record import Record
from awsteward.tags.read.untagging import AllBut, These, Untagged, principal, untagged

KEY = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def told(source: str, name: str, request: Any, **more: Any) -> Untagged | None:
    raw = {
        "eventVersion": "1.10", "eventSource": f"{source}.amazonaws.com", "eventName": name,
        "requestParameters": request, "readOnly": False, **more,
    }  # fmt: skip
    return untagged(msgspec.json.decode(json.dumps(raw), type=Record))


@pytest.mark.parametrize(
    ("source", "name", "request_", "named", "keys"),
    [
        pytest.param(
            "kms", "UntagResource", {"keyId": KEY, "tagKeys": ["Dept"]}, KEY, {"Dept"}, id="kms"
        ),
        pytest.param(
            "rbin", "UntagResource", {"resourceArn": "arn:aws:rbin:x", "tagKeys": ["purpose"]},
            "arn:aws:rbin:x", {"purpose"}, id="rbin",
        ),
        pytest.param(
            "ec2", "DeleteTags",
            {"resourcesSet": {"items": [{"resourceId": "i-1"}, {"resourceId": "vol-2"}]},
             "tagSet": {"items": [{"key": "Owner"}, {"key": "Team", "value": "shop"}]}},
            "vol-2", {"Owner", "Team"}, id="ec2",
        ),
        pytest.param(
            "rds", "RemoveTagsFromResource",
            {"resourceName": "arn:aws:rds:eu-west-1:111122223333:db:tills", "tagKeys": ["Owner"]},
            "arn:aws:rds:eu-west-1:111122223333:db:tills", {"Owner"}, id="rds",
        ),
        pytest.param(
            "elasticloadbalancing", "RemoveTags",
            {"resourceArns": ["arn:aws:elasticloadbalancing:x:1:loadbalancer/app/a/1"],
             "tagKeys": ["Owner"]},
            "arn:aws:elasticloadbalancing:x:1:loadbalancer/app/a/1", {"Owner"}, id="elbv2",
        ),
        pytest.param(
            "autoscaling", "DeleteTags",
            {"tags": [{"resourceId": "web", "resourceType": "auto-scaling-group", "key": "Owner"}]},
            "web", {"Owner"}, id="autoscaling",
        ),
        pytest.param(
            "sqs", "UntagQueue", {"queueUrl": "https://sqs/1/jobs", "tagKeys": ["Owner"]},
            "https://sqs/1/jobs", {"Owner"}, id="sqs",
        ),
        pytest.param(
            "route53", "ChangeTagsForResource",
            {"resourceType": "hostedzone", "resourceId": "Z1", "removeTagKeys": ["Owner"]},
            "Z1", {"Owner"}, id="route53",
        ),
        pytest.param(
            "lambda", "UntagResource20170331v2",
            {"resource": "arn:aws:lambda:x:1:function:f", "tagKeys": ["Owner"]},
            "arn:aws:lambda:x:1:function:f", {"Owner"}, id="dated",
        ),
        pytest.param(
            "tagging", "UntagResources", {"resourceARNList": [KEY], "tagKeys": ["Owner"]},
            KEY, {"Owner"}, id="resource groups tagging",
        ),
    ],
)  # fmt: skip
def test_a_call_says_which_keys_it_took_from_what(
    source: str, name: str, request_: Any, named: str, keys: set[str]
) -> None:
    found = told(source, name, request_)

    assert found is not None
    assert found.keys == These(frozenset(keys))
    assert named in found.names


def test_a_bucket_keeps_only_what_the_new_set_holds() -> None:
    tags = {"TagSet": {"Tag": [{"Key": "Owner", "Value": "a"}, {"Key": "Team", "Value": "b"}]}}

    found = told("s3", "PutBucketTagging", {"bucketName": "logs", "Tagging": tags, "tagging": ""})

    assert found is not None
    assert found.keys == AllBut(frozenset({"Owner", "Team"}))
    assert not found.keys.took("Owner")
    assert found.keys.took("CreatedBy")
    assert "logs" in found.names


@pytest.mark.parametrize(
    ("source", "name", "request_"),
    [
        ("s3", "DeleteBucketTagging", {"bucketName": "logs", "tagging": ""}),
        ("ec2", "DeleteTags", {"resourcesSet": {"items": [{"resourceId": "logs"}]}}),
    ],
)
def test_a_call_without_keys_may_take_all_of_them(source: str, name: str, request_: Any) -> None:
    found = told(source, name, request_)

    assert found is not None
    assert found.keys.took("Owner")
    assert "logs" in found.names


@pytest.mark.parametrize(
    ("source", "name", "request_", "more"),
    [
        ("cloud9", "UntagResource",
         {"resourceARN": "x", "tagKeys": "HIDDEN_DUE_TO_SECURITY_REASONS"}, {}),
        ("fsx", "UntagResource", {"resourceARN": "arn:aws:fsx:x"}, {}),
        ("elasticfilesystem", "DeleteTags", {"fileSystemId": "fs-1", "tagKeys": []}, {}),
        ("route53", "ChangeTagsForResource", {"resourceId": "Z1", "addTags": [{"key": "a"}]}, {}),
        ("kms", "UntagResource", {"keyId": KEY, "tagKeys": ["a"]}, {"errorCode": "AccessDenied"}),
        ("kms", "TagResource", {"keyId": KEY, "tags": [{"tagKey": "a", "tagValue": "b"}]}, {}),
        ("s3", "DeleteBucket", {"bucketName": "logs"}, {}),
        ("kms", "UntagResource", None, {}),
        ("s3", "PutBucketTagging", {"bucketName": "logs", "Tagging": "HIDDEN_DUE_TO"}, {}),
    ],
    ids=["hidden", "untold", "none", "added", "failed", "tagged", "deleted", "no request", "text"],
)  # fmt: skip
def test_what_took_no_key_that_is_told_took_nothing(
    source: str, name: str, request_: Any, more: dict[str, Any]
) -> None:
    found = told(source, name, request_, **more)

    assert found is None or found.names == {"logs"}


def test_the_keys_of_every_call_of_the_table_are_read() -> None:
    """As CloudTrail spells members: like the SDK, with a small letter first."""
    missed = []
    for name, service in tagcalls.table().services.items():
        for kind in (*service.kinds, *((service.base,) if service.base else ())):
            call = kind.untag
            if untags.spelled(f"{name}.amazonaws.com", call.operation):
                continue
            one: Any = "Owner" if call.form == "keys" else {"key": "Owner", "value": "a"}
            request: Any = [one]
            for part in reversed(call.tags.split(".")):
                request = {part[0].lower() + part[1:]: request}
            found = told(name, call.operation, request)
            if found is None or not found.keys.took("Owner") or found.keys.took("Other"):
                missed.append((name, call.operation))

    assert missed == []


def test_every_event_source_of_tagged_resources_has_its_calls() -> None:
    each = {call for source in lookup.by_name() for call in untags.operations_of(source)}

    assert each <= untags.operations()
    assert untags.operations() - each <= {"DeleteTagsForDomain", "UntagResources"}


json_values = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["tagKeys", "resourcesSet", "tagSet", "items", "Tagging", "key"]), inner,
        max_size=3,
    ),
    max_leaves=8,
)  # fmt: skip


@given(st.sampled_from(sorted(untags.operations())), st.sampled_from(["ec2", "s3"]), json_values)
def test_whatever_a_request_holds_it_is_read_without_harm(
    name: str, source: str, request_: Any
) -> None:
    found = told(source, name, request_)

    assert found is None or len(found.names) <= 50


@pytest.mark.parametrize(
    ("creator", "who"),
    [
        (Person(name="ana", arn=None, via="Admin", role=Arn("arn:r")), "ana"),
        (Machine(name="botocore-session-1", arn=None, via=None, role=Arn("arn:r")), "arn:r"),
        (Machine(name="ci", arn=None, via=None), "ci"),
        (Service(name="autoscaling", arn=None, via=None), "autoscaling"),
        (Root(account="111122223333", arn=None), "root of 111122223333"),
        (Nobody("?"), ""),
    ],
)
def test_a_caller_is_the_same_in_each_of_its_sessions(creator: Creator, who: str) -> None:
    assert principal(creator) == who
