import re
from functools import cache
from typing import Any

import pytest
from botocore.loaders import Loader
from hypothesis import given
from hypothesis import strategies as st

from awsteward.tags.policy.limits import clean, limits

MODELLED = {
    # service: the tag value's shape in botocore's model
    "iam": "tagValueType",
    "lambda": "TagValue",
    "ecs": "TagValue",
    "bedrock": "TagValue",
    "appsync": "TagValue",
    "artifact": None,
    "datasync": "TagValue",
    "dsql": "TagValue",
    "emr-serverless": "TagValue",
    "firehose": "TagValue",
    "mailmanager": "TagValue",
    "bcm-pricing-calculator": None,
    "datazone": "TagValue",
    "rolesanywhere": "TagValue",
    "ssm-incidents": None,
    "auditmanager": "TagValue",
    "workspaces": "TagValue",
    "cloudformation": "TagValue",
    "keyspaces": "TagValue",
    "route53-recovery-control-config": "__stringMin0Max256PatternS",
}


@cache
def value_shape(service: str) -> dict[str, Any]:
    """The shape of a tag's value as the service's own model has it."""
    shapes = Loader().load_service_model(service, "service-2")["shapes"]
    named = MODELLED[service]
    if named is not None:
        return dict(shapes[named])
    tags = shapes.get("Tags") or shapes.get("TagsMap") or shapes["TagMap"]
    return dict(shapes[tags["value"]["shape"]])


def accepts(service: str, value: str) -> bool:
    shape = value_shape(service)
    if not shape.get("min", 0) <= len(value) <= shape.get("max", 256):
        return False
    pattern = shape.get("pattern", ".*").replace(r"\p{L}", "^\\W_").replace(r"\p{N}", "0-9")
    pattern = re.sub(r"\[\^\\W_(.*?)\]", r"(?:[^\\W_]|[\1])", pattern.replace(r"\p{Z}", " "))
    return re.fullmatch(pattern, value) is not None


@pytest.mark.parametrize("service", MODELLED)
@given(raw=st.text(max_size=300))
def test_a_cleaned_value_is_one_that_the_services_own_model_accepts(service: str, raw: str) -> None:
    value = clean(raw, service)

    assert value == "" or accepts(service, value)


@given(raw=st.text(max_size=300), service=st.sampled_from([*MODELLED, "s3", "rds", "dynamodb"]))
def test_cleaning_twice_changes_nothing_more(raw: str, service: str) -> None:
    assert clean(clean(raw, service), service) == clean(raw, service)


@given(st.text(alphabet="abcXYZ019 가é_.:/=+-@", min_size=1, max_size=256))
def test_what_every_service_accepts_stays_as_it_is(value: str) -> None:
    spaces = value != value.strip()
    hollow = not value.strip("_ ")

    assert spaces or hollow or clean(value, "s3") == value


@pytest.mark.parametrize(
    ("raw", "service", "cleaned"),
    [
        pytest.param("Kim, Min", "lambda", "Kim_ Min", id="comma"),
        pytest.param("a\r\n\tb", "s3", "a_b", id="run-of-controls"),
        pytest.param("José Núñez", "bedrock", "Jose Nunez", id="accents"),
        pytest.param("Jose\u0301", "s3", "José", id="an-accent-apart"),
        pytest.param("김민수", "s3", "김민수", id="hangul"),
        pytest.param("김민수", "bedrock", "", id="nothing-left"),
        pytest.param("ana@example.com", "bcm-pricing-calculator", "ana@example_com", id="no-dot"),
        pytest.param("a b", "mailmanager", "a_b", id="no-space"),
        pytest.param("aws:ec2-instance", "s3", "aws_ec2-instance", id="reserved"),
        pytest.param("AWS:x", "s3", "AWS_x", id="reserved-in-capitals"),
        pytest.param("rds:x", "rds", "rds_x", id="reserved-by-rds"),
        pytest.param("rds:x", "s3", "rds:x", id="not-reserved-elsewhere"),
        pytest.param("x" * 300, "s3", "x" * 256, id="long"),
        pytest.param("x" * 300, "workspaces", "x" * 255, id="shorter-limit"),
        pytest.param("\U00020000" * 200, "s3", "\U00020000" * 128, id="counts-as-java-does"),
        pytest.param("<!channel>", "s3", "_channel_", id="markup"),
        pytest.param("\ud800", "s3", "", id="half-a-character"),
    ],
)
def test_cleaning(raw: str, service: str, cleaned: str) -> None:
    assert clean(raw, service) == cleaned


@pytest.mark.parametrize(
    ("key", "service", "refused"),
    [
        ("CostCenter", "s3", False),
        ("비용", "s3", False),
        ("비용", "bedrock", True),
        ("a,b", "s3", True),
        ("AWS:x", "s3", True),
        ("k" * 128, "s3", False),
        ("k" * 128, "workspaces", True),
    ],
)
def test_a_key_is_held_or_refused_but_never_changed(
    key: str,
    service: str,
    refused: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert (limits(service).refuses_key(key) is not None) is refused


def test_a_service_nobody_wrote_down_has_the_usual_limits() -> None:
    assert limits("made-up") == limits("s3")
    assert limits("s3").max_tags == 50
    assert limits("datapipeline").max_tags == 10
